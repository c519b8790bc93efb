"""The ranked list of one case: whom to act upon, how sure, why, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

import polars as pl
from sqlalchemy import Connection, Row, Select, func, select

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views import scored, standing
from perdure.interfaces.views.scope import Scope, resolve
from perdure.interfaces.views.scored import Scored, Why, reasons_of
from perdure.interfaces.views.states import State
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.names import slug
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.storage.project import Project

DecisionView = Literal["waiting", "accepted", "dismissed", "holdout"]
Order = Literal["territory", "probability"]
VIEWS = (*get_args(DecisionView), "all")
ORDERS = get_args(Order)
PAGE = 50
MOST = 1_000_000
NOT_DECIDED = State("off", "no decision")


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One entity of the list. ``decision`` is None when only a score exists.

    ``score`` is the share of those scored who are less likely, ``relative`` the probability over
    the highest one, ``times_base`` the probability over the mean; ``decided_score`` is what the
    decision was ranked by, ``propensity`` the chance of its action.
    """

    entity: str
    name: str
    detail: str
    territory: str
    rank: int
    score: float
    probability: float
    relative: float
    times_base: float | None
    reasons: tuple[Why, ...]
    decision: str | None
    decided_score: float | None
    propensity: float | None
    action: str
    arm: str
    state: State
    note: str
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the list."""

    view: str = "waiting"
    territory: str = ""
    text: str = ""
    order: str = "territory"
    page: int = 1
    action: str = ""

    def checked(self) -> Query:
        """Itself; an unknown view or order is a UsageError."""
        for given, known in ((self.view, VIEWS), (self.order, ORDERS)):
            if given not in known:
                raise UsageError("no such view", hint=did_you_mean(given[:40], known))
        return self


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page of the list with what stands around it."""

    scope: Scope
    query: Query
    rows: tuple[RankedRow, ...]
    total: int
    pages: int
    counts: dict[str, int]
    territories: tuple[str, ...]
    model: str | None
    data_as_of: datetime | None
    scored_at: datetime | None
    base_rate: float | None
    now: datetime


def read(project: Project, scope: Scope, query: Query) -> Ranked:
    """One page of the list."""
    now, found = project.clock.now(), scored.latest(project, scope)
    with project.ops.connect() as connection:
        counts = standing.counts(connection, scope, now)
        counts["all"] = found.frame.height if found else 0
        rows, total = _rows(connection, scope, query, found, now, PAGE)
    return Ranked(
        scope=scope,
        query=query,
        rows=tuple(rows),
        total=total,
        pages=max(1, -(-total // PAGE)),
        counts=counts,
        territories=_territories(found),
        model=found.model if found else None,
        data_as_of=found.data_as_of if found else None,
        scored_at=found.scored_at if found else None,
        base_rate=found.base_rate if found else None,
        now=now,
    )


def everything(project: Project, scope: Scope, query: Query) -> list[RankedRow]:
    """All rows of a view and filter, for export."""
    now, found = project.clock.now(), scored.latest(project, scope)
    with project.ops.connect() as connection:
        return _rows(connection, scope, replace(query, page=1), found, now, MOST)[0]


def row_of(project: Project, decision: str) -> tuple[RankedRow, Scope]:
    """The row of one decision, and the case that it belongs to."""
    now = project.clock.now()
    with project.ops.connect() as connection:
        row = connection.execute(standing.decided(now).where(DECISIONS.c.id == decision)).first()
        if row is None:
            raise Missing("no such decision")
        scope = resolve(project, row.solution, slug(row.case))
        found = scored.latest(project, scope)
        return _made(connection, [row], found, now)[0], scope


def of_entity(project: Project, scope: Scope, entity: str) -> RankedRow | None:
    """The row of one entity: its newest decision if there is one, else its score."""
    now, found = project.clock.now(), scored.latest(project, scope)
    newest = standing.decided(now).where(
        standing.of_case(scope, now), DECISIONS.c.entity == entity
    ).order_by(DECISIONS.c.decided_at.desc(), DECISIONS.c.rank).limit(1)  # fmt: skip
    with project.ops.connect() as connection:
        if row := connection.execute(newest).first():
            return _made(connection, [row], found, now)[0]
    known = found.of([entity]) if found else {}
    return _scored_row(known[entity], found) if found and entity in known else None


def _territories(found: Scored | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return tuple(sorted(name for name in found.frame["territory"].unique() if name))


def _rows(
    connection: Connection,
    scope: Scope,
    query: Query,
    found: Scored | None,
    now: datetime,
    limit: int,
) -> tuple[list[RankedRow], int]:
    if query.view == "all":
        return _everybody(connection, scope, query, found, now, limit)
    statement = _filtered(standing.decided(now), scope, query, found, now)
    total = connection.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    rank = (DECISIONS.c.territory, DECISIONS.c.rank, DECISIONS.c.entity)
    best = (DECISIONS.c.score.desc(), DECISIONS.c.entity)
    ordered = statement.order_by(*(rank if query.order == "territory" else best))
    page = connection.execute(ordered.limit(limit).offset((query.page - 1) * limit)).all()
    return _made(connection, page, found, now), total


def _filtered(
    statement: Select[Any], scope: Scope, query: Query, found: Scored | None, now: datetime
) -> Select[Any]:
    statement = statement.where(
        standing.of_case(scope, now), standing.view_of(now) == query.view
    )  # fmt: skip
    if query.territory:
        statement = statement.where(DECISIONS.c.territory == query.territory)
    if query.action:
        statement = statement.where(DECISIONS.c.action == query.action)
    if query.text and found:
        statement = statement.where(DECISIONS.c.entity.in_(found.like(query.text)))
    return statement


def _made(
    connection: Connection, rows: Sequence[Row[Any]], found: Scored | None, now: datetime
) -> list[RankedRow]:
    """Decisions joined to the scores they are about now."""
    known = found.of([row.entity for row in rows]) if found else {}
    notes = standing.notes(connection, [row.id for row in rows][:500])
    scale = (found.base_rate, found.top) if found else (0.0, 0.0)
    return [_decided_row(row, known.get(row.entity, {}), scale, notes, now) for row in rows]


def _decided_row(
    row: Row[Any],
    about: Mapping[str, Any],
    scale: tuple[float, float],
    notes: Mapping[str, str],
    now: datetime,
) -> RankedRow:
    base, top = scale
    # A decision may have been ranked by more than the probability (a value, a tie broken).
    probability = float(about.get("probability", row.score))
    return RankedRow(
        entity=row.entity,
        name=about.get("name") or row.entity,
        detail=about.get("detail", ""),
        territory=row.territory,
        rank=row.rank,
        score=float(about.get("score", 0.0)),
        probability=probability,
        relative=probability / top if top else 0.0,
        times_base=probability / base if base else None,
        reasons=reasons_of(row.reasons),
        decision=row.id,
        decided_score=row.score,
        propensity=row.propensity,
        action=row.action,
        arm=row.arm,
        state=standing.state_of(row, now),
        note=notes.get(row.id, ""),
        valid_to=row.valid_to,
    )


def _everybody(
    connection: Connection,
    scope: Scope,
    query: Query,
    found: Scored | None,
    now: datetime,
    limit: int,
) -> tuple[list[RankedRow], int]:
    """All who were scored, with their newest decision where there is one."""
    if found is None:
        return [], 0
    frame = found.frame
    if query.territory:
        frame = frame.filter(pl.col("territory") == query.territory)
    if query.text:
        frame = frame.filter(pl.col("entity").is_in(found.like(query.text, MOST)))
    if query.order == "territory":
        frame = frame.sort("territory", "place")
    page = frame.slice((query.page - 1) * limit, limit)
    current = _current(connection, scope, page["entity"].to_list(), now)
    made = {row.entity: row for row in _made(connection, current, found, now)}
    rows = [made.get(row["entity"]) or _scored_row(row, found) for row in page.to_dicts()]
    return rows, frame.height


def _current(
    connection: Connection, scope: Scope, entities: list[str], now: datetime
) -> list[Row[Any]]:
    """The decisions of some entities, oldest first; of very many, only those of the newest."""
    asked = standing.decided(now).where(standing.of_case(scope, now))
    if len(entities) <= 500:
        asked = asked.where(DECISIONS.c.entity.in_(entities))
    return list(connection.execute(asked.order_by(DECISIONS.c.decided_at)).all())


def _scored_row(row: Mapping[str, Any], found: Scored) -> RankedRow:
    return RankedRow(
        entity=row["entity"],
        name=row["name"],
        detail=row["detail"],
        territory=row["territory"],
        rank=0,
        score=row["score"],
        probability=row["probability"],
        relative=row["probability"] / found.top if found.top else 0.0,
        times_base=row["probability"] / found.base_rate if found.base_rate else None,
        reasons=reasons_of(row["reasons"]),
        decision=None,
        decided_score=None,
        propensity=None,
        action="",
        arm="",
        state=NOT_DECIDED,
        note="",
        valid_to=None,
    )
