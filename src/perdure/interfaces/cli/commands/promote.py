"""``perdure promote``: a model version becomes the champion, if the gate lets it."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.options import actor
from perdure.interfaces.cli.output import emit, json_option, project_option


@click.command("promote")
@click.argument("reference")
@click.option("--reason", required=True, help="Why; kept in the record.")
@project_option
@json_option
def command(reference: str, reason: str, folder: Path | None, as_json: bool) -> None:
    """Make REFERENCE (such as conversion/voltaren@3) the champion."""
    from perdure.platform.automation.pipelines.training import promote
    from perdure.platform.registry.mirror import mirror
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    made = promote(project, reference, actor=actor(), reason=reason)
    mirror(project)
    text = (
        f"{made.reference} is champion\nNext: perdure rollback {made.name}   (if it must go back)"
    )
    emit({"champion": made.reference}, as_json=as_json, text=text)
