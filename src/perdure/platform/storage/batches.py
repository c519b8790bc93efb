"""Rows on their way from a file into a table: what every reader gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

BROKEN: Mapping[str, pl.DataType] = {
    "line": pl.Int64(),
    "rule": pl.String(),
    "detail": pl.String(),
    "raw": pl.String(),
}
"""The columns of records that could not be read as rows at all."""

LONGEST_RAW = 65_536
"""Characters of a refused row that are kept."""


class Rows(Protocol):
    """The rows of one batch as they were read, for those that must be shown again."""

    def raw(self, places: Sequence[int]) -> pl.Series:
        """The rows at these places as JSON text, by the file's own column names."""
        ...


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: the wanted columns, each row's line, and what could not be read."""

    frame: pl.DataFrame
    lines: pl.Series
    broken: pl.DataFrame
    rows: Rows


class Reader(Protocol):
    """An open source of rows with a header.

    ``notes`` are remarks for the report (encoding). ``done`` of ``total`` units of work are read
    so far.
    """

    name: str
    notes: list[str]

    @property
    def path(self) -> Path | None:
        """The file; None for a table in memory or a stream."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """The column names as written."""
        ...

    @property
    def units(self) -> Mapping[int, str]:
        """Units that the source declares, by column position."""
        ...

    @property
    def done(self) -> int:
        """How much is read so far."""
        ...

    @property
    def total(self) -> int | None:
        """How much there is; None when not known."""
        ...

    def digest(self) -> str | None:
        """SHA-256 of the content; None when it is known only once everything was read."""
        ...

    def batches(self, positions: Mapping[str, int]) -> Iterator[Batch]:
        """The rows, columns named by the keys of ``positions``; memory stays bounded."""
        ...

    def close(self) -> None:
        """Let go of the file; no more rows can be read."""
        ...


def unique_names(header: Sequence[str]) -> list[str]:
    """The header with a name for every column: blank ones are called by their position.

    >>> unique_names(["npi", "", ""])
    ['npi', 'column 2', 'column 3']
    """
    return [name.strip() or f"column {place}" for place, name in enumerate(header, 1)]


def as_json(frame: pl.DataFrame) -> pl.Series:
    """Each row as one JSON object, cut at a bounded length."""
    if frame.is_empty() or not frame.width:
        return pl.Series("raw", [], dtype=pl.String)
    text = pl.struct(pl.all()).struct.json_encode().str.slice(0, LONGEST_RAW).alias("raw")
    return frame.select(text).to_series()
