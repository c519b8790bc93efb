"""Labels: what happened after an index date, and when that cannot be known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from perdure.kernel.labels import LabelContract
from perdure.platform.features.engines.duckdb import DuckSettings
from perdure.platform.features.horizon import observed_dates
from perdure.platform.features.label_plan import LabelCompiler
from perdure.platform.features.session import dates_spine, session
from perdure.platform.features.sources import Contracts, Sources

STATES = (
    "positive",
    "negative",
    "censored-horizon",
    "censored-activity",
    "censored-suppressed",
)
SCHEMA = pa.schema(
    [
        ("entity", pa.string()),
        ("at", pa.timestamp("us")),
        ("label", pa.int8()),
        ("state", pa.string()),
        ("amount", pa.float64()),
    ]
)


def compute_labels(
    sources: Sources,
    label: LabelContract,
    contracts: Contracts,
    index_dates: Sequence[datetime],
    as_of: datetime,
    *,
    versions: Mapping[str, int] | None = None,
    settings: DuckSettings | None = None,
) -> pa.Table:
    """The label of every entity that was eligible at an index date, as known at ``as_of``.

    Columns ``entity``, ``at``, ``label`` (int8: 1, 0, or NULL when censored), ``state`` (one of
    ``STATES``) and ``amount`` (sum of the event in the outcome window; NULL when censored),
    sorted by ``at`` and ``entity``. Eligibility is judged by what was known at the index date,
    the outcome by what is known at ``as_of``.

    * ``censored-horizon``: the window is not over at the data horizon, or the table has no row
      of anybody in it. Holds for the whole index date, so that early positives do not lean on
      negatives that are still open.
    * ``censored-suppressed``: a suppressed row of the event leaves the answer open.
    * ``censored-activity``: the contract asks for activity, and there is none in the window.
    """
    spine = dates_spine(index_dates)
    with session(
        sources, [label.source], contracts, spine, versions=versions, settings=settings
    ) as (engine, known):
        compiler = LabelCompiler(label, contracts, known)
        days = engine.run(compiler.days(as_of)).to_pylist()
        observed = observed_dates(
            [(d["day"], d["first"], d["last"]) for d in days],
            index_dates,
            label.gap_months,
            label.span_months(),
            as_of,
        )
        answer = engine.run(compiler.labels(as_of, observed))
    return answer.cast(SCHEMA)


def compute_eligible(
    sources: Sources,
    label: LabelContract,
    contracts: Contracts,
    index_dates: Sequence[datetime],
    *,
    versions: Mapping[str, int] | None = None,
    settings: DuckSettings | None = None,
) -> pa.Table:
    """Who may be asked about at each index date: ``entity``, ``at``, sorted by at and entity."""
    spine = dates_spine(index_dates)
    with session(
        sources, [label.source], contracts, spine, versions=versions, settings=settings
    ) as (engine, known):
        answer = engine.run(LabelCompiler(label, contracts, known).eligible())
    return answer.select(["entity", "at"]).cast(pa.schema(list(SCHEMA)[:2]))
