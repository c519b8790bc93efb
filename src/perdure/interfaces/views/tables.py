"""Data tables: what is in the lake, how old it is, and which rows were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views.states import State
from perdure.kernel.discovery import solutions
from perdure.kernel.names import NAME
from perdure.kernel.tables import TableContract
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.project import Project
from perdure.platform.storage.quarantine import set_aside


@dataclass(frozen=True, slots=True)
class TableRow:
    """One table, as one line."""

    name: str
    meaning: str
    solution: str
    version: int | None
    rows: int
    latest: datetime | None
    quarantined: int
    state: State


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a table: when it was made, by what, with how many rows added."""

    version: int
    at: datetime
    operation: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """One table with its contract and its last versions."""

    table: TableRow
    contract: TableContract | None
    versions: tuple[Version, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class SetAside:
    """One quarantined row: where it came from and which rule it broke."""

    at: datetime
    source: str
    line: int | None
    rule: str
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """The quarantined rows of one table.

    ``sampled`` are the rules of which a sample is kept: rule, rows kept, rows set aside.
    """

    table: str
    total: int
    by_rule: tuple[tuple[str, int], ...]
    rule: str
    rows: tuple[SetAside, ...]
    page: int
    pages: int
    now: datetime
    sampled: tuple[tuple[str, int, int], ...] = ()


PAGE = 50
QUARANTINE = "quarantine."


def listed(project: Project) -> tuple[TableRow, ...]:
    """Tables with a contract first, then those that the platform made."""
    contracts = _contracts(project)
    made = [n for n in project.lake.tables() if n not in contracts and not n.startswith(QUARANTINE)]
    return tuple(_row(project, name, contracts.get(name)) for name in (*contracts, *made))


def read(project: Project, name: str) -> TablePage:
    """One table; an unknown one is Missing."""
    known = _contracts(project)
    if name not in known and not _exists(project, name):
        raise Missing("no such table")
    versions = project.lake.history(name)[-20:] if _exists(project, name) else []
    return TablePage(
        table=_row(project, name, known.get(name)),
        contract=known[name][0] if name in known else None,
        versions=tuple(Version(v.version, v.at, v.operation) for v in reversed(versions)),
        now=project.clock.now(),
    )


def quarantined(project: Project, table: str, rule: str = "", page: int = 1) -> QuarantinePage:
    """Rows of a table that were set aside, newest first, of one rule when it is named."""
    stored = f"{QUARANTINE}{table}"
    if table not in _contracts(project) and not _exists(project, stored):
        raise Missing("no such table")
    rows: list[dict[str, Any]] = []
    by_rule: list[tuple[str, int]] = []
    if _exists(project, stored):
        scan = project.lake.scan(stored)
        counted = scan.group_by("rule").len().sort("len", "rule", descending=[True, False])
        by_rule = [(name, many) for name, many in counted.collect().iter_rows()]
        wanted = scan.filter(pl.col("rule") == rule) if rule else scan
        newest = wanted.sort("at", "line", descending=[True, False])
        rows = newest.slice((page - 1) * PAGE, PAGE).collect().to_dicts()
    total = sum(many for name, many in by_rule if rule in ("", name))
    return QuarantinePage(
        table=table,
        total=total,
        by_rule=tuple(by_rule),
        rule=rule,
        rows=tuple(_set_aside(row) for row in rows),
        page=page,
        pages=max(1, -(-total // PAGE)),
        now=project.clock.now(),
        sampled=_sampled(set_aside(project.ops, table), by_rule),
    )


def _sampled(
    counted: dict[str, int], kept: list[tuple[str, int]]
) -> tuple[tuple[str, int, int], ...]:
    return tuple((rule, n, counted[rule]) for rule, n in kept if counted.get(rule, 0) > n)


def _set_aside(row: dict[str, Any]) -> SetAside:
    raw = row.get("raw") or ""
    return SetAside(
        at=row["at"],
        source=row.get("source") or "",
        line=row.get("line"),
        rule=row["rule"] or "",
        detail=row.get("detail") or "",
        raw=raw if len(raw) <= 300 else f"{raw[:299]}…",
    )


def _contracts(project: Project) -> dict[str, tuple[TableContract, str]]:
    return {
        name: (contract, solution.title)
        for solution in solutions().values()
        if solution.tables
        for name, contract in project.contracts(solution).items()
    }


def _exists(project: Project, name: str) -> bool:
    return NAME.match(name) is not None and ".." not in name and project.lake.exists(name)


def _row(project: Project, name: str, known: tuple[TableContract, str] | None) -> TableRow:
    contract, title = known or (None, "")
    there = _exists(project, name)
    version = project.lake.version(name) if there else None
    bad = sum(set_aside(project.ops, name).values())
    rows = project.lake.rows(name) if there else 0
    when = contract.known_at if contract else "at"
    return TableRow(
        name=name,
        meaning=contract.meaning if contract else _made_by(name),
        solution=title,
        version=version,
        rows=rows,
        latest=_latest(project.lake.root, name, version, when) if version is not None else None,
        quarantined=bad,
        state=_state(rows, bad),
    )


def _state(rows: int, bad: int) -> State:
    if not rows:
        return State("off", "empty")
    if bad > 0.05 * (rows + bad):
        return State("watch", "many set aside")
    return State("ok", "ready")


def _made_by(name: str) -> str:
    kinds = {
        "features": "features by entity and moment",
        "training": "labelled rows that models learnt from",
        "predictions": "probabilities with their reasons",
        "labels": "outcomes by index date",
    }
    return kinds.get(name.partition(".")[0], "made by the platform")


@lru_cache(maxsize=256)
def _latest(root: Path, name: str, version: int, column: str) -> datetime | None:
    scan = Lake(root).scan(name, version)
    if column not in scan.collect_schema():
        return None
    found = scan.select(pl.col(column).max()).collect().item()
    return found if isinstance(found, datetime) else None
