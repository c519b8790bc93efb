"""Reading feedback: about one decision, and the newest of a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Select, select

from perdure.kernel.decisions import Feedback
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.records import FEEDBACK

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

_KINDS: dict[str, Any] = {
    "sequence": pl.Int64,
    "decision": pl.String,
    "kind": pl.String,
    "actor": pl.String,
    "at": pl.Datetime("us"),
    "reason": pl.String,
    "value": pl.Float64,
}


def feedback_about(project: Project, decision: str) -> list[Feedback]:
    """Everything that was said about a decision, first to last."""
    query = select(FEEDBACK).where(FEEDBACK.c.decision == decision)
    return _read(project, query.order_by(FEEDBACK.c.sequence))


def newest_feedback(
    project: Project, solution: str, case: str, *, most: int = 100
) -> list[Feedback]:
    """What was said last about the decisions of a case, newest first."""
    query = _of_case(select(FEEDBACK), solution, case).order_by(FEEDBACK.c.sequence.desc())
    return _read(project, query.limit(most))


def feedback_table(project: Project, solution: str, case: str) -> pl.DataFrame:
    """All feedback of a case as a table, first to last, without notes."""
    query = _of_case(select(*(FEEDBACK.c[name] for name in _KINDS)), solution, case)
    with project.ops.connect() as connection:
        rows = connection.execute(query.order_by(FEEDBACK.c.sequence)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=_KINDS, orient="row")


def _of_case(query: Select[Any], solution: str, case: str) -> Select[Any]:
    return query.join(DECISIONS, DECISIONS.c.id == FEEDBACK.c.decision).where(
        DECISIONS.c.solution == solution, DECISIONS.c.case == case
    )


def _read(project: Project, query: Select[Any]) -> list[Feedback]:
    with project.ops.connect() as connection:
        return [_feedback(dict(row)) for row in connection.execute(query).mappings()]


def _feedback(row: Mapping[str, Any]) -> Feedback:
    names = ("decision", "kind", "actor", "at", "key", "reason", "value", "note")
    return Feedback(**{name: row[name] for name in names}, extra=json.loads(row["extra"]))
