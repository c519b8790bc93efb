"""One content on its way in: read once, judged row by row, set aside until all of it is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads

from perdure.kernel.errors import UnreadableFile
from perdure.kernel.progress import Progress
from perdure.kernel.tables import LINE, SEQUENCE, SOURCE, SYSTEM_COLUMNS, TableContract
from perdure.platform.storage.batches import BROKEN, Batch, Reader
from perdure.platform.storage.casts import cast, cast_value
from perdure.platform.storage.contracts import DETAIL, RULE, arrow_schema, polars_schema, split
from perdure.platform.storage.fingerprints import Comparison, Fingerprints, compare
from perdure.platform.storage.headers import Matching, match
from perdure.platform.storage.hints import Hints
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.quarantine import SCHEMA, refused_rows
from perdure.platform.storage.refusals import Refusals
from perdure.platform.storage.spool import Spool

_REFUSED = pa.schema([SCHEMA.field(name) for name in BROKEN])
AHEAD = timedelta(days=366)
"""How far ahead of today an event may lie: the last day of a period that has begun."""
FUTURE = "event-in-the-future"

_SCAN = {"batch_size": 131_072, "batch_readahead": 2, "fragment_readahead": 1, "use_threads": False}


@dataclass
class Intake:
    """Rows of one content. ``read()`` first; then ``good`` and ``bad`` hold every row once.

    Of what the content's own reader refused, ``bad`` holds the sample, ``by_rule`` the counts.
    """

    lake: Lake
    contract: TableContract
    reader: Reader
    defaults: Mapping[str, object]
    progress: Progress
    folder: Path
    refusals: Refusals
    now: datetime
    rows_read: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.good = Spool(self.folder / "good.arrow", arrow_schema(self.contract))
        self.bad = Spool(self.folder / "bad.arrow", _REFUSED)
        self._new = Fingerprints(self.folder / "new.words", self.contract)
        self._hints = Hints()
        self._span: dict[str, tuple[Any, Any]] = {}
        self._next = 0

    def read(self) -> None:
        """Read everything; raises what the reader, the header and the hints raise."""
        try:
            matching = self._read()
        finally:
            for written in (self.good, self.bad, self._new):
                written.finish()
        if not self.rows_read and self.reader.path:
            raise UnreadableFile("the file has a header and no rows", where=self._where())
        self._hints.check(self._where())
        self.notes = [*self.reader.notes, *self._hints.notes(), *_remarks(matching, self.defaults)]

    def _read(self) -> Matching:
        matching = self._matched()
        self._next = self._first_sequence()
        constants = self._constants(matching)
        for batch in self.reader.batches(matching.positions):
            self._take(batch, constants)
            self.progress.step(f"reading {self.reader.name}", self.reader.done, self.reader.total)
        self._take_refused()
        return matching

    def compared(self) -> Comparison:
        """Which of the good rows are stored already, and how many restate a fact."""
        stored = Fingerprints(self.folder / "stored.words", self.contract)
        if self._new.rows and self.lake.exists(self.contract.name):
            for frame in self._stored_rows():
                stored.add(frame)
        stored.finish()
        return compare(self._new, stored)

    def kept(self, duplicate: npt.NDArray[np.bool_]) -> pa.RecordBatchReader:
        """The good rows without the duplicates."""
        return pa.RecordBatchReader.from_batches(self.good.schema, self._kept(duplicate))

    def refused(self, key: str, source: str, at: datetime) -> pa.RecordBatchReader:
        """The refused rows, for the quarantine table."""
        return pa.RecordBatchReader.from_batches(SCHEMA, self._refused(key, source, at))

    def _where(self) -> str:
        return str(self.reader.path or self.reader.name)

    def _matched(self) -> Matching:
        return match(
            self.reader.header,
            self.contract,
            where=self._where(),
            defaults=self.defaults,
            units=self.reader.units,
        )

    def _first_sequence(self) -> int:
        if not self.lake.exists(self.contract.name):
            return 0
        largest = self.lake.scan(self.contract.name).select(pl.col(SEQUENCE).max()).collect().item()
        return 0 if largest is None else int(largest) + 1

    def _constants(self, matching: Matching) -> list[pl.Expr]:
        """Columns that the content lacks: the given value, or nothing."""
        columns = [self.contract.column(name) for name in matching.absent]
        made = [cast_value(column, self.defaults.get(column.name)) for column in columns]
        return [*made, pl.lit(self.reader.name).alias(SOURCE)]

    def _take(self, batch: Batch, constants: list[pl.Expr]) -> None:
        """Judge the rows of one batch and set each aside, among the good or the bad."""
        typed = cast(self.contract, batch.frame, self._hints)
        whole = typed.frame.with_columns(*constants, batch.lines.alias(LINE))
        whole = whole.with_columns(pl.int_range(pl.len()).alias(SEQUENCE))
        readable = whole.filter(~pl.col(SEQUENCE).is_in(typed.faults["place"].to_list()))
        kept, bad = split(self.contract, readable.select(*polars_schema(self.contract)))
        good, early = self._happened(kept)
        told = [rows.select(pl.col(SEQUENCE).alias("place"), RULE, DETAIL) for rows in (bad, early)]
        reasons = pl.concat([typed.faults, *told]).sort("place")
        self._set_aside(good, refused_rows(batch, reasons["place"], reasons))

    def _happened(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows that may have happened, and those that cannot: "now" is where the newest row is."""
        when, latest = pl.col(self.contract.event_time), self.now + AHEAD
        early = rows.filter(when > latest).with_columns(
            pl.lit(FUTURE).alias(RULE),
            pl.format(
                "{} is '{}', expected at most a year after today ({})",
                pl.lit(self.contract.event_time),
                when.cast(pl.String),
                pl.lit(f"{self.now:%Y-%m-%d}"),
            ).alias(DETAIL),
        )
        return (rows.filter(when <= latest) if early.height else rows), early

    def _take_refused(self) -> None:
        """What the reader of the file refused is known once its last row was read."""
        self.bad.add(self.refusals.kept())
        self.by_rule.update(self.refusals.by_rule)
        self.rows_read += self.refusals.total()

    def _set_aside(self, good: pl.DataFrame, bad: pl.DataFrame) -> None:
        numbered = good.with_columns(pl.int_range(pl.len()).add(self._next).alias(SEQUENCE))
        self._next += len(good)
        self.good.add(numbered)
        self._new.add(good)
        self.bad.add(bad)
        self._widen(good)
        self.by_rule.update(dict(bad["rule"].value_counts().iter_rows()))
        self.rows_read += len(good) + len(bad)

    def _widen(self, good: pl.DataFrame) -> None:
        """Keep the span of times, outside of which no stored row can be the same."""
        if good.is_empty():
            return
        for name in {self.contract.event_time, self.contract.known_at}:
            low: Any = good[name].min()
            high: Any = good[name].max()
            if name in self._span:
                low, high = min(low, self._span[name][0]), max(high, self._span[name][1])
            self._span[name] = (low, high)

    def _stored_rows(self) -> Iterator[pl.DataFrame]:
        """Stored rows that could be the same as new ones, in the contract's columns."""
        dataset = self.lake.dataset(self.contract.name)
        wanted = pads.scalar(True)
        for name, (low, high) in self._span.items():
            wanted &= (pads.field(name) >= low) & (pads.field(name) <= high)
        names = [name for name in self.contract.names() if name in dataset.schema.names]
        schema = {n: k for n, k in polars_schema(self.contract).items() if n not in SYSTEM_COLUMNS}
        for batch in dataset.scanner(columns=names, filter=wanted, **_SCAN).to_batches():
            frame = pl.DataFrame(pl.from_arrow(batch))
            missing = [pl.lit(None, kind).alias(n) for n, kind in schema.items() if n not in names]
            yield frame.with_columns(missing).select(list(schema)).cast(pl.Schema(schema))

    def _kept(self, duplicate: npt.NDArray[np.bool_]) -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in self.good.batches():
            gone = duplicate[start : start + len(batch)]
            start += len(batch)
            yield batch.filter(pa.array(~gone)) if gone.any() else batch

    def _refused(self, key: str, source: str, at: datetime) -> Iterator[pa.RecordBatch]:
        for batch in self.bad.batches():
            size = len(batch)
            constant = {
                "batch": pa.repeat(key, size),
                "source": pa.repeat(source, size),
                "at": pa.repeat(pa.scalar(at, pa.timestamp("us")), size),
            }
            columns = [constant.get(n) or batch.column(n) for n in SCHEMA.names]
            yield pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _remarks(matching: Matching, defaults: Mapping[str, object]) -> list[str]:
    """What the reader of the report should know about columns."""
    told = []
    if matching.unused:
        shown = ", ".join(name.strip() for name in matching.unused[:20])
        more = len(matching.unused) - 20
        told.append(f"not used: {shown}{f' and {more} more' if more > 0 else ''}")
    empty = [name for name in matching.absent if name not in defaults]
    if empty:
        told.append(f"no column for, left empty: {', '.join(empty)}")
    return told
