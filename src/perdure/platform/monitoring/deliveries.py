"""Monitors of the tables: does as much come as usual, and does it come in time?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from perdure.kernel.tables import TableContract
from perdure.platform.monitoring.baseline import MOST_DEVIATIONS
from perdure.platform.monitoring.reading import Reading, Severity, judged

VOLUME, FRESHNESS = "volume", "freshness"
_PERIODS = 12
_FEWEST = 3
_STEADY = 6
_FLOORS = (math.log(1.5), math.log(2))


@dataclass(frozen=True, slots=True)
class Days:
    """Rows of a table by the day on which they could first be known, up to a moment.

    By arrival, not by event: the newest events are always incomplete where data come with a lag.
    ``newest`` is the newest event among them.
    """

    table: str
    days: tuple[datetime, ...]
    rows: tuple[int, ...]
    at: datetime
    newest: datetime | None = None

    def gaps(self) -> list[float]:
        """Days between two days with rows, oldest first."""
        return [(b - a).days for a, b in zip(self.days, self.days[1:], strict=False)]


def days_of(rows: pl.LazyFrame, contract: TableContract, at: datetime) -> Days:
    """The rows by day of arrival, of those that happened and were known at that moment."""
    when = pl.col(contract.event_time).cast(pl.Datetime("us"))
    known = pl.col(contract.known_at).cast(pl.Datetime("us"))
    counted = (
        rows.filter(when <= at, known <= at)
        .group_by(known.dt.truncate("1d").alias("day"))
        .agg(rows=pl.len(), newest=when.max())
        .sort("day")
        .collect()
    )
    newest: Any = counted["newest"].max()
    return Days(contract.name, tuple(counted["day"]), tuple(counted["rows"]), at, newest)


def delivery_readings(found: Days) -> list[Reading]:
    """How old the newest row is, and how many rows came in the last whole period."""
    if not found.days:
        empty = "the table has no row that was known then"
        return [Reading(VOLUME, found.table, "alarm", empty, 0.0, 0.0)]
    return [_freshness(found), *_volume(found)]


def _freshness(found: Days) -> Reading:
    """How long ago the newest row arrived, against the usual distance between deliveries."""
    age = (found.at - found.days[-1]) / timedelta(days=1)
    gaps = found.gaps()
    if not gaps:
        text = f"newest row came {age:.0f} days ago; one delivery only, so no rhythm is known"
        return Reading(FRESHNESS, found.table, "ok", text, age, None, _extent(found))
    usual, longest = float(np.median(gaps)), float(max(gaps))
    # A row of a day is there at the end of that day at the earliest.
    watch, alarm = (max(times * usual, 1.1 * longest) + 1 for times in (1.5, 3))
    return Reading(
        monitor=FRESHNESS,
        subject=found.table,
        severity=judged(age, watch, alarm),
        text=f"newest row came {age:.0f} days ago; usually every {usual:.0f}",
        value=age,
        limit=alarm,
        evidence=_extent(found) | {"usual_gap_days": usual, "longest_gap_days": longest},
    )


def _extent(found: Days) -> dict[str, Any]:
    return {
        "deliveries": len(found.days),
        "newest_arrival": found.days[-1].isoformat(),
        "newest_event": found.newest.isoformat() if found.newest else None,
    }


def _volume(found: Days) -> list[Reading]:
    """Rows of the last whole period against the ones before it."""
    gaps = found.gaps()
    unit = _unit(float(np.median(gaps))) if gaps else None
    if unit is None:
        return []
    counts = _by_period(found, unit)
    if len(counts) < 2:
        return []
    last, earlier = counts[-1], np.array(counts[-1 - _PERIODS : -1], np.float64)
    logs = np.log1p(earlier)
    middle = float(np.median(logs))
    # Median and median deviation: one first load of all history must not widen the limits.
    spread = 1.4826 * float(np.median(np.abs(logs - middle)))
    change = math.log1p(last) - middle
    floors = _FLOORS if len(earlier) < _STEADY else _steady(np.abs(logs - middle))
    watch, alarm = (max(floor, MOST_DEVIATIONS * spread) for floor in floors)
    severity: Severity = judged(abs(change), watch, alarm)
    if severity == "alarm" and len(earlier) < _FEWEST:
        severity = "watch"
    return [
        Reading(
            monitor=VOLUME,
            subject=found.table,
            severity=severity,
            text=f"{last:,} rows in the last {_WORDS[unit]}, {math.expm1(middle):,.0f} usually",
            value=abs(change),
            limit=alarm,
            evidence={
                "period": _WORDS[unit],
                "rows": last,
                "earlier": [int(count) for count in earlier],
                "usual": math.expm1(middle),
                "deviation": spread,
            },
        )
    ]


def _steady(apart: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The least that counts where many periods are known: a quarter, or more if it was seen."""
    longest = float(apart.max())
    watch, alarm = (
        min(max(math.log(t), 1.1 * longest), f) for t, f in zip((1.2, 4 / 3), _FLOORS, strict=True)
    )
    return watch, max(watch, alarm)


_WORDS = {"1w": "week", "1mo": "month", "1y": "year"}


def _unit(usual_gap: float) -> str:
    """The period that holds one delivery at least; no day, because of week-ends and holidays."""
    for unit, longest in (("1w", 10), ("1mo", 45)):
        if usual_gap <= longest:
            return unit
    return "1y"


def _by_period(found: Days, unit: str) -> list[int]:
    """Rows by period, empty ones too, from the first to the last that is over."""
    frame = pl.DataFrame({"day": found.days, "rows": found.rows})
    first, last = found.days[0], found.at
    periods = pl.DataFrame(
        {"day": pl.datetime_range(first, last, "1d", eager=True).dt.truncate(unit).unique()}
    )
    counted = frame.group_by(pl.col("day").dt.truncate(unit)).agg(pl.col("rows").sum())
    ended = pl.col("day").dt.offset_by(unit) <= last + timedelta(seconds=1)
    whole = periods.join(counted, on="day", how="left").filter(ended).sort("day")
    return [int(count) for count in whole["rows"].fill_null(0)]
