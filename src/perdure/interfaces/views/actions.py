"""What people do, handed to the platform with who did it and when."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views.scope import Scope
from perdure.kernel.decisions import FeedbackKind
from perdure.kernel.errors import UsageError
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.storage.project import Project


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
    return training.promote(project, reference, actor=actor(), reason=_said(reason))


def rollback(project: Project, scope: Scope, reason: str) -> ModelVersion:
    """Put the champion before the present one back into service."""
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
) -> bool:
    """Record what happened to a decision; False when the key was known, and nothing changed."""
    raise NotImplementedError


def acknowledge(project: Project, alarm: str) -> None:
    """Take an alarm."""
    raise NotImplementedError


def score(
    project: Project, scope: Scope, entity: str | None, features: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Score one entity, or the values of its features, with the champion."""
    raise NotImplementedError
