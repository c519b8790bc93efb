"""From the lake's tables to the frames that the encoder takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

SEXES: Mapping[str, int] = {"female": 1, "male": 2}
SEX_NAMES: Mapping[int, str] = {number: name for name, number in SEXES.items()}


@dataclass(frozen=True, slots=True)
class Frames:
    """Visits in order of time, their entries, the doctors by number, and names of codes."""

    visits: pl.DataFrame
    entries: pl.DataFrame
    doctors: list[str]
    names: dict[str, dict[str, str]]
    simple: dict[str, dict[str, tuple[str, ...]]]


def frames(visits: pl.DataFrame, entries: pl.DataFrame, terms: pl.DataFrame) -> Frames:
    """Number doctors and visits; the place of a visit among its doctor's own is by time.

    >>> months_of(datetime(2024, 1, 1))
    24288.0
    """
    line = visits.sort("event_time", "doctor", "sequence", "visit")
    doctors = sorted(line["doctor"].unique().to_list())
    number = {name: i for i, name in enumerate(doctors)}
    listed = line.select(
        "visit", "event_time", "specialty", "age", "notes",
        pl.col("doctor").replace_strict(number, return_dtype=pl.Int64).alias("doctor"),
        pl.col("sex").replace_strict(SEXES, default=None, return_dtype=pl.Int64).alias("sex"),
        _months(pl.col("event_time")).alias("months"),
    ).with_columns(pl.int_range(pl.len()).over("doctor").alias("order"))  # fmt: skip
    entered = entries.select(
        "visit", "field", "code", "molecule", (pl.col("status") == "new").fill_null(value=False)
        .alias("new"),
    )  # fmt: skip
    return Frames(listed, entered, doctors, _names(terms), _simple(terms))


def months_of(at: datetime) -> float:
    """The time in months since year 0; days are 31sts."""
    return at.year * 12 + at.month - 1 + (at.day - 1) / 31


def _months(when: pl.Expr) -> pl.Expr:
    return when.dt.year() * 12 + when.dt.month() - 1 + (when.dt.day() - 1) / 31


def _names(terms: pl.DataFrame) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for field, code, name in terms.select("field", "code", "name").iter_rows():
        found.setdefault("brand" if field == "medicine" else field, {})[code] = name
    return found


def _simple(terms: pl.DataFrame) -> dict[str, dict[str, tuple[str, ...]]]:
    """Other names by field and code; the table separates them by bars."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    told = terms.filter(pl.col("simple_names").is_not_null())
    for field, code, text in told.select("field", "code", "simple_names").iter_rows():
        names = tuple(name.strip() for name in text.split("|") if name.strip())
        found.setdefault("brand" if field == "medicine" else field, {})[code] = names
    return found
