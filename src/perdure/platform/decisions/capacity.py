"""Which proposals find a place in their territory, and with which chance."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from perdure.platform.decisions.arms import units
from perdure.platform.decisions.policy import TREATED, DecisionPolicy

PLACE = ("territory", "period")


def within_capacity(
    rows: pl.DataFrame, decided: pl.DataFrame, policy: DecisionPolicy, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that find a place (with ``rank``; propensity times their chance), and the others.

    Places are per territory and per period of ``valid_days`` from ``at`` on. They go by score,
    the last ``exploration_share`` of them by lot. Rows of the hold-out up to the last place are
    kept too and take none: they are what the treated are compared with. Open actions from before
    hold their places. Null actions need none and have rank 0.
    """
    names = [*rows.columns, "rank"]
    null = pl.col("action").is_in(list(policy.null_actions))
    idle = rows.filter(null).with_columns(rank=pl.lit(0, pl.Int64))
    acting = _with_period(rows.filter(~null), policy, at)
    if policy.capacity is None and not policy.capacities:
        kept, beyond = acting.with_columns(_treated()), rows.clear()
    else:
        kept, beyond = _seated(_with_places(acting, decided, policy, at), policy)
    return pl.concat([_ranked(kept).select(names), idle.select(names)]), beyond


def _seated(rows: pl.DataFrame, policy: DecisionPolicy) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that get a place, first by score, then by lot; and the others."""
    best = _walk(rows, ["score", "entity"], pl.col("free") - pl.col("lots"))
    rest = _with_lot(best.filter(~pl.col("fits")), policy)
    drawn = _walk(rest, ["lot", "entity"], pl.col("lots"))
    chance = (pl.col("lots") / pl.col("treated").sum().over(PLACE)).clip(upper_bound=1.0)
    lucky = drawn.with_columns(pl.col("propensity") * chance).filter("fits")
    kept = pl.concat([best.filter("fits"), lucky.select(best.columns)])
    return kept, drawn.filter(~pl.col("fits"))


def _with_period(rows: pl.DataFrame, policy: DecisionPolicy, at: datetime) -> pl.DataFrame:
    length = max(timedelta(days=policy.valid_days), timedelta(microseconds=1))
    passed = (pl.col("start") - at).dt.total_microseconds()
    return rows.with_columns(period=passed.floordiv(length // timedelta(microseconds=1)))


def _with_places(
    rows: pl.DataFrame, decided: pl.DataFrame, policy: DecisionPolicy, at: datetime
) -> pl.DataFrame:
    """The rows with ``free`` (places left at their place) and ``lots`` (those given by lot)."""
    spots = rows.select(PLACE).unique()
    allowed = [policy.room(name) for name in spots["territory"]]
    spots = spots.with_columns(pl.Series("room", allowed, dtype=pl.Int64))
    spots = spots.join(_taken(spots, decided, policy, at), on=PLACE, how="left")
    free = (pl.col("room") - pl.col("taken").fill_null(0)).clip(lower_bound=0)
    # Without a limit there is room for all, and nothing to draw lots for.
    spots = spots.select(
        *PLACE,
        free=free.fill_null(rows.height),
        lots=(free * policy.exploration_share).round().cast(pl.Int64).fill_null(0),
    )
    return rows.join(spots, on=PLACE, maintain_order="left").with_columns(_treated())


def _treated() -> pl.Expr:
    return (pl.col("arm") == TREATED).cast(pl.Int64).alias("treated")


def _taken(
    spots: pl.DataFrame, decided: pl.DataFrame, policy: DecisionPolicy, at: datetime
) -> pl.DataFrame:
    """How many open actions of the treated hold a place in each territory and period."""
    standing = decided.filter(pl.col("open") & pl.col("own") & (pl.col("arm") == TREATED))
    length = pl.duration(microseconds=int(policy.valid_days * 86_400_000_000))
    begins = at + pl.col("period") * length
    overlaps = (pl.col("until") > begins) & (pl.col("at") < begins + length)
    paired = spots.join(standing, on="territory").filter(overlaps)
    return paired.group_by(PLACE).agg(taken=pl.len().cast(pl.Int64))


def _walk(rows: pl.DataFrame, by: list[str], places: pl.Expr) -> pl.DataFrame:
    """The rows with ``fits``: whether fewer treated ones than ``places`` are ahead of them."""
    ordered = rows.sort(by, descending=[by[0] == "score", False], maintain_order=True)
    before = pl.col("treated").cum_sum().over(PLACE) - pl.col("treated")
    return ordered.with_columns(fits=before < places)


def _with_lot(rows: pl.DataFrame, policy: DecisionPolicy) -> pl.DataFrame:
    names = (rows["entity"] + rows["start"].dt.to_string("|%F")).to_list()
    return rows.with_columns(lot=pl.Series(units(names, f"{policy.salt}\nlots"), dtype=pl.Float64))


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their place by score among the treated of their territory, 1 first."""
    ordered = rows.sort(["score", "entity"], descending=[True, False], maintain_order=True)
    ahead = pl.col("treated").cum_sum().over(PLACE) - pl.col("treated")
    return ordered.with_columns(rank=(ahead + 1).cast(pl.Int64))
