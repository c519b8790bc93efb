"""Table contracts: what a table holds, when each row happened, and when it could be known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.names import checked_name, digest

Dtype = Literal["string", "integer", "number", "date", "timestamp", "boolean"]
Privacy = Literal["public", "business", "rx_restricted", "personal", "phi", "note"]

SEQUENCE = "_sequence"
SOURCE = "_source"
LINE = "_line"
SYSTEM_COLUMNS = (SEQUENCE, SOURCE, LINE)
"""Columns that ingest adds to every table: order of arrival, file, line of the file."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, unit, allowed values, and the other names it goes by.

    ``synonyms`` are the names of the column in other file eras; matching ignores case,
    surrounding blanks and the difference between blank, ``-`` and ``_``.
    ``absent`` lists texts that mean "no value" in this column (``*`` in CMS files).
    """

    name: str
    dtype: Dtype
    meaning: str
    unit: str | None = None
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None
    synonyms: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    privacy: Privacy = "business"


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over one row, as an SQL truth expression over the table's columns.

    A row breaks it when the expression is false; NULL counts as kept, as in SQL CHECK.
    """

    name: str
    expression: str
    meaning: str


@dataclass(frozen=True, slots=True)
class TableContract:
    """A promise about one table.

    ``keys`` identify a fact; the same key with a later ``known_at`` restates it, and the last
    statement known at a moment is the one that counts. ``event_time`` names the column that says
    when the fact happened, ``known_at`` the column that says when it could first be known.
    ``promotional`` marks tables that the prescription firewall must never open.

    >>> visits = TableContract("visits", "who came", (
    ...     Column("npi", "string", "physician"),
    ...     Column("event_time", "timestamp", "when"),
    ...     Column("known_at", "timestamp", "since when known")), keys=("npi", "event_time"))
    >>> visits.column("npi").dtype
    'string'
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    event_time: str = "event_time"
    known_at: str = "known_at"
    partition_by: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = field(default=())
    promotional: bool = False

    def __post_init__(self) -> None:
        checked_name(self.name, "table name")
        for needed in (*self.keys, self.event_time, self.known_at, *self.partition_by):
            self.column(needed)

    def column(self, name: str) -> Column:
        """The column of that name; an unknown one is an error that names the nearest."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UsageError(
            f"table '{self.name}' has no column '{name}'",
            hint=did_you_mean(name, self.names()),
        )

    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def digest(self) -> str:
        """SHA-256 of the whole promise; changes when any part of it does."""
        return digest(repr(self))
