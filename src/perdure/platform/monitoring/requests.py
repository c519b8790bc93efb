"""Requests for a run: an alarm, or a person, asks; one at a time for each case.

::

    asked ──> running ──> done

While one is asked or running, everybody who asks gets that one; after it, a pause.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, select

from perdure.kernel.errors import UsageError
from perdure.kernel.names import new_id
from perdure.platform.monitoring.records import REQUESTS

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

State = Literal["asked", "running", "done"]
COOL_DOWN_DAYS = 7.0
LOST_AFTER_DAYS = 2.0
"""After so long a request that is still active belongs to a run that will never end it."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A request for a run. ``granted``: it was made by this very call."""

    id: str
    solution: str
    case: str
    pipeline: str
    state: State
    asked_by: str
    reason: str
    alarm: str | None
    asked_at: datetime
    ended_at: datetime | None = None
    run: str | None = None
    granted: bool = False


def request_run(
    project: Project,
    solution: str,
    case: str,
    *,
    asked_by: str,
    reason: str,
    pipeline: str = "train",
    alarm: str | None = None,
    cool_down_days: float = COOL_DOWN_DAYS,
) -> RunRequest:
    """Ask for a run. Gives the active request if there is one, or the last one during its pause.

    Of a hundred who ask at once, one is granted and all get the same request.
    """
    now = project.clock.now()
    with project.ops.begin() as connection:
        last = _last(connection, solution, case)
        if last is not None and _stands(last, now, cool_down_days):
            return last
        if last is not None and last.state != "done":
            _end(connection, last.id, now)
        made = RunRequest(
            id=new_id("req"),
            solution=solution,
            case=case,
            pipeline=pipeline,
            state="asked",
            asked_by=asked_by,
            reason=reason[:2_000],
            alarm=alarm,
            asked_at=now,
            granted=True,
        )
        row = {name: value for name, value in asdict(made).items() if name != "granted"}
        connection.execute(REQUESTS.insert(), row)
    return made


def waiting_requests(project: Project) -> list[RunRequest]:
    """The requests that nobody has taken up, oldest first."""
    query = select(REQUESTS).where(REQUESTS.c.state == "asked").order_by(REQUESTS.c.asked_at)
    with project.ops.connect() as connection:
        return [_request(dict(row)) for row in connection.execute(query).mappings()]


def requests_of(project: Project, solution: str, case: str, *, most: int = 50) -> list[RunRequest]:
    """The requests of a case, newest first."""
    with project.ops.connect() as connection:
        return [
            _request(dict(row))
            for row in connection.execute(_query(solution, case).limit(most)).mappings()
        ]


def take_request(project: Project, request_id: str, run: str) -> bool:
    """Take it up for a run; False when somebody else has."""
    with project.ops.begin() as connection:
        changed = connection.execute(
            REQUESTS.update().where(REQUESTS.c.id == request_id, REQUESTS.c.state == "asked"),
            {"state": "running", "run": run},
        )
        return bool(changed.rowcount)


def end_request(project: Project, request_id: str) -> None:
    """Say that its run is over, however it ended. Repeatable."""
    with project.ops.begin() as connection:
        if not _end(connection, request_id, project.clock.now()):
            known = select(REQUESTS.c.id).where(REQUESTS.c.id == request_id)
            if connection.execute(known).first() is None:
                raise UsageError(f"no request {request_id[:64]!r}")


def _stands(last: RunRequest, now: datetime, cool_down_days: float) -> bool:
    """Whether the last request keeps others away."""
    if last.state != "done":
        return now - last.asked_at < timedelta(days=LOST_AFTER_DAYS)
    return now - last.asked_at < timedelta(days=cool_down_days)


def _end(connection: Connection, request_id: str, now: datetime) -> bool:
    active = REQUESTS.update().where(REQUESTS.c.id == request_id, REQUESTS.c.state != "done")
    return bool(connection.execute(active, {"state": "done", "ended_at": now}).rowcount)


def _last(connection: Connection, solution: str, case: str) -> RunRequest | None:
    row = connection.execute(_query(solution, case).limit(1)).mappings().first()
    return _request(dict(row)) if row else None


def _query(solution: str, case: str) -> Any:
    mine = select(REQUESTS).where(REQUESTS.c.solution == solution, REQUESTS.c.case == case)
    return mine.order_by(REQUESTS.c.asked_at.desc(), REQUESTS.c.id.desc())


def _request(row: dict[str, Any]) -> RunRequest:
    return RunRequest(**row)
