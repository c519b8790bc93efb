"""The inbox of alarms: what moved, by how much, on which evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row, func, select

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views.states import State
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.names import slug
from perdure.platform.monitoring.records import ALARMS, REQUESTS
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm with its evidence in words."""

    id: str
    at: datetime
    solution: str
    case: str
    link: str
    monitor: str
    subject: str
    effect: float | None
    limit: float | None
    evidence: str
    state: State
    requested_run: str | None


@dataclass(frozen=True, slots=True)
class Alarms:
    """The inbox: which tab is open, and its rows."""

    view: str
    rows: tuple[AlarmRow, ...]
    counts: dict[str, int]
    now: datetime


View = Literal["open", "acknowledged", "closed"]
VIEWS = get_args(View)
STATES = {
    "open": State("alarm", "open"),
    "acknowledged": State("watch", "acknowledged"),
    "closed": State("ok", "closed"),
}
MOST = 200


def read(project: Project, view: str = "open") -> Alarms:
    """The alarms in one state, newest first, and how many are in each."""
    if view not in VIEWS:
        raise UsageError("no such view", hint=did_you_mean(view[:40], VIEWS))
    newest = select(ALARMS).where(ALARMS.c.state == view).order_by(ALARMS.c.seen_at.desc())
    with project.ops.connect() as connection:
        rows = connection.execute(newest.limit(MOST)).all()
        states = select(ALARMS.c.state, func.count().label("many")).group_by(ALARMS.c.state)
        counts = {row.state: row.many for row in connection.execute(states)}
        asked = select(REQUESTS.c.alarm, REQUESTS.c.pipeline, REQUESTS.c.state).where(
            REQUESTS.c.alarm.in_([row.id for row in rows])
        )
        requests = {row.alarm: f"{row.pipeline} ({row.state})" for row in connection.execute(asked)}
    made = tuple(_row(row, requests.get(row.id)) for row in rows)
    return Alarms(view, made, counts, project.clock.now())


def one(project: Project, alarm: str) -> AlarmRow:
    """One alarm; an unknown one is Missing."""
    with project.ops.connect() as connection:
        row = connection.execute(select(ALARMS).where(ALARMS.c.id == alarm)).first()
    if row is None:
        raise Missing("no such alarm")
    return _row(row, None)


def open_count(project: Project) -> int:
    """How many alarms are open."""
    asked = select(func.count()).where(ALARMS.c.state == "open")
    with project.ops.connect() as connection:
        return int(connection.execute(asked).scalar_one())


def _row(row: Row[Any], request: str | None) -> AlarmRow:
    return AlarmRow(
        id=row.id,
        at=row.opened_at,
        solution=row.solution,
        case=row.case,
        link=f"/solutions/{row.solution}/{slug(row.case)}/model",
        monitor=row.monitor,
        subject=row.subject,
        effect=row.effect,
        limit=row.limit,
        evidence=row.text,
        state=STATES[row.state],
        requested_run=request,
    )
