"""Bringing tables in: through a solution's importer of official files, or by contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perdure.kernel.discovery import solutions
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.refs import load
from perdure.kernel.solution import Solution
from perdure.kernel.tables import TableContract
from perdure.kernel.world import World
from perdure.platform.storage.ingest import IngestReport, ingest
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class Importer:
    """A named reader of official files, and the solution whose tables it fills."""

    name: str
    solution: Solution
    reference: str


def importers() -> dict[str, Importer]:
    """Every importer of every solution, by name."""
    return {
        name: Importer(name, manifest, reference)
        for manifest in solutions().values()
        for name, reference in manifest.importers.items()
    }


def contracts() -> dict[str, tuple[Solution, TableContract]]:
    """Every table contract of every solution, by table name."""
    return {
        contract.name: (manifest, contract)
        for manifest in solutions().values()
        if manifest.tables
        for contract in manifest.code("tables")
    }


def import_files(
    project: Project, name: str, path: Path, progress: Progress = SILENT
) -> list[IngestReport]:
    """Read ``path`` with the importer of that name, or as the table of that name.

    Raises UsageError when there is neither; the message names the nearest.
    """
    if not path.exists():
        raise UsageError(f"no file or folder {path}")
    _refuse_unwritable_name(path)
    readers, tables = importers(), contracts()
    if name in readers:
        return _through(project, readers[name], path, progress)
    if name in tables:
        return [ingest(project, tables[name][1], path, source=path.name, progress=progress)]
    known = [*readers, *tables]
    raise UsageError(f"no importer and no table named {name!r}", hint=did_you_mean(name, known))


def import_sample(
    project: Project, solution: Solution, world: World, progress: Progress = SILENT
) -> list[IngestReport]:
    """Take in every table of a sample world, up to its horizon."""
    promised = project.contracts(solution)
    return [
        ingest(project, _promised(name, promised), rows, source="sample", progress=progress)
        for name, rows in world.tables(world.horizon).items()
    ]


def _refuse_unwritable_name(path: Path) -> None:
    """Rows keep the name of their file, so it must be text."""
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        shown = path.name.encode(errors="surrogateescape")
        raise UsageError(
            f"the name of the file is not UTF-8: {shown!r}", hint="rename the file"
        ) from error


def _through(
    project: Project, importer: Importer, path: Path, progress: Progress
) -> list[IngestReport]:
    settings = project.settings(importer.solution)
    promised = project.contracts(importer.solution)
    read = load(importer.reference)
    reports = []
    for table, rows, source in read(path, settings, progress):
        contract = _promised(table, promised)
        reports.append(ingest(project, contract, rows, source=source, progress=progress))
    if not reports:
        raise UsageError(f"{path} holds no file that '{importer.name}' knows")
    return reports


def _promised(table: str, promised: Mapping[str, TableContract]) -> TableContract:
    if table not in promised:
        raise UsageError(f"no contract for table {table!r}", hint=did_you_mean(table, promised))
    return promised[table]
