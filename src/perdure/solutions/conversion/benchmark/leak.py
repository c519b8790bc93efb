"""The leakage test: one column of the outcome year is added, and the gate must refuse it."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.kernel.errors import LeakageError, NotEnoughData
from perdure.kernel.evidence import Measured, Verdict
from perdure.platform.registry.gate import judge
from perdure.solutions.conversion.benchmark.cases import _shown
from perdure.solutions.conversion.benchmark.material import CaseMaterial
from perdure.solutions.conversion.model import train
from perdure.solutions.conversion.solution import SOLUTION

COLUMN = "next_year_cost_per_claim"
WITH_TIME = f"{COLUMN}_known_at"
_TRIPWIRES = ("single-feature", "single-feature-jump", "ceiling")


def leaked(case: CaseMaterial) -> tuple[list[Measured], list[Verdict]]:
    """Rows of the spoilt model (case ``BRAND + leak``), and whether the gate lets it pass.

    The column (cost per claim of the market in the year after) looks harmless. With its true
    date it is refused outright; with its date filed off, the tripwires must see it.
    """
    frame = _with_next_year(case)
    dated = _refusal(case, frame)
    try:
        candidate = train(case.context(frame.drop_columns([WITH_TIME]), extra=[COLUMN]))
    except NotEnoughData:
        return [], [dated]
    gate = case.material.settings.gate
    checks = judge(case.name, candidate.evidence, None, SOLUTION, gate, candidate.card)
    tripped = [c for c in checks if c.name in _TRIPWIRES and not c.holds]
    words = "; ".join(f"{c.name}: {c.measured}" for c in tripped)
    undated = Verdict(
        f"{case.name} + leak: tripwires",
        "no input tells the outcome by itself",
        f"refused by the gate: {words}" if tripped else "no tripwire was touched",
        holds=not tripped,
    )
    spoilt = _shown(case.name, candidate.evidence)
    name = f"{case.name} + leak"
    rows = [
        Measured(name, r.method, r.metric, r.value, r.low, r.high, r.n)
        for r in spoilt
        if r.method in {"logistic", "lightgbm", "blend", "served"}
    ]
    return rows, [dated, undated]


def _refusal(case: CaseMaterial, frame: pa.Table) -> Verdict:
    name, wanted = f"{case.name} + leak: dates", "no value known after the index date"
    try:
        train(case.context(frame, extra=[COLUMN]))
    except LeakageError as error:
        return Verdict(name, wanted, f"refused before training: {error}", holds=False)
    return Verdict(name, wanted, "nothing was noticed", holds=True)


def _with_next_year(case: CaseMaterial) -> pa.Table:
    """The training rows with the market's cost per claim of the following year, and its date."""
    market = case.material.settings.case(case.name).market
    claims = pl.DataFrame(case.material.tables["claims"]).filter(pl.col("market") == market)
    by_year = (
        claims.group_by("npi", pl.col("event_time").dt.year().alias("year"))
        .agg(pl.col("cost").sum(), pl.col("claims").sum(), pl.col("known_at").max())
        .select(
            pl.col("npi").alias("entity"),
            (pl.col("year") - 1).alias("year"),
            (pl.col("cost") / pl.col("claims")).alias(COLUMN),
            pl.col("known_at").alias(WITH_TIME),
        )
    )
    asked = pl.DataFrame(case.frame.select(["entity", "at"]))
    joined = asked.with_columns(pl.col("at").dt.year().alias("year")).join(
        by_year, on=["entity", "year"], how="left", maintain_order="left"
    )
    value = np.asarray(joined[COLUMN].fill_null(float("nan")).to_numpy(), np.float64)
    moments: list[datetime | None] = joined[WITH_TIME].to_list()
    return case.frame.append_column(
        COLUMN, pa.array(value, pa.float64(), from_pandas=True)
    ).append_column(WITH_TIME, pa.array(moments, pa.timestamp("us")))
