"""The home page: what needs a decision today, and how every solution is doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from perdure.interfaces.views import alarms, health, scored, standing
from perdure.interfaces.views.scope import Scope, scopes
from perdure.interfaces.views.states import State
from perdure.kernel.discovery import solutions
from perdure.kernel.solution import Solution
from perdure.platform.automation.records import RUNS
from perdure.platform.monitoring.records import ALARMS
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.storage.project import Project

RUN_STATES = {
    "finished": State("ok", "finished"),
    "running": State("watch", "running"),
    "failed": State("alarm", "failed"),
}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for a person: what, where, and where to do it."""

    state: State
    what: str
    where: str
    detail: str
    link: str
    verb: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of one solution, as one line of the portfolio."""

    solution: str
    title: str
    question: str
    entity: str
    case: str
    slug: str
    link: str
    first_page: str
    health: State
    champion: str | None
    last_run: datetime | None
    last_run_state: State | None
    last_run_id: str | None
    data_as_of: datetime | None
    waiting: int
    alarms: int
    command: str

    @property
    def next_text(self) -> str:
        """The one thing to do next."""
        if self.champion is None:
            return "Train a first model"
        if self.last_run_state and self.last_run_state.level == "alarm":
            return "See why the run failed"
        if self.alarms:
            return "Look at the alarms"
        return "Review the list" if self.waiting else "Nothing to do"

    @property
    def next_link(self) -> str | None:
        """Where to do it; None when it is a command or nothing."""
        links = {
            "See why the run failed": f"/runs/{self.last_run_id}",
            "Look at the alarms": "/alarms",
            "Review the list": self.link,
        }
        return links.get(self.next_text)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything on the home page."""

    todos: tuple[Todo, ...]
    rows: tuple[CaseRow, ...]
    now: datetime


def read(project: Project) -> Portfolio:
    """The home page of a project."""
    rows = [row for solution in solutions().values() for row in cases(project, solution)]
    todos = (*(todo for row in rows for todo in _todos(row)), *_alarms(project))
    return Portfolio(tuple(todos), tuple(rows), project.clock.now())


def cases(project: Project, solution: Solution) -> list[CaseRow]:
    """The lines of one solution."""
    return [_row(project, scope) for scope in scopes(project, solution)]


def _row(project: Project, scope: Scope) -> CaseRow:
    now, found = project.clock.now(), scored.latest(project, scope)
    champion = Registry(project).champion(scope.model)
    with project.ops.connect() as connection:
        waiting = standing.counts(connection, scope, now).get("waiting", 0)
        run = connection.execute(_last_run(scope)).first()
        standing_alarms = connection.execute(
            select(func.count()).where(
                ALARMS.c.solution == scope.solution.name,
                ALARMS.c.case.in_(scope.names),
                ALARMS.c.state == "open",
            )
        ).scalar_one()
    return CaseRow(
        solution=scope.solution.name,
        title=scope.solution.title,
        question=scope.solution.question,
        entity=scope.solution.entity,
        case=scope.case,
        slug=scope.slug,
        link=scope.link,
        first_page=scope.first_page,
        health=health.word(project, scope),
        champion=f"v{champion.version}" if champion else None,
        **_run_facts(run),
        data_as_of=found.data_as_of if found else _learned_from(project, scope, champion),
        waiting=waiting,
        alarms=standing_alarms,
        command=scope.command,
    )


def _learned_from(project: Project, scope: Scope, champion: ModelVersion | None) -> datetime | None:
    """Of a solution that scores nobody ahead: as of when its champion knows the tables."""
    if scope.is_ranked or champion is None:
        return None
    with project.ops.connect() as connection:
        inputs = connection.execute(select(RUNS.c.inputs).where(RUNS.c.id == champion.run)).scalar()
    told = (inputs or {}).get("as_of")
    return datetime.fromisoformat(told) if told else None


def _last_run(scope: Scope) -> Any:
    mine = RUNS.c.pipeline.startswith(f"{scope.model}/", autoescape=True)
    return select(RUNS).where(mine).order_by(RUNS.c.started_at.desc()).limit(1)


def _run_facts(run: Row[Any] | None) -> dict[str, Any]:
    if run is None:
        return {"last_run": None, "last_run_state": None, "last_run_id": None}
    state = RUN_STATES.get(run.state, State("off", run.state))
    return {"last_run": run.started_at, "last_run_state": state, "last_run_id": run.id}


def _todos(row: CaseRow) -> Iterable[Todo]:
    where = row.title if row.case == "default" else f"{row.title} · {row.case}"
    if row.waiting:
        what = f"{row.waiting} {'decision waits' if row.waiting == 1 else 'decisions wait'}"
        detail = f"Each with its reasons, scored by {row.champion or 'a former model'}."
        yield Todo(standing.WAITING, what, where, detail, row.link, "Review")
    if row.last_run_state and row.last_run_state.level == "alarm":
        detail = "Nothing half-made is visible; it resumes where it stopped."
        link = f"/runs/{row.last_run_id}"
        yield Todo(row.last_run_state, "A run failed", where, detail, link, "Look")


def _alarms(project: Project) -> Iterable[Todo]:
    titles = {name: solution.title for name, solution in solutions().items()}
    for alarm in alarms.read(project).rows[:5]:
        what = f"{alarm.monitor.replace('-', ' ').capitalize()} {alarm.subject}".strip()
        where = f"{titles.get(alarm.solution, alarm.solution)} · {alarm.case}"
        yield Todo(alarm.state, what, where, alarm.evidence, "/alarms", "Look")
