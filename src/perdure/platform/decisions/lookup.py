"""Reading decisions: one, those to act on, those about an entity, and what was blocked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Select, and_, select

from perdure.kernel.decisions import Decision, Reason
from perdure.kernel.errors import UsageError
from perdure.platform.decisions.answers import answered
from perdure.platform.decisions.batches import DecisionReport, report_of
from perdure.platform.decisions.policy import TREATED, DecisionPolicy
from perdure.platform.decisions.records import BATCHES, BLOCKED, DECISIONS

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

_LEFT_OUT = ("sequence", "batch", "hash", "reasons", "alternatives", "limits")
_PLAIN = tuple(column.name for column in DECISIONS.columns if column.name not in _LEFT_OUT)


def decision(project: Project, decision_id: str) -> Decision:
    """The decision with that id. Raises UsageError when there is none."""
    found = _decisions(project, select(DECISIONS).where(DECISIONS.c.id == decision_id))
    if not found:
        raise UsageError(f"no decision {decision_id[:64]!r}")
    return found[0]


def open_actions(
    project: Project,
    solution: str,
    case: str,
    *,
    at: datetime | None = None,
    territory: str | None = None,
    most: int = 10_000,
) -> list[Decision]:
    """What is to be done now: valid, not answered, by territory and rank. Never a hold-out."""
    now = at or project.clock.now()
    made = DECISIONS.c
    query = (
        _of_case(solution, case)
        .where(made.arm == TREATED, made.rank > 0, ~answered())
        .where(made.valid_from <= now, made.valid_to > now)
        .order_by(made.territory, made.rank, made.sequence)
        .limit(most)
    )
    return _decisions(
        project, query if territory is None else query.where(made.territory == territory)
    )


def decisions_about(project: Project, entity: str, *, most: int = 200) -> list[Decision]:
    """Every decision about an entity, newest first; hold-outs too, for its history."""
    query = select(DECISIONS).where(DECISIONS.c.entity == entity)
    return _decisions(project, query.order_by(DECISIONS.c.sequence.desc()).limit(most))


def decision_table(
    project: Project, solution: str, case: str, *, columns: Sequence[str] = _PLAIN
) -> pl.DataFrame:
    """All decisions of a case, both arms, in order: a row each, without reasons and limits."""
    query = select(*(DECISIONS.c[name] for name in columns)).where(
        DECISIONS.c.solution == solution, DECISIONS.c.case == case
    )
    with project.ops.connect() as connection:
        rows = connection.execute(query.order_by(DECISIONS.c.sequence)).all()
    schema = {name: _KINDS.get(name, pl.String) for name in columns}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def reports(project: Project, solution: str, case: str, *, most: int = 50) -> list[DecisionReport]:
    """What each call of ``decide`` made for a case, newest first."""
    query = (
        select(BATCHES)
        .where(BATCHES.c.solution == solution, BATCHES.c.case == case)
        .order_by(BATCHES.c.decided_at.desc())
        .limit(most)
    )
    with project.ops.connect() as connection:
        return [report_of(dict(row)) for row in connection.execute(query).mappings()]


def policy_of(project: Project, solution: str, case: str) -> DecisionPolicy | None:
    """The policy of the newest decisions of a case; None when there are none."""
    query = (
        select(BATCHES.c.rules)
        .where(BATCHES.c.solution == solution, BATCHES.c.case == case)
        .order_by(BATCHES.c.decided_at.desc())
    )
    with project.ops.connect() as connection:
        rules = connection.execute(query.limit(1)).scalar()
    return DecisionPolicy.from_dict(json.loads(rules)) if rules else None


def blocks_of(project: Project, entity: str, *, most: int = 50) -> list[dict[str, Any]]:
    """When and by which rule proposals about an entity were stopped, newest first."""
    columns = (BATCHES.c.solution, BATCHES.c.case, BATCHES.c.decided_at, BLOCKED.c.action)
    query = (
        select(*columns, BLOCKED.c.rule)
        .join_from(BLOCKED, BATCHES, BATCHES.c.batch == BLOCKED.c.batch)
        .where(BLOCKED.c.entity == entity)
        .order_by(BATCHES.c.decided_at.desc())
    )
    with project.ops.connect() as connection:
        return [dict(row) for row in connection.execute(query.limit(most)).mappings()]


_KINDS: dict[str, Any] = {
    "sequence": pl.Int64,
    "score": pl.Float64,
    "propensity": pl.Float64,
    "rank": pl.Int64,
    **dict.fromkeys(("data_as_of", "decided_at", "valid_from", "valid_to"), pl.Datetime("us")),
}


def _of_case(solution: str, case: str) -> Select[Any]:
    return select(DECISIONS).where(and_(DECISIONS.c.solution == solution, DECISIONS.c.case == case))


def _decisions(project: Project, query: Select[Any]) -> list[Decision]:
    with project.ops.connect() as connection:
        return [as_decision(dict(row)) for row in connection.execute(query).mappings()]


def as_decision(row: Mapping[str, Any]) -> Decision:
    """The decision that a row of the log holds."""
    return Decision(
        **{name: row[name] for name in _PLAIN},
        reasons=tuple(Reason(**reason) for reason in json.loads(row["reasons"])),
        alternatives=json.loads(row["alternatives"]),
        limits=tuple(json.loads(row["limits"])),
    )
