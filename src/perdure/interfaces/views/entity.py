"""The page of one entity (a physician): facts, timeline, score with reasons, decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views import ranked, scored, standing
from perdure.interfaces.views.ranked import RankedRow
from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.scored import Why
from perdure.interfaces.views.states import State
from perdure.kernel.timeline import Event, Timeline
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision about the entity, in one line."""

    id: str
    at: datetime
    action: str
    arm: str
    score: float
    state: State
    note: str


@dataclass(frozen=True, slots=True)
class EntityPage:
    """Everything on the page of one entity."""

    scope: Scope
    entity: str
    row: RankedRow | None
    reasons: tuple[Why, ...]
    timeline: Timeline | None
    decisions: tuple[PastDecision, ...]
    model: str | None
    data_as_of: datetime | None
    now: datetime


MOST_DECISIONS = 100


def read(project: Project, scope: Scope, entity: str) -> EntityPage:
    """The page of one entity; one that nobody has heard of is Missing."""
    now, found = project.clock.now(), scored.latest(project, scope)
    row = ranked.of_entity(project, scope, entity)
    timeline = _timeline(project, scope, entity, now)
    decisions = _decisions(project, scope, entity, now)
    if timeline is not None:
        timeline = replace(timeline, events=(*timeline.events, *map(_event, decisions)))
    known = row or decisions or (timeline and (timeline.series or timeline.events))
    if not known and not scope.is_ranked:
        raise Missing(
            f"{scope.solution.title} keeps no page of one {scope.solution.entity}",
            expected="the pages of the solution: it answers when it is asked",
        )
    if not known:
        raise Missing(f"there is no such {scope.solution.entity}")
    about = found.of([entity]).get(entity) if found else None
    return EntityPage(
        scope=scope,
        entity=entity,
        row=row,
        reasons=scored.reasons_of(about["reasons"]) if about else row.reasons if row else (),
        timeline=timeline,
        decisions=decisions,
        model=found.model if found else None,
        data_as_of=found.data_as_of if found else None,
        now=now,
    )


def _event(decision: PastDecision) -> Event:
    return Event(decision.at, "decision", f"{decision.action}, {decision.state.word}")


def _timeline(project: Project, scope: Scope, entity: str, now: datetime) -> Timeline | None:
    if not scope.solution.timeline:
        return None
    settings = project.settings(scope.solution)
    made: Timeline = scope.solution.code("timeline")(project, settings, scope.case, entity, now)
    return made


def _decisions(
    project: Project, scope: Scope, entity: str, now: datetime
) -> tuple[PastDecision, ...]:
    asked = (
        standing.decided(now)
        .where(DECISIONS.c.solution == scope.solution.name, DECISIONS.c.case.in_(scope.names))
        .where(DECISIONS.c.entity == entity)
        .order_by(DECISIONS.c.decided_at.desc())
        .limit(MOST_DECISIONS)
    )
    with project.ops.connect() as connection:
        rows = connection.execute(asked).all()
        notes = standing.notes(connection, [row.id for row in rows])
    return tuple(
        PastDecision(
            id=row.id,
            at=row.decided_at,
            action=row.action,
            arm=row.arm,
            score=row.score,
            state=standing.state_of(row, now),
            note=notes.get(row.id, ""),
        )
        for row in rows
    )
