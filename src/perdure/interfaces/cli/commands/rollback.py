"""``perdure rollback``: the champion before comes back, bit for bit."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.options import actor
from perdure.interfaces.cli.output import emit, json_option, project_option


@click.command("rollback")
@click.argument("name")
@click.option("--reason", required=True, help="Why; kept in the record.")
@project_option
@json_option
def command(name: str, reason: str, folder: Path | None, as_json: bool) -> None:
    """Give the place of NAME (such as conversion/voltaren) back to the champion before."""
    from perdure.platform.registry.mirror import mirror
    from perdure.platform.registry.registry import Registry
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    made = Registry(project).rollback(name, actor=actor(), reason=reason)
    mirror(project)
    emit({"champion": made.reference}, as_json=as_json, text=f"{made.reference} is champion again")
