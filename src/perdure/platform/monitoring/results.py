"""Readings as they are kept, and read back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.records import RESULTS

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class Look:
    """One look of the monitors at a case: as of when, at which model."""

    batch: str
    solution: str
    case: str
    at: datetime
    model: str


def as_json(value: object) -> str:
    """JSON in which a number that is none became null.

    >>> as_json({"a": float("inf"), "b": (1, 2)})
    '{"a": null, "b": [1, 2]}'
    """
    return json.dumps(_finite(value), allow_nan=False)


def store_readings(
    connection: Connection, look: Look, readings: Iterable[Reading], now: datetime
) -> None:
    """Write the readings of a look, inside the caller's transaction."""
    shared = {
        "batch": look.batch,
        "solution": look.solution,
        "case": look.case,
        "at": look.at,
        "model": look.model,
        "recorded_at": now,
    }
    rows = [
        shared
        | {
            "monitor": reading.monitor,
            "subject": reading.subject,
            "severity": reading.severity,
            "text": reading.text,
            "value": _finite(reading.value),
            "limit": _finite(reading.limit),
            "evidence": as_json(reading.evidence),
        }
        for reading in readings
    ]
    if rows:
        connection.execute(RESULTS.insert(), rows)


def readings_of(connection: Connection, batch: str) -> list[Reading]:
    """The readings of one look, in the order in which they were made."""
    query = select(RESULTS).where(RESULTS.c.batch == batch).order_by(RESULTS.c.sequence)
    return [_reading(dict(row)) for row in connection.execute(query).mappings()]


def newest_look(project: Project, solution: str, case: str) -> tuple[Look, list[Reading]] | None:
    """The look that was taken last, and its readings; None when there was none."""
    mine = (RESULTS.c.solution == solution) & (RESULTS.c.case == case)
    newest = select(func.max(RESULTS.c.sequence)).where(mine).scalar_subquery()
    with project.ops.connect() as connection:
        row = connection.execute(select(RESULTS).where(RESULTS.c.sequence == newest)).first()
        if row is None:
            return None
        look = Look(row.batch, row.solution, row.case, row.at, row.model)
        return look, readings_of(connection, look.batch)


def course(
    project: Project, solution: str, case: str, monitor: str, subject: str, *, most: int = 200
) -> list[tuple[datetime, float | None, str]]:
    """How one reading went: moment, value and severity, oldest first."""
    found = readings_over_time(project, solution, case, monitor, subject, most=most)
    return [(at, reading.value, reading.severity) for at, reading in found]


def readings_over_time(
    project: Project, solution: str, case: str, monitor: str, subject: str, *, most: int = 200
) -> list[tuple[datetime, Reading]]:
    """One reading at every look, with its evidence: the moment and the reading, oldest first."""
    query = (
        select(RESULTS)
        .where(RESULTS.c.solution == solution, RESULTS.c.case == case)
        .where(RESULTS.c.monitor == monitor, RESULTS.c.subject == subject)
        .order_by(RESULTS.c.at.desc(), RESULTS.c.sequence.desc())
        .limit(most)
    )
    with project.ops.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return [(row["at"], _reading(row)) for row in reversed(rows)]


def _reading(row: Mapping[str, Any]) -> Reading:
    names = ("monitor", "subject", "severity", "text", "value", "limit")
    return Reading(**{name: row[name] for name in names}, evidence=json.loads(row["evidence"]))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
