"""Outcomes: what happened after each decision, joined once it can be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import func, select

from perdure.kernel.clock import add_months
from perdure.kernel.labels import LabelContract
from perdure.kernel.tables import TableContract
from perdure.platform.decisions.lookup import decision_table
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.records import OUTCOMES

if TYPE_CHECKING:
    import pyarrow as pa

    from perdure.platform.storage.project import Project

NOT_ELIGIBLE = "not-eligible"
OPEN = "censored-horizon"
"""The state of a label whose window is not over in the data: it may still become known."""

LABELS: dict[str, Any] = {
    "entity": pl.String,
    "at": pl.Datetime("us"),
    "label": pl.Float64,
    "state": pl.String,
    "amount": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """What joining made known.

    ``recorded``: outcomes that are new or were restated, by state. ``waiting``: the moments at
    which the outcomes of other decisions can be known at the earliest, and of how many.
    """

    contract: str
    recorded: Mapping[str, int]
    waiting: Mapping[datetime, int]


def join_outcomes(
    project: Project,
    solution: str,
    case: str,
    label: LabelContract,
    contracts: Mapping[str, TableContract],
    *,
    as_of: datetime,
) -> OutcomeReport:
    """Compute the outcome of every decision whose window is over at ``as_of``, and keep it.

    The window starts when it was decided, not at the date of the data: what happened before a
    decision is no effect of it. Repeatable; an outcome is written again only when it changed.
    """
    from perdure.platform.features.labels import compute_labels

    decided = decision_table(project, solution, case, columns=("id", "entity", "decided_at"))
    due = {at: add_months(at, label.span_months()) for at in decided["decided_at"].unique()}
    over = sorted(at for at, matures in due.items() if matures <= as_of)
    waiting: dict[datetime, int] = {}
    for at, count in decided.group_by("decided_at").len().iter_rows():
        if at not in over:
            waiting[due[at]] = waiting.get(due[at], 0) + count
    ripe = decided.filter(pl.col("decided_at").is_in(over))
    recorded: dict[str, int] = {}
    if over:
        labels = compute_labels(project, label, contracts, over, as_of)
        recorded = keep_outcomes(project, ripe, labels, label.digest(), as_of)
    return OutcomeReport(label.digest(), recorded, dict(sorted(waiting.items())))


def keep_outcomes(
    project: Project, decided: pl.DataFrame, labels: pa.Table, contract: str, as_of: datetime
) -> dict[str, int]:
    """Join labels to decisions (id, entity, decided_at) and keep what is new; counts by state.

    A decision whose entity has no label was not eligible any more. Labels that are still open
    are not kept.
    """
    rows = pl.DataFrame(pl.from_arrow(labels)).select(
        pl.col(name).cast(kind) for name, kind in LABELS.items()
    )
    joined = decided.join(
        rows, left_on=["entity", "decided_at"], right_on=["entity", "at"], how="left"
    ).with_columns(pl.col("state").fill_null(NOT_ELIGIBLE))
    ripe = joined.filter(pl.col("state") != OPEN)
    with project.ops.begin() as connection:
        known = _table(connection.execute(_newest(contract)).all())
        fresh = ripe.join(
            known,
            left_on=["id", "state", "label", "amount"],
            right_on=["decision", "state", "label", "amount"],
            how="anti",
            nulls_equal=True,
        )
        if fresh.height:
            made = _rows(fresh, contract, as_of, project.clock.now())
            connection.execute(OUTCOMES.insert(), made)
    return dict(fresh.group_by("state").len().sort("state").iter_rows())


def outcome_table(
    project: Project, solution: str, case: str, contract: str | None = None
) -> pl.DataFrame:
    """The newest outcome of every decision of a case: decision, state, label, amount.

    ``contract``: the digest of one label contract (None: whichever was joined last).
    """
    joined = DECISIONS.c.id == OUTCOMES.c.decision
    with project.ops.connect() as connection:
        rows = connection.execute(
            _newest(contract)
            .join(DECISIONS, joined)
            .where(DECISIONS.c.solution == solution, DECISIONS.c.case == case)
        ).all()
    return _table(rows)


def _newest(contract: str | None) -> Any:
    last = select(func.max(OUTCOMES.c.sequence)).group_by(OUTCOMES.c.decision)
    if contract is not None:
        last = last.where(OUTCOMES.c.contract == contract)
    columns = (OUTCOMES.c.decision, OUTCOMES.c.state, OUTCOMES.c.label, OUTCOMES.c.amount)
    return select(*columns).where(OUTCOMES.c.sequence.in_(last))


def _table(rows: Any) -> pl.DataFrame:
    kinds = {"decision": pl.String, "state": pl.String, "label": pl.Float64, "amount": pl.Float64}
    return pl.DataFrame([tuple(row) for row in rows], schema=kinds, orient="row")


def _rows(
    fresh: pl.DataFrame, contract: str, as_of: datetime, now: datetime
) -> list[dict[str, Any]]:
    return fresh.select(
        "state",
        "label",
        "amount",
        decision="id",
        index_at="decided_at",
        contract=pl.lit(contract),
        as_of=pl.lit(as_of, pl.Datetime("us")),
        recorded_at=pl.lit(now, pl.Datetime("us")),
    ).to_dicts()
