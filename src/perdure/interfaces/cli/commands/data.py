"""``perdure data``: check, import or get tables."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.getting import get
from perdure.interfaces.cli.output import emit, json_option, project_option, table

if TYPE_CHECKING:
    from perdure.platform.storage.ingest import IngestReport


@click.group("data")
def command() -> None:
    """Check, import or list tables; get public files."""


command.add_command(get)


@command.command("import")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@project_option
@json_option
def bring(name: str, path: Path, folder: Path | None, as_json: bool) -> None:
    """Read PATH (file or folder) with the importer NAME, or as the table NAME."""
    from perdure.platform.automation.imports import import_files
    from perdure.platform.storage.project import Project

    bar = Bar(quiet=as_json)
    reports = import_files(Project.find(folder), name, path, bar)
    bar.clear()
    _show(reports, bar.remarks, as_json=as_json, following="Next: perdure run SOLUTION")


@command.command("check")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def check(ctx: click.Context, name: str, path: Path, as_json: bool) -> None:
    """Read PATH as above, but keep nothing: what would be stored, what set aside, and why."""
    import tempfile

    from perdure.platform.automation.imports import import_files
    from perdure.platform.storage.project import Project

    bar = Bar(quiet=as_json)
    with tempfile.TemporaryDirectory() as place:
        reports = import_files(Project.create(Path(place)), name, path, bar)
    bar.clear()
    _show(reports, bar.remarks, as_json=as_json, following="nothing was kept")
    if any(report.quarantined for report in reports):
        ctx.exit(1)


@command.command("sample")
@click.option(
    "--size",
    default=20_000,
    show_default=True,
    type=click.IntRange(2_000, 500_000),
    help="Entities in the world.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Another seed, other luck."
)
@project_option
@json_option
def sample(size: int, seed: int, folder: Path | None, as_json: bool) -> None:
    """Generate the tables of a sample world; from then on the project lives in its time."""
    from perdure.interfaces.cli.templates import keep_time
    from perdure.kernel.discovery import solutions
    from perdure.platform.automation.imports import import_sample
    from perdure.platform.storage.project import Project

    project, bar, reports = Project.find(folder), Bar(quiet=as_json), []
    for manifest in solutions().values():
        if manifest.sample:
            world = manifest.code("sample")(seed, size)
            reports += import_sample(project, manifest, world, bar)
            keep_time(project.root, world.horizon)
    bar.clear()
    _show(reports, bar.remarks, as_json=as_json, following="Next: perdure run SOLUTION")


@command.command("list")
@project_option
@json_option
def listed(folder: Path | None, as_json: bool) -> None:
    """The tables of the project: rows, version, last write; and those that are gone."""
    from perdure.platform.storage.lost import lost_tables, told
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    lake, lost, rows = project.lake, lost_tables(project), []
    for name in lake.tables():
        newest = lake.history(name)[0]
        rows.append([name, lake.rows(name), newest.version, newest.at])
    header = ["table", "rows", "version", "written"]
    document = {"tables": [dict(zip(header, row, strict=True)) for row in rows], "lost": lost}
    notes = [f"{told(name)}. Next: perdure doctor" for name in lost]
    emit(document, as_json=as_json, text="\n".join([table(header, rows), *notes]))


def _show(
    reports: list[IngestReport], remarks: list[str], *, as_json: bool, following: str
) -> None:
    header = ["table", "source", "read", "stored", "twice", "restated", "set aside"]
    rows = [
        [r.table, r.source, r.rows_read, r.stored, r.duplicates, r.restated, r.quarantined]
        for r in reports
    ]
    told = [line for r in reports for line in (*_origin(r), *_reasons(r), *_notes(r))]
    lines = [*told, *_few([f"  {remark}" for remark in remarks])]
    text = "\n".join([table(header, rows), *lines, following])
    document = {"tables": [asdict(r) for r in reports], "remarks": remarks}
    emit(document, as_json=as_json, text=text)


def _reasons(report: IngestReport) -> list[str]:
    return [
        f"  {report.table}: {count:,} rows set aside, rule '{rule}'{_sample(report, rule)}"
        for rule, count in sorted(report.by_rule.items())
    ]


def _notes(report: IngestReport) -> list[str]:
    """What was assumed: how dates and bytes were read, which columns found no counterpart."""
    from perdure.platform.storage.refusals import words

    if report.repeated:
        return [f"  {report.table}: {report.source} was taken in before, nothing changed"]
    samples = set(words(report.samples, report.by_rule))
    return [f"  {report.table}: {note}" for note in report.notes if note not in samples]


def _few(lines: list[str], most: int = 20) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], *([f"  and {more:,} more files left out"] if more > 0 else [])]


def _sample(report: IngestReport, rule: str) -> str:
    kept = report.samples.get(rule)
    return "" if kept is None else f" (quarantine.{report.table} keeps {kept:,} of them)"


def _origin(report: IngestReport) -> list[str]:
    """What became of the rows of an official file, when it was not simply taken."""
    told = {name: count for name, count in report.origin.items() if name != "rows"}
    if not any(count for name, count in told.items() if name != "taken"):
        return []
    parts = " + ".join(f"{count:,} {name}" for name, count in told.items() if count)
    return [f"  {report.source}: {report.origin['rows']:,} rows = {parts}"]
