"""Taking in feedback: what was said about a decision, checked and kept once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from perdure.kernel.decisions import Feedback
from perdure.kernel.errors import UsageError
from perdure.platform.decisions.answers import answered
from perdure.platform.decisions.policy import TREATED
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.entries import AHEAD, checked_row
from perdure.platform.feedback.records import FEEDBACK
from perdure.platform.storage.writer import GroupCommitWriter

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

_SAME = ("decision", "kind", "actor", "reason", "value", "note")
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """A feedback that is kept. ``repeated``: it had been, under the same key."""

    key: str
    decision: str
    kind: str
    repeated: bool


def record(
    project: Project, feedback: Feedback, *, writer: GroupCommitWriter | None = None
) -> Recorded:
    """Keep one feedback; returns when it is on disk. See :func:`record_many`.

    With a ``writer`` many callers share one commit.
    """
    row = checked_row(feedback, project.clock.now())
    if writer is None:
        with project.ops.begin() as connection:
            return _keep(connection, [row])[0]
    kept: list[Recorded] = writer.call(lambda connection: _keep(connection, [row])).result()
    return kept[0]


def record_many(project: Project, feedback: Iterable[Feedback]) -> list[Recorded]:
    """Keep all of them, or none: an entry that cannot be kept stops the rest.

    Refused with UsageError: an unknown decision or kind, a dismissal without a reason code,
    ``other`` without a note, an answer to a hold-out (there was nothing to act on; ``observed``
    may be said of it), a moment before the decision or in the future, and a key that was used
    for something else. The same key with the same content changes nothing.
    """
    now = project.clock.now()
    rows = [checked_row(entry, now) for entry in feedback]
    kept: list[Recorded] = []
    with project.ops.begin() as connection:
        for start in range(0, len(rows), _PAGE):
            kept += _keep(connection, rows[start : start + _PAGE])
    return kept


def expire(
    project: Project,
    solution: str | None = None,
    case: str | None = None,
    *,
    at: datetime | None = None,
) -> int:
    """Mark every action that was not answered while it was valid; gives how many. Repeatable.

    Of all solutions, of one, or of one of its cases. Raises StoreError when the store is busy.
    """
    now = at or project.clock.now()
    made = DECISIONS.c
    query = select(made.id, made.valid_to).where(
        made.arm == TREATED, made.rank > 0, made.valid_to <= now, ~answered()
    )
    if solution is not None:
        query = query.where(made.solution == solution)
    if case is not None:
        query = query.where(made.case == case)
    with project.ops.begin() as connection:
        over = connection.execute(query).all()
        rows = [checked_row(_expired(found.id, found.valid_to), now) for found in over]
        if rows:
            connection.execute(project.ops.insert_new(FEEDBACK, "key"), rows)
    return len(rows)


def _expired(decision: str, at: datetime) -> Feedback:
    return Feedback(decision, "expired", "perdure", at, f"expired:{decision}")


def _keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[Recorded]:
    known = _stored(connection, [row["key"] for row in rows])
    decisions = _decisions(connection, [row["decision"] for row in rows])
    fresh: dict[str, dict[str, Any]] = {}
    kept = []
    for row in rows:
        earlier = known.get(row["key"]) or fresh.get(row["key"])
        if earlier is None:
            _check_decision(row, decisions.get(row["decision"]))
            fresh[row["key"]] = row
        elif any(earlier[name] != row[name] for name in _SAME):
            raise UsageError(
                "this key was used for another feedback",
                where=f"key {row['key'][:80]!r}",
                hint="give each feedback a key of its own",
            )
        kept.append(Recorded(row["key"], row["decision"], row["kind"], earlier is not None))
    if fresh:
        connection.execute(FEEDBACK.insert(), list(fresh.values()))
    return kept


def _stored(connection: Connection, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    query = select(FEEDBACK).where(FEEDBACK.c.key.in_(keys))
    return {row["key"]: dict(row) for row in connection.execute(query).mappings()}


def _decisions(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    columns = (DECISIONS.c.id, DECISIONS.c.arm, DECISIONS.c.decided_at)
    query = select(*columns).where(DECISIONS.c.id.in_(set(ids)))
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _check_decision(row: Mapping[str, Any], decision: Mapping[str, Any] | None) -> None:
    where = f"decision {row['decision']}"
    if decision is None:
        raise UsageError(f"no decision {row['decision'][:64]!r}")
    if decision["arm"] != TREATED and row["kind"] != "observed":
        raise UsageError("it was held out: there was nothing to act on", where=where)
    if row["at"] < decision["decided_at"] - AHEAD:
        raise UsageError(
            "the feedback is older than the decision",
            where=where,
            expected=f"a moment after {decision['decided_at']:%Y-%m-%d %H:%M}",
        )
