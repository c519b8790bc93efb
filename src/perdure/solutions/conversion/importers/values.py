"""Texts of official files as values: numbers, moments, names, and finished contract tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.errors import ContractError, UsageError
from perdure.kernel.tables import TableContract
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.tables import SUPPRESSED_MARKS

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


def number(name: str) -> pl.Expr:
    """The text column as numbers; suppressed marks, blanks and texts that are none are null."""
    return pl.col(name).str.replace_all(r"[$,]", "").cast(pl.Float64, strict=False)


def all_numbers(frame: pl.DataFrame, names: Iterable[str], where: str) -> pl.DataFrame:
    """The frame with those columns as numbers (absent ones as null).

    Raises ContractError for a text that is neither a number nor a suppressed mark, and shows it.
    """
    for name in names:
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name))
            continue
        value = frame.select(number(name)).to_series()
        marked = frame[name].is_null() | frame[name].is_in(SUPPRESSED_MARKS)
        if not (wrong := frame[name].filter(value.is_null() & ~marked)).is_empty():
            raise ContractError(
                f"column '{name}' holds {wrong[0][:40]!r}", where=where, expected="a number"
            )
        frame = frame.with_columns(value.alias(name))
    return frame


def year_end(year: pl.Expr, lag_months: int) -> tuple[pl.Expr, pl.Expr]:
    """``event_time`` (the last day of the year) and ``known_at`` (some months later)."""
    at = pl.datetime(year.cast(pl.Int32), 12, 31, time_unit="us")
    return at.alias("event_time"), at.dt.offset_by(f"{lag_months}mo").alias("known_at")


def year_of(path: Path, otherwise: int | None) -> int:
    """The year that a file is about: the one in its name, else the settings'.

    >>> year_of(Path("MUP_DPR_RY25_P04_V10_DY23_NPIBN.csv"), None)
    2023
    """
    name = path.name.upper()
    for pattern in (
        r"(?:DY|PGYR)((?:20)?\d\d)(?!\d)",
        r"(?<!\d)(20\d\d)(?!\d)",
        r"_(1[3-9]|2\d)\.",
    ):
        if found := re.search(pattern, name):
            return int(found[1]) % 100 + 2000
    if otherwise is not None:
        return otherwise
    raise UsageError(
        "the name of the file does not tell its year",
        where=path.name,
        hint="set imports.year in conf/base/conversion.yaml",
    )


SPECIALTY_NAMES = {
    "Family Medicine": "Family Practice",
    "Orthopaedic Surgery": "Orthopedic Surgery",
}
"""Specialties that official files have called by two names."""


def specialty(name: str) -> pl.Expr:
    """The specialty under its one name."""
    return pl.col(name).replace(SPECIALTY_NAMES)


def place(name: str) -> pl.Expr:
    """A city or state in capitals, single blanks, no stray commas."""
    return pl.col(name).str.to_uppercase().str.replace_all(r"\s+", " ").str.strip_chars(" ,.;")


def credential(name: str) -> pl.Expr:
    """MD, DO or the letters as they stand, without dots and blanks.

    In these files one degree is written in hundreds of ways.
    """
    letters = pl.col(name).str.to_uppercase().str.replace_all("[^A-Z]", "")
    return (
        pl.when(letters.str.contains("^DO|DO$"))
        .then(pl.lit("DO"))
        .when(letters.str.contains("MD|MBBS"))
        .then(pl.lit("MD"))
        .otherwise(letters)
        .alias(name)
    )


def of_states(frame: pl.DataFrame, states: Sequence[str], refusals: Refusals) -> pl.DataFrame:
    """The rows of the states that the settings name (of all when they name none)."""
    if not states or "state" not in frame.columns:
        return frame
    inside = frame.filter(pl.col("state").is_in(list(states)))
    refusals.pass_over("other states", frame.height - inside.height)
    return inside


def as_table(contract: TableContract, frame: pl.DataFrame) -> pa.Table:
    """The frame in the contract's columns and types; columns that it lacks are empty.

    A column of numbers that is text as read stays text: ingest turns it into numbers, and puts
    rows where it cannot into quarantine.
    """
    arrays = {}
    for column in contract:
        kind = _ARROW[column.dtype]
        if column.name not in frame.columns:
            arrays[column.name] = pa.nulls(frame.height, kind)
            continue
        values = frame[column.name]
        text = values.dtype == pl.String and column.dtype != "string"
        arrays[column.name] = values.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(
            pa.string() if text else kind
        )
    return pa.table(arrays)


def stream(tables: Iterator[pa.Table], contract: TableContract) -> pa.RecordBatchReader:
    """Tables of one schema as a stream of batches; the next is made when it is asked for."""
    first = next(tables, None)
    if first is None:
        first = as_table(contract, pl.DataFrame())
    rest = itertools.chain([first], tables)
    batches = (batch for table in rest for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(first.schema, batches)
