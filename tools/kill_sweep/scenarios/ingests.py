"""Files with good, repeated, restated and broken rows are taken in."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import select

from perdure.kernel.names import digest
from perdure.kernel.tables import Column, TableContract
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.platform.storage.quarantine import quarantine_table
from perdure.platform.storage.records import INGESTS
from tools.kill_sweep.scenario import Acks

FILES, NEW, REPEATED, RESTATED, BROKEN = 6, 400, 60, 20, 9
STORED = NEW + RESTATED
START = datetime(2025, 1, 1)
HEADER = ("NPI", "Event Time", "known_at", "Visits", "cost_usd")

VISITS = TableContract(
    "visits",
    "who came how often",
    (
        Column("npi", "string", "physician", pattern="^[0-9]{10}$"),
        Column("event_time", "timestamp", "when"),
        Column("known_at", "timestamp", "since when known"),
        Column("visits", "integer", "how often", minimum=0),
        Column("cost", "number", "what it cost", unit="usd", nullable=True, synonyms=("cost_usd",)),
    ),
    keys=("npi", "event_time"),
)


def write_files(folder: Path) -> None:
    """The files of all months; each repeats and restates rows of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    for month in range(FILES):
        with (folder / f"visits-{month}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEADER)
            rows.writerows(_rows(month))


def _rows(month: int) -> list[tuple[object, ...]]:
    rows = [_row(month, number) for number in range(NEW)]
    if month:
        rows += [_row(month - 1, number) for number in range(REPEATED)]
        rows += [(*_row(month - 1, number)[:3], 99, 1.5) for number in range(100, 100 + RESTATED)]
    broken = [_row(month, 10_000 + number) for number in range(BROKEN)]
    return rows + [(*row[:3], "many", "x") for row in broken]


def _row(month: int, number: int) -> tuple[object, ...]:
    at = START + timedelta(days=31 * month + number % 28)
    return (f"{1_000_000_000 + number}", at.isoformat(), at.isoformat(), number % 7, number / 8)


class Ingests:
    """A file is acknowledged when ``ingest`` returns its report."""

    name, weight = "ingest", 6

    def prepare(self, project: Project) -> None:
        """The files to take in."""
        project.ops.migrate()
        write_files(project.var / "landing")

    def work(self, project: Project, acks: Acks) -> None:
        """Take in every file; one that is in already is a no-op."""
        for month in range(FILES):
            report = ingest(project, VISITS, project.var / "landing" / f"visits-{month}.csv")
            told = report.stored + report.duplicates + report.quarantined
            if report.rows_read != told:
                raise AssertionError(f"{report.rows_read} rows were read, {told} accounted for")
            acks.add("file", [report.source, report.version])

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """In every version of both tables each file is there with all of its rows or none."""
        wanted = {f"visits-{month}.csv": STORED if month else NEW for month in range(FILES)}
        problems = half_files(project, VISITS.name, "_source", wanted)
        bad = dict.fromkeys(wanted, BROKEN)
        problems += half_files(project, quarantine_table(VISITS.name), "source", bad)
        for each in acked.get("file", []):
            if isinstance(each, list) and not _holds(project, str(each[0]), int(each[1])):
                problems.append(f"acknowledged file {each[0]} is not in version {each[1]}")
        with project.ops.connect() as connection:
            recorded = connection.execute(select(INGESTS.c.source, INGESTS.c.version)).all()
        return problems + [
            f"{row.source} is recorded in version {row.version}, which does not hold it"
            for row in recorded
            if not _holds(project, row.source, row.version)
        ]

    def state(self, project: Project) -> object:
        """All rows of both tables, in order of arrival; the moment of quarantine may differ."""
        stored = project.lake.scan(VISITS.name).sort("_sequence").collect()
        bad = project.lake.scan(quarantine_table(VISITS.name)).drop("at").collect()
        with project.ops.connect() as connection:
            told = connection.execute(select(INGESTS).order_by(INGESTS.c.source)).mappings().all()
        reports = [{name: row[name] for name in row if name != "at"} for row in told]
        leftovers = sorted(path.name for path in (project.var / "staging").iterdir())
        return [content(stored), content(bad.sort(bad.columns)), reports, leftovers]


def content(frame: pl.DataFrame) -> list[object]:
    """How many rows, and a digest of all values."""
    return [frame.height, digest([list(map(str, row)) for row in frame.rows()])]


def half_files(project: Project, table: str, column: str, wanted: dict[str, int]) -> list[str]:
    """The files of which a version of the table holds only some rows."""
    if not project.lake.exists(table):
        return []
    problems = []
    for version in range(project.lake.version(table) + 1):
        found = Counter(project.lake.read(table, version)[column].to_pylist())
        problems += [
            f"version {version} of {table} holds {count} rows of {source}, not {wanted[source]}"
            for source, count in found.items()
            if count != wanted[source]
        ]
    return problems


def _holds(project: Project, source: str, version: int) -> bool:
    lake = project.lake
    if not lake.exists(VISITS.name) or lake.version(VISITS.name) < version:
        return False
    return source in lake.read(VISITS.name, version)["_source"].to_pylist()
