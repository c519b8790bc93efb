"""``perdure demo``: sample data with a known answer through the whole life cycle."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.output import emit, json_option

if TYPE_CHECKING:
    from concurrent.futures import Future

    from perdure.kernel.solution import Solution
    from perdure.kernel.world import World
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
    from concurrent.futures import ThreadPoolExecutor

    from perdure.interfaces.cli.templates import keep_time
    from perdure.kernel.clock import FixedClock
    from perdure.kernel.discovery import solutions
    from perdure.platform.automation.aside import rehearse_aside

    told: list[Line] = []
    moments = []
    samples = [manifest for manifest in solutions().values() if manifest.sample]
    # What is there already is only told again, which takes less time than a process.
    alone = [m.name for m in samples if not m.label or len(project.cases(m)) == 1]
    beside = [] if project.ops.is_there else alone
    # A thread each: it takes a while until a process is there, and this one goes on.
    with ThreadPoolExecutor(max(len(beside), 1)) as pool:
        played = {
            name: pool.submit(rehearse_aside, project.root, name, seed, size) for name in beside
        }
        for manifest in samples:
            world = manifest.code("sample")(seed, size)
            project.clock = FixedClock(world.horizon)
            lines = _lines(played.get(manifest.name), project, manifest, world, bar)
            for line in lines:
                bar.clear()
                told.append(line)
                if not quiet:
                    click.echo(f"  {line.part:<10} {line.text}")
            moments.append(world.horizon)
    if samples:
        # One project, one time: that of the newest sample.
        project.clock = FixedClock(max(moments))
        keep_time(project.root, max(moments))
    return told


def _lines(
    aside: Future[list[Line]] | None, project: Project, manifest: Solution, world: World, bar: Bar
) -> Iterable[Line]:
    """What a rehearsal tells: here as it goes on, or of another process when it has ended."""
    from perdure.platform.automation.rehearsal import rehearse

    if aside is None:
        return rehearse(project, manifest, world, progress=bar)
    bar.step(f"{manifest.name}: life cycle")
    return aside.result()
