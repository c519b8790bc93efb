"""From proposals to decisions: limits, arms, reasons and chances, written in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Connection

from perdure.kernel.decisions import Proposal
from perdure.kernel.names import digest
from perdure.platform.decisions.batches import (
    DecisionReport,
    Occasion,
    list_blocked,
    store_batch,
    stored_report,
)
from perdure.platform.decisions.derived import Asked, all_restrictions
from perdure.platform.decisions.history import Asking, read_history
from perdure.platform.decisions.limits import Limited, enforce
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table, with_arms

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

_NAMES = ("entity", "action", "arm", "territory", "channel")
_FROM_PROPOSAL = ("id", *_NAMES, "score", "propensity", "rank", "reasons", "alternatives")


def decide(
    project: Project,
    solution: str,
    case: str,
    proposals: Iterable[Proposal] | pl.DataFrame,
    policy: DecisionPolicy,
    *,
    model: str,
    data_as_of: datetime,
    run: str = "",
    at: datetime | None = None,
    contacts: pl.DataFrame | None = None,
) -> DecisionReport:
    """Decide upon proposals, once: the same solution, case, data, policy and model add nothing.

    ``proposals``: records, or a table as :data:`~.proposals.SCHEMA` describes it.
    ``contacts``: contacts from elsewhere (entity, at), e.g. from a promotion table.
    Limits are read and decisions written in one transaction, so two calls at the same time
    cannot both use the last place. Raises LimitError, deciding nothing, when limits are unreadable.
    """
    occasion = Occasion(solution, case, policy, model, data_as_of, at or project.clock.now(), run)
    with project.ops.connect() as connection:
        if earlier := stored_report(connection, occasion.batch):
            return earlier
    table = with_ids(prepared(proposals, occasion), pl.lit(occasion.batch))
    log = DecisionLog(project.ops, project.var)
    with project.ops.begin() as connection:
        # Asked again: another process may have decided it in the meantime.
        if earlier := stored_report(connection, occasion.batch):
            return earlier
        limited = decide_within(project, connection, log, occasion, table, contacts=contacts)
        report = DecisionReport.of(occasion, limited)
        store_batch(connection, occasion, report)
        list_blocked(connection, occasion.batch, limited.blocked)
    log.keep_witness()
    return report


def prepared(proposals: Iterable[Proposal] | pl.DataFrame, occasion: Occasion) -> pl.DataFrame:
    """The proposals as a whole table, with their arms."""
    table = proposal_table(proposals, occasion.policy, occasion.at)
    return with_arms(table, occasion.policy, occasion.experiment)


def with_ids(table: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """The table with the ``id`` that each row will have as a decision; the same each time.

    ``key`` names what is asked together; rows of a key with equal entity and action are told
    apart by their number.
    """
    keyed = table.select(key.alias("key"), "entity", "action")
    numbered = keyed.with_columns(number=pl.int_range(pl.len()).over("key", "entity", "action"))
    made = [f"dec_{digest(row)[:26]}" for row in numbered.iter_rows()]
    return table.with_columns(id=pl.Series(made, dtype=pl.String))


def decide_within(
    project: Project,
    connection: Connection,
    log: DecisionLog,
    occasion: Occasion,
    table: pl.DataFrame,
    *,
    entities: tuple[str, ...] | None = None,
    contacts: pl.DataFrame | None = None,
) -> Limited:
    """Put a table of proposals through the limits and write what is left into the log.

    Inside a write transaction of the caller. ``entities``: those of the table, when they are few.
    """
    asking = Asking(occasion.solution, occasion.case, occasion.at, entities=entities)
    asked = Asked.about(occasion.solution, occasion.case, occasion.at, table["entity"])
    limited = enforce(
        table,
        restrictions=all_restrictions(project, connection, asked, few=entities is not None),
        history=read_history(connection, asking, occasion.policy, contacts),
        policy=occasion.policy,
        at=occasion.at,
    )
    log.append(connection, _rows(limited.kept, occasion))
    return limited


def _rows(kept: pl.DataFrame, occasion: Occasion) -> list[dict[str, Any]]:
    fixed = {
        "batch": occasion.batch,
        "solution": occasion.solution,
        "case": occasion.case,
        "policy": occasion.policy.version(),
        "model": occasion.model,
        "data_as_of": occasion.data_as_of,
        "decided_at": occasion.at,
        "run": occasion.run,
        "limits": json.dumps(occasion.policy.limits()),
    }
    length = timedelta(days=occasion.policy.valid_days)
    return [
        fixed
        | {name: row[name] for name in _FROM_PROPOSAL}
        | {"valid_from": row["start"], "valid_to": row["start"] + length}
        for row in kept.iter_rows(named=True)
    ]
