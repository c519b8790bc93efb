"""``perdure feedback``: what became of a decision."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from perdure.interfaces.cli.options import actor
from perdure.interfaces.cli.output import emit, json_option, project_option
from perdure.kernel.decisions import DISMISS_REASONS, FeedbackKind

KINDS = ("executed", "dismissed", "completed", "observed")


@click.command("feedback", epilog="Reasons: " + ", ".join(DISMISS_REASONS))
@click.argument("decision")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--reason", help="Reason code; a dismissal needs one.")
@click.option("--note", help="Free text.")
@click.option("--value", type=float, help="An observed value.")
@click.option("--key", help="Idempotency key: a repeat under the same key changes nothing.")
@project_option
@json_option
def command(
    decision: str,
    kind: str,
    reason: str | None,
    note: str | None,
    value: float | None,
    key: str | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Record that DECISION was executed, dismissed, completed, or what was observed."""
    from perdure.kernel.decisions import Feedback
    from perdure.kernel.names import new_id
    from perdure.platform.feedback.collect import record
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    told = Feedback(
        decision=decision,
        kind=cast("FeedbackKind", kind),
        actor=actor(),
        at=project.clock.now(),
        key=key or new_id("fb"),
        reason=reason,
        value=value,
        note=note,
    )
    kept = record(project, told)
    text = f"{kept.decision} {kept.kind}" + (" (known already)" if kept.repeated else "")
    document = {"decision": kept.decision, "kind": kept.kind, "key": kept.key}
    emit({**document, "repeated": kept.repeated}, as_json=as_json, text=text)
