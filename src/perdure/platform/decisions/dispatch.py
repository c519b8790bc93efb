"""The last look before an action: may it still be done now?"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Connection, select

from perdure.kernel.errors import UsageError
from perdure.platform.decisions.answers import ANSWERS, FINAL
from perdure.platform.decisions.derived import Asked, all_restrictions
from perdure.platform.decisions.history import Asking, read_history
from perdure.platform.decisions.limits import enforce
from perdure.platform.decisions.policy import TREATED, DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table
from perdure.platform.decisions.records import BATCHES, DECISIONS

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


def may_act(
    project: Project,
    decision_id: str,
    *,
    at: datetime | None = None,
    local: datetime | None = None,
    contacts: pl.DataFrame | None = None,
) -> tuple[str, ...]:
    """Why the decision may not be carried out now; empty when it may.

    Every limit is looked at again, because a consent can be withdrawn after the decision.
    ``local`` is the moment in the entity's own hours, for quiet hours (default ``at``).
    """
    now = at or project.clock.now()
    with project.ops.connect() as connection:
        row = _row(connection, decision_id)
        if stale := _stale(connection, row, now):
            return stale
        policy = DecisionPolicy.from_dict(json.loads(row["rules"]))
        asking = Asking(row["solution"], row["case"], now, decision=decision_id)
        asked = Asked.about(row["solution"], row["case"], now, [row["entity"]])
        limited = enforce(
            _proposal(row, policy, now, local),
            restrictions=all_restrictions(project, connection, asked, few=True),
            history=read_history(connection, asking, policy, contacts),
            policy=policy,
            at=now,
        )
    return tuple(limited.counts())


def _row(connection: Connection, decision_id: str) -> dict[str, Any]:
    query = select(DECISIONS, BATCHES.c.rules).join_from(
        DECISIONS, BATCHES, BATCHES.c.batch == DECISIONS.c.batch
    )
    row = connection.execute(query.where(DECISIONS.c.id == decision_id)).mappings().first()
    if row is None:
        raise UsageError(f"no decision {decision_id[:64]!r}")
    return dict(row)


def _stale(connection: Connection, row: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """Reasons in the decision itself: hold-out, not valid now, answered."""
    query = select(ANSWERS.c.kind).where(ANSWERS.c.decision == row["id"], ANSWERS.c.kind.in_(FINAL))
    found = []
    if row["arm"] != TREATED:
        found.append("holdout")
    if now < row["valid_from"]:
        found.append("not-yet")
    if now >= row["valid_to"]:
        found.append("expired")
    return (*found, *(kind for (kind,) in connection.execute(query).unique()))


def _proposal(
    row: dict[str, Any], policy: DecisionPolicy, now: datetime, local: datetime | None
) -> pl.DataFrame:
    columns = ("entity", "action", "score", "territory", "channel")
    frame = pl.DataFrame([{name: row[name] for name in columns}]).with_columns(
        start=pl.lit(now, pl.Datetime("us")), send_at=pl.lit(local or now, pl.Datetime("us"))
    )
    return proposal_table(frame, policy, now).with_columns(arm=pl.lit(row["arm"]))
