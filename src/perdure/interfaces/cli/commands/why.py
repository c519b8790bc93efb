"""``perdure why``: what a solution's model knows and where it is weak, or why a decision."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.options import case_option
from perdure.interfaces.cli.output import emit, json_option, project_option, table

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


@click.command("why")
@click.argument("what")
@case_option
@project_option
@json_option
def command(what: str, case: str | None, folder: Path | None, as_json: bool) -> None:
    """Explain WHAT: a solution (conversion) or a decision (dec_…)."""
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    document, text = (
        _decision(project, what) if what.startswith("dec_") else _solution(project, what, case)
    )
    emit(document, as_json=as_json, text=text)


def _decision(project: Project, name: str) -> tuple[dict[str, Any], str]:
    from perdure.platform.decisions.lookup import decision
    from perdure.platform.feedback.lookup import feedback_about

    found, told = decision(project, name), feedback_about(project, name)
    reasons = [[reason.text, reason.effect] for reason in found.reasons]
    arm = f"{found.arm}, chance {found.propensity:.2f}"
    text = "\n".join(
        [
            f"{found.action} {found.entity} for {found.case}: score {found.score:.4f}, {arm}",
            f"model {found.model}, policy {found.policy}, data of {found.data_as_of:%Y-%m-%d}",
            f"limits: {', '.join(found.limits)}",
            table(["because", "effect (log odds)"], reasons) if reasons else "no reasons stored",
            *(f"{f.at:%Y-%m-%d} {f.kind} {f.reason or ''} by {f.actor}".rstrip() for f in told),
        ]
    )
    return {"decision": asdict(found), "feedback": [asdict(f) for f in told]}, text


def _solution(project: Project, name: str, case: str | None) -> tuple[dict[str, Any], str]:
    from perdure.kernel.discovery import solution
    from perdure.platform.registry.registry import Registry, model_name

    manifest, registry = solution(name), Registry(project)
    chosen = [project.case(manifest, case)] if case else project.cases(manifest)
    document: dict[str, Any] = {"question": manifest.question, "cases": {}}
    parts = [f"{manifest.title}: {manifest.question}"]
    for one in chosen:
        champion = registry.champion(model_name(name, one))
        if champion is None:
            parts.append(f"\n{one}: no champion yet. Next: perdure run {name} --case {one!r}")
            continue
        bundle = registry.open(champion.reference)
        document["cases"][one] = {"champion": champion.reference, "report": bundle.report()}
        parts += ["", f"{one}: {champion.reference}", bundle.card_text()]
    return document, "\n".join(parts)
