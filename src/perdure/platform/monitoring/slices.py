"""Monitors of the solution's slices: does one group's score move, or its calibration fail, alone?

Groups are the values of the columns that the model card measures too. A group below ``FEWEST``
rows is not read at all: figures about so few would tell of persons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from perdure.platform.monitoring.baseline import MOST_DEVIATIONS
from perdure.platform.monitoring.performance import HIGH, LOW
from perdure.platform.monitoring.reading import Reading, Severity, judged

SLICE_DRIFT, SLICE_CALIBRATION = "slice-drift", "slice-calibration"
FEWEST = 11
ENOUGH = 100
"""Rows from which on a group can be an alarm; fewer are watched at most."""

MOST = 20
"""Groups of a column that are looked at, the largest first."""

APART_WATCH, APART_ALARM = 0.25, 0.5
"""How far a group's scores move away from all others', in standard deviations of the scores."""

_MOST_NAME = 120


def slice_drift(first: pl.DataFrame, now: pl.DataFrame, columns: Sequence[str]) -> list[Reading]:
    """How far the scores of each group have moved since the model's first ones, net of everybody's.

    Both frames have ``probability`` and the slice columns; compared are mean log odds.
    """
    before, after = _with_odds(first), _with_odds(now)
    spread = _number(before["odds"].std())
    if not spread:
        return []
    moved = _number(after["odds"].mean()) - _number(before["odds"].mean())
    return [
        _drift(name, told, moved, spread)
        for name, told in _pairs(_told(before, columns), _told(after, columns))
    ]


def slice_calibration(rows: pl.DataFrame, columns: Sequence[str]) -> list[Reading]:
    """What was promised over what came, for each group of rows with a known outcome.

    ``rows`` has ``probability``, ``label`` (0 or 1) and the slice columns. Many groups are looked
    at, so an alarm needs three deviations, and not two as for all rows.
    """
    counted = rows.with_columns(
        spread=pl.col("probability") * (1 - pl.col("probability")),
        odds=pl.col("label").cast(pl.Float64),
    )
    return [_calibration(name, told) for name, told in _told(counted, columns).items()]


def _with_odds(rows: pl.DataFrame) -> pl.DataFrame:
    """Log odds, cut where a calibration says 0 or 1."""
    p = pl.col("probability").clip(1e-4, 1 - 1e-4)
    return rows.with_columns(odds=(p / (1 - p)).log(), spread=pl.lit(0.0))


def _told(rows: pl.DataFrame, columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is known of each group that is large enough, by ``column = value``."""
    found = {}
    for column in columns:
        groups = (
            rows.filter(pl.col(column).is_not_null())
            .group_by(column)
            .agg(
                n=pl.len(),
                mean=pl.col("odds").mean(),
                deviation=pl.col("odds").std(),
                expected=pl.col("probability").sum(),
                observed=pl.col("odds").sum(),
                variance=pl.col("spread").sum(),
            )
            .filter(pl.col("n") >= FEWEST)
            .sort(["n", column], descending=[True, False])
            .head(MOST)
        )
        for told in groups.iter_rows(named=True):
            found[f"{column} = {told[column]}"[:_MOST_NAME]] = told
    return found


def _pairs(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, tuple[dict[str, Any], dict[str, Any]]]]:
    """The groups that are large enough on both sides."""
    return ((name, (before[name], told)) for name, told in after.items() if name in before)


def _drift(
    name: str, told: tuple[dict[str, Any], dict[str, Any]], moved: float, spread: float
) -> Reading:
    before, after = told
    apart = (after["mean"] - before["mean"] - moved) / spread
    chance = MOST_DEVIATIONS * math.sqrt(1 / before["n"] + 1 / after["n"])
    limits = [max(floor, chance) for floor in (APART_WATCH, APART_ALARM)]
    return Reading(
        monitor=SLICE_DRIFT,
        subject=name,
        severity=_of_few(judged(abs(apart), *limits), min(before["n"], after["n"])),
        text=f"scores moved {apart:+.2f} deviations away from those of everybody",
        value=abs(apart),
        limit=limits[1],
        evidence={
            "apart": apart,
            "everybody": moved / spread,
            "chance": chance,
            "rows": {"reference": before["n"], "current": after["n"]},
        },
    )


def _calibration(name: str, told: dict[str, Any]) -> Reading:
    expected, observed = float(told["expected"]), float(told["observed"])
    ratio = expected / observed if observed else math.inf
    outside = not LOW <= ratio <= HIGH
    beyond = abs(observed - expected) > MOST_DEVIATIONS * math.sqrt(told["variance"])
    found: Severity = "alarm" if outside and beyond else "ok"
    return Reading(
        monitor=SLICE_CALIBRATION,
        subject=name,
        severity=_of_few(found, told["n"]),
        text=f"{expected:,.1f} expected, {observed:,.0f} came of {told['n']:,}",
        value=ratio if math.isfinite(ratio) else None,
        limit=HIGH,
        evidence={
            "expected": expected,
            "observed": observed,
            "deviation": math.sqrt(told["variance"]),
            "band": [LOW, HIGH],
            "rows": told["n"],
        },
    )


def _of_few(severity: Severity, rows: int) -> Severity:
    return "watch" if severity == "alarm" and rows < ENOUGH else severity


def _number(value: Any) -> float:
    return float(value) if value is not None and np.isfinite(value) else 0.0
