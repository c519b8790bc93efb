"""Alarms: one stands for a monitor and its subject until it is over or closed by a person.

::

    open ──> acknowledged ──> closed
      └─────────────────────────^
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, select

from perdure.kernel.errors import UsageError
from perdure.kernel.names import new_id
from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.records import ALARMS
from perdure.platform.monitoring.results import as_json

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

State = Literal["open", "acknowledged", "closed"]
OPEN: State = "open"
ACKNOWLEDGED: State = "acknowledged"
CLOSED: State = "closed"
ITSELF = "perdure"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person or a run: what, how large (``effect``), how often seen."""

    id: str
    solution: str
    case: str
    monitor: str
    subject: str
    state: State
    effect: float | None
    limit: float | None
    text: str
    evidence: Mapping[str, Any]
    times: int
    opened_at: datetime
    seen_at: datetime
    changed_by: str
    changed_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Change:
    """Which alarms a set of readings opened, saw again and closed (their ids)."""

    opened: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


def update_alarms(
    connection: Connection,
    solution: str,
    case: str,
    readings: Iterable[Reading],
    at: datetime,
    *,
    actor: str = ITSELF,
) -> Change:
    """Bring the alarms of a case in line with new readings, inside the caller's transaction.

    ``alarm`` opens one, or counts it again where one stands; ``ok`` and ``noted`` close it;
    ``watch`` leaves it as it is, so that a value that swings around its limit does not open and
    close alarms.
    """
    standing = {(a.monitor, a.subject): a for a in _standing(connection, solution, case)}
    opened, again, closed = [], [], []
    for reading in readings:
        alarm = standing.get((reading.monitor, reading.subject))
        if reading.severity == "alarm" and alarm is None:
            opened.append(_open(connection, (solution, case, actor), reading, at))
        elif reading.severity == "alarm" and alarm is not None:
            again.append(alarm.id)
            seen = _seen(reading, at) | {"times": alarm.times + 1}
            connection.execute(ALARMS.update().where(ALARMS.c.id == alarm.id), seen)
        elif reading.severity in ("ok", "noted") and alarm is not None:
            closed.append(alarm.id)
            _move(connection, alarm, CLOSED, actor, f"over: {reading.text}", at)
    return Change(tuple(opened), tuple(again), tuple(closed))


def standing_alarms(
    project: Project, solution: str | None = None, case: str | None = None
) -> list[Alarm]:
    """The alarms that are not closed, newest first."""
    with project.ops.connect() as connection:
        return _standing(connection, solution, case)


def alarm(project: Project, alarm_id: str) -> Alarm:
    """The alarm with that id. Raises UsageError when there is none."""
    with project.ops.connect() as connection:
        return _one(connection, alarm_id)


def acknowledge(project: Project, alarm_id: str, *, actor: str, note: str = "") -> Alarm:
    """Say that somebody looks after it; it stands, and opens no second one."""
    return _changed(project, alarm_id, ACKNOWLEDGED, actor, note)


def close(project: Project, alarm_id: str, *, actor: str, note: str = "") -> Alarm:
    """Close it; the next reading that is too bad opens another one."""
    return _changed(project, alarm_id, CLOSED, actor, note)


def _changed(project: Project, alarm_id: str, state: State, actor: str, note: str) -> Alarm:
    if not actor.strip():
        raise UsageError("who does this? an alarm is changed by somebody")
    with project.ops.begin() as connection:
        found = _one(connection, alarm_id)
        if found.state == CLOSED or found.state == state:
            raise UsageError(
                f"the alarm is {found.state} already", where=f"{found.monitor} {found.subject}"
            )
        _move(connection, found, state, actor, note, project.clock.now())
        return _one(connection, alarm_id)


def _open(connection: Connection, who: tuple[str, str, str], reading: Reading, at: datetime) -> str:
    solution, case, actor = who
    made = new_id("alm")
    row = _seen(reading, at) | {
        "id": made,
        "solution": solution,
        "case": case,
        "monitor": reading.monitor,
        "subject": reading.subject,
        "state": OPEN,
        "times": 1,
        "opened_at": at,
        "changed_by": actor,
        "changed_at": at,
        "note": "",
    }
    connection.execute(ALARMS.insert(), row)
    return made


def _seen(reading: Reading, at: datetime) -> dict[str, Any]:
    return {
        "effect": reading.value,
        "limit": reading.limit,
        "text": reading.text,
        "evidence": as_json(reading.evidence),
        "seen_at": at,
    }


def _move(
    connection: Connection, found: Alarm, state: State, actor: str, note: str, at: datetime
) -> None:
    row = {"state": state, "changed_by": actor, "changed_at": at, "note": note[:2_000]}
    connection.execute(ALARMS.update().where(ALARMS.c.id == found.id), row)


def _standing(connection: Connection, solution: str | None, case: str | None) -> list[Alarm]:
    query = select(ALARMS).where(ALARMS.c.state != CLOSED)
    if solution is not None:
        query = query.where(ALARMS.c.solution == solution)
    if case is not None:
        query = query.where(ALARMS.c.case == case)
    rows = connection.execute(query.order_by(ALARMS.c.opened_at.desc(), ALARMS.c.id)).mappings()
    return [_alarm(dict(row)) for row in rows]


def _one(connection: Connection, alarm_id: str) -> Alarm:
    row = connection.execute(select(ALARMS).where(ALARMS.c.id == alarm_id)).mappings().first()
    if row is None:
        raise UsageError(f"no alarm {alarm_id[:64]!r}")
    return _alarm(dict(row))


def _alarm(row: dict[str, Any]) -> Alarm:
    return Alarm(**(row | {"evidence": json.loads(row["evidence"])}))
