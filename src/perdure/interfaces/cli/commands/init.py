"""``perdure init``: a project folder with commented settings, and what to do next."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.output import emit, json_option


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from",
    "template",
    default="own",
    show_default=True,
    type=click.Choice(["own", "cms", "sample"]),
    help="Settings to start from: your own monthly tables, yearly CMS files, or the sample.",
)
@json_option
def command(folder: Path, template: str, as_json: bool) -> None:
    """Make a project in FOLDER; files that are there already stay as they are."""
    from perdure.interfaces.cli.templates import write_template
    from perdure.platform.storage.project import Project

    written = write_template(folder.absolute(), template)
    project = Project.create(folder)
    lines = [f"  wrote {path.relative_to(project.root)}" for path in written] or ["  all there"]
    following = _following(folder, template)
    text = "\n".join([f"project {project.root}", *lines, "Next:", *(f"  {n}" for n in following)])
    document = {
        "project": str(project.root),
        "written": [str(path.relative_to(project.root)) for path in written],
        "next": following,
    }
    emit(document, as_json=as_json, text=text)


def _following(folder: Path, template: str) -> list[str]:
    source = {"cms": "data import cms FOLDER", "own": "data import claims FILE.csv"}
    first = source.get(template, "data sample")
    return [f"cd {folder}", f"perdure {first}", "perdure run conversion", "perdure up"]
