"""``perdure demo``: sample data with a known answer through the whole life cycle."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.output import emit, json_option

if TYPE_CHECKING:
    from perdure.platform.automation.rehearsal import Line
    from perdure.platform.storage.project import Project

FOLDER = Path("perdure-demo")
NEXT = """\
Next:  perdure init my-project            keep your own project
       perdure bench conversion --data F  measure it on real files
       perdure why conversion             what the model knows and where it is weak"""


@click.command("demo")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER)
@click.option("--size", default=20_000, show_default=True, type=click.IntRange(2_000, 500_000))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-serve", is_flag=True, help="Stop before the console.")
@json_option
def command(folder: Path, size: int, seed: int, port: int, no_serve: bool, as_json: bool) -> None:
    """Build sample tables, run every solution's life cycle, open the console."""
    from perdure.interfaces.cli.serving import serve

    began = time.monotonic()
    project = _project(folder)
    lines = _play(project, size, seed, Bar(quiet=as_json), quiet=as_json)
    took = f"{time.monotonic() - began:.0f} s"
    document: dict[str, Any] = {
        "project": str(project.root),
        "lines": [{"part": line.part, "text": line.text} for line in lines],
        "seconds": round(time.monotonic() - began, 1),
    }
    emit(document, as_json=as_json, text=f"  done in {took}, project {project.root}\n{NEXT}")
    if not (no_serve or as_json):
        serve(project, host="127.0.0.1", port=port)


def _project(folder: Path) -> Project:
    """The demo's project; it lives in the time of its data."""
    from perdure.interfaces.cli.templates import write_template
    from perdure.platform.storage.project import Project

    write_template(folder, "sample")
    return Project.find(folder)


def _play(project: Project, size: int, seed: int, bar: Bar, *, quiet: bool) -> list[Line]:
    from perdure.interfaces.cli.templates import keep_time
    from perdure.kernel.clock import FixedClock
    from perdure.kernel.discovery import solutions
    from perdure.platform.automation.rehearsal import rehearse

    told: list[Line] = []
    moments = []
    for manifest in solutions().values():
        if not manifest.sample:
            continue
        world = manifest.code("sample")(seed, size)
        project.clock = FixedClock(world.horizon)
        for line in rehearse(project, manifest, world, progress=bar):
            bar.clear()
            told.append(line)
            if not quiet:
                click.echo(f"  {line.part:<10} {line.text}")
        moments.append(world.horizon)
    if moments:
        # One project, one time: that of the newest sample.
        project.clock = FixedClock(max(moments))
        keep_time(project.root, max(moments))
    return told
