"""What has been done to entities so far: contacts that took place, and decisions that stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from perdure.kernel.errors import LimitError, PerdureError
from perdure.platform.decisions.answers import ANSWERS, DONE, answered
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.records import DECISIONS

CONTACTS: dict[str, Any] = {"entity": pl.String, "at": pl.Datetime("us")}
DECIDED: dict[str, Any] = {
    "entity": pl.String,
    "at": pl.Datetime("us"),
    "until": pl.Datetime("us"),
    "arm": pl.String,
    "open": pl.Boolean,
    "territory": pl.String,
    "own": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class History:
    """Contacts (entity, at) and earlier decisions (columns of ``DECIDED``).

    ``open``: still valid and not answered. ``own``: of the same solution and case, so that it
    takes a place in the territory's capacity.
    """

    contacts: pl.DataFrame
    decided: pl.DataFrame

    @classmethod
    def none(cls) -> History:
        """Nothing has been done yet."""
        return cls(pl.DataFrame(schema=CONTACTS), pl.DataFrame(schema=DECIDED))


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and when.

    ``decision``: the one to leave out, when it is itself looked at. ``entities``: only what was
    done to these (for a few, where the policy has no capacity).
    """

    solution: str
    case: str
    at: datetime
    decision: str = ""
    entities: tuple[str, ...] | None = None


def read_history(
    connection: Connection,
    asking: Asking,
    policy: DecisionPolicy,
    contacts: pl.DataFrame | None = None,
) -> History:
    """All that the limits of ``policy`` must know at that moment.

    ``contacts`` are contacts from elsewhere (a promotion table): entity, at.
    Raises LimitError when it cannot be read: without it nobody may be contacted.
    """
    since = asking.at - timedelta(days=max(policy.cap_days, policy.minimum_gap_days))
    try:
        done = connection.execute(_contacts(asking, since)).all()
        made = connection.execute(_decided(asking, policy, since)).all()
    except (SQLAlchemyError, PerdureError) as error:
        raise LimitError(
            "earlier contacts cannot be read, so nobody may be contacted",
            where="feedback, decisions",
            hint="perdure doctor",
        ) from error
    known = pl.DataFrame([tuple(row) for row in done], schema=CONTACTS, orient="row")
    decided = pl.DataFrame([tuple(row) for row in made], schema=DECIDED, orient="row")
    return History(known if contacts is None else pl.concat([known, _given(contacts)]), decided)


def _contacts(asking: Asking, since: datetime) -> Select[Any]:
    joined = DECISIONS.join(ANSWERS, ANSWERS.c.decision == DECISIONS.c.id)
    # A decision that was executed and then completed is one contact.
    query = (
        select(DECISIONS.c.entity, func.max(ANSWERS.c.at))
        .select_from(joined)
        .where(ANSWERS.c.kind.in_(DONE), ANSWERS.c.at > since, DECISIONS.c.id != asking.decision)
        .group_by(DECISIONS.c.id, DECISIONS.c.entity)
    )
    return query if asking.entities is None else query.where(_among(asking.entities))


def _decided(asking: Asking, policy: DecisionPolicy, since: datetime) -> Select[Any]:
    made = DECISIONS.c
    standing = and_(made.valid_to > asking.at, ~answered())
    own = and_(made.solution == asking.solution, made.case == asking.case)
    query = select(
        made.entity,
        made.valid_from,
        made.valid_to,
        made.arm,
        standing.label("open"),
        made.territory,
        own.label("own"),
    ).where(
        or_(made.valid_to > asking.at, made.valid_from > since),
        made.action.not_in(policy.null_actions),
        made.id != asking.decision,
    )
    if asking.entities is not None:
        query = query.where(_among(asking.entities))
    if policy.across == "case":
        return query.where(own)
    return query.where(made.solution == asking.solution) if policy.across == "solution" else query


def _among(entities: tuple[str, ...]) -> ColumnElement[bool]:
    return DECISIONS.c.entity.in_(entities)


def _given(contacts: pl.DataFrame) -> pl.DataFrame:
    try:
        return contacts.select(pl.col(name).cast(kind) for name, kind in CONTACTS.items())
    except pl.exceptions.PolarsError as error:
        raise LimitError(
            f"the contacts cannot be read, so nobody may be contacted: {str(error)[:200]}",
            expected="columns entity (text) and at (moment)",
        ) from error
