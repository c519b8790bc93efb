"""What people do, handed to the platform with who did it and when."""

from __future__ import annotations

import getpass

from perdure.interfaces.guard.refusals import Missing, as_things_stand
from perdure.interfaces.views import alarms
from perdure.interfaces.views import decision as decisions
from perdure.interfaces.views.scope import Scope
from perdure.kernel.decisions import Feedback, FeedbackKind
from perdure.kernel.errors import UsageError
from perdure.platform.feedback.collect import record
from perdure.platform.monitoring import alarms as monitoring
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.storage.project import Project
from perdure.platform.storage.writer import GroupCommitWriter


def actor() -> str:
    """Who sits at this console: the user of the machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "console"


def promote(project: Project, scope: Scope, version: int, reason: str) -> ModelVersion:
    """Judge a version and put it into service; GateRefused when it may not serve."""
    from perdure.platform.automation.pipelines import training

    if version not in {found.version for found in Registry(project).versions(scope.model)}:
        raise Missing("no such version")
    reference = f"{scope.model}@{version}"
    with as_things_stand():
        return training.promote(project, reference, actor=actor(), reason=_said(reason))


def rollback(project: Project, scope: Scope, reason: str) -> ModelVersion:
    """Put the champion before the present one back into service."""
    with as_things_stand():
        return Registry(project).rollback(scope.model, actor=actor(), reason=_said(reason))


def _said(reason: str) -> str:
    if not reason.strip():
        raise UsageError("a change of champion needs a reason")
    return reason.strip()[:500]


def give_feedback(
    project: Project,
    decision: str,
    kind: FeedbackKind,
    *,
    key: str,
    who: str | None = None,
    reason: str | None = None,
    value: float | None = None,
    note: str | None = None,
    writer: GroupCommitWriter | None = None,
) -> bool:
    """Record what happened to a decision; False when the key was known, and nothing changed.

    Returns when it is on disk; callers with the same ``writer`` share commits.
    """
    made = Feedback(
        decision=decision,
        kind=kind,
        actor=who or actor(),
        at=project.clock.now(),
        key=key,
        reason=reason,
        value=value,
        note=note,
    )
    decisions.check_known(project, decision)
    with as_things_stand():
        return not record(project, made, writer=writer).repeated


def acknowledge(project: Project, alarm: str) -> None:
    """Take an alarm."""
    alarms.one(project, alarm)
    with as_things_stand():
        monitoring.acknowledge(project, alarm, actor=actor())
