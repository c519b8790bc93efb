"""How decisions stand: waiting, accepted, dismissed, held out, over; as SQL and as a state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State
from perdure.kernel.decisions import DISMISS_REASONS
from perdure.platform.decisions.answers import DONE, FINAL
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.records import FEEDBACK

REMEMBERED = timedelta(days=120)
"""How long an answered decision stays in the list."""

WAITING = State("watch", "waiting")
STATES = {
    "executed": State("ok", "accepted"),
    "completed": State("ok", "completed"),
    "dismissed": State("off", "dismissed"),
    "expired": State("off", "expired"),
    "holdout": State("off", "hold-out"),
    "alone": State("off", "left alone"),
}


def last_answer() -> ColumnElement[str]:
    """The kind of the last answer after which a decision no longer stands, else NULL."""
    return (
        select(FEEDBACK.c.kind)
        .where(FEEDBACK.c.decision == DECISIONS.c.id, FEEDBACK.c.kind.in_(FINAL))
        .order_by(FEEDBACK.c.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )


def view_of(now: datetime) -> ColumnElement[str]:
    """Which view of the list a decision belongs to; ``over`` when to none."""
    answer = last_answer()
    return case(
        (answer.in_(DONE), "accepted"),
        (answer == "dismissed", "dismissed"),
        (answer == "expired", "over"),
        (DECISIONS.c.valid_to <= now, "over"),
        # Null actions have rank 0: left alone, so nothing waits and nothing was withheld.
        (DECISIONS.c.rank == 0, "over"),
        (DECISIONS.c.arm == "holdout", "holdout"),
        else_="waiting",
    )


def of_case(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """Decisions of a case that are not long over."""
    return and_(
        DECISIONS.c.solution == scope.solution.name,
        DECISIONS.c.case.in_(scope.names),
        DECISIONS.c.valid_to > now - REMEMBERED,
    )


def counts(connection: Connection, scope: Scope, now: datetime) -> dict[str, int]:
    """How many decisions each view holds."""
    view = view_of(now).label("view")
    rows = connection.execute(select(view, func.count()).where(of_case(scope, now)).group_by(view))
    return {name: many for name, many in rows if name != "over"}


def decided(now: datetime) -> Select[Any]:
    """Decisions with their view and last answer, ready for more conditions."""
    return select(DECISIONS, view_of(now).label("view"), last_answer().label("answer"))


def state_of(row: Row[Any], now: datetime) -> State:
    """The state of a decision with its last answer."""
    if row.answer:
        return STATES[row.answer]
    if row.valid_to <= now:
        return STATES["expired"]
    if row.rank == 0:
        return STATES["alone"]
    return STATES["holdout"] if row.arm == "holdout" else WAITING


def notes(connection: Connection, decisions: Sequence[str]) -> dict[str, str]:
    """What was said with the last answer of each decision: reason, note."""
    found = connection.execute(
        select(FEEDBACK.c.decision, FEEDBACK.c.reason, FEEDBACK.c.note)
        .where(FEEDBACK.c.decision.in_(decisions))
        .where(or_(FEEDBACK.c.reason.is_not(None), FEEDBACK.c.note.is_not(None)))
        .order_by(FEEDBACK.c.sequence)
    )
    return {row.decision: said(row.reason, row.note) for row in found}


def said(reason: str | None, note: str | None) -> str:
    """A reason code and a note in words."""
    return ": ".join(text for text in (DISMISS_REASONS.get(reason or "", reason), note) if text)
