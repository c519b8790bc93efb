"""Rows that a reader of official files cannot hand on: all are counted, a sample is kept.

A payment file of a country without a crosswalk has millions of rows of one fault. To copy them
all into the quarantine would help nobody, so of each rule a bounded sample is kept in words and
the count is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from perdure.kernel.names import digest
from perdure.kernel.tables import LINE
from perdure.platform.storage.batches import BROKEN, as_json

SAMPLE = 1_000
"""Rows that are kept of each rule and content."""

ROWS, TAKEN, SET_ASIDE = "rows", "taken", "set aside"


@dataclass
class Refusals:
    """What became of the rows of one file: ``rows == taken + set aside + passed over``, always.

    Refused rows broke a rule; rows passed over are right, but nobody asked for them (another
    state, another market).

    >>> told = Refusals("payments.csv")
    >>> told.read(3)
    >>> frame = pl.DataFrame({"_line": [4], "record": ["77"]})
    >>> told.refuse(frame, "npi:missing", "the payment names no NPI", ("record",))
    >>> told.pass_over("other states", 1)
    >>> told.origin()
    {'rows': 3, 'taken': 1, 'set aside': 1, 'other states': 1}
    """

    source: str
    sample: int = SAMPLE
    rows_read: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    _kept: list[pl.DataFrame] = field(default_factory=list)
    _stored: Counter[str] = field(default_factory=Counter)

    def read(self, rows: int) -> None:
        """Count rows that the file holds, whatever becomes of them."""
        self.rows_read += rows

    def pass_over(self, why: str, rows: int) -> None:
        """Count rows that are right and not asked for."""
        if rows:
            self.passed[why] += rows

    def refuse(self, rows: pl.DataFrame, rule: str, detail: str, shown: Sequence[str]) -> None:
        """Set rows (with ``_line``) aside; of the ``shown`` columns those that exist are kept."""
        self._count(rule, rows.height)
        if (few := rows.head(self._room(rule))).is_empty():
            return
        values = few.select(name for name in shown if name in few.columns)
        # A blank says nothing about a row that must be found again in its file.
        filled = [name for name in values.columns if values[name].null_count() < values.height]
        raw = as_json(values.select(filled)) if filled else pl.Series("raw", ["{}"] * few.height)
        told = few.select(pl.col(LINE).alias("line"), rule=pl.lit(rule), detail=pl.lit(detail))
        self._keep(told.with_columns(raw.alias("raw")))

    def unreadable(self, broken: pl.DataFrame) -> None:
        """Set aside what is no row at all, as the reader of text tells it."""
        self.read(broken.height)
        for part in broken.partition_by("rule", maintain_order=True):
            rule = str(part["rule"][0])
            self._count(rule, part.height)
            self._keep(part.head(self._room(rule)))

    def total(self) -> int:
        """How many rows were set aside."""
        return self.by_rule.total()

    def kept(self) -> pl.DataFrame:
        """The sample, in the order of the lines: line, rule, detail and text."""
        found = pl.concat([pl.DataFrame(schema=BROKEN), *self._kept])
        return found.sort("line", maintain_order=True)

    def sampled(self) -> dict[str, int]:
        """Rules of which only a sample is kept, and how many rows that is."""
        kept = self._stored
        return {rule: kept[rule] for rule, n in sorted(self.by_rule.items()) if kept[rule] < n}

    def origin(self) -> dict[str, int]:
        """The rows of the file, and what became of them."""
        rest = self.total() + self.passed.total()
        told = {ROWS: self.rows_read, TAKEN: self.rows_read - rest, SET_ASIDE: self.total()}
        return told | dict(sorted(self.passed.items()))

    def digest(self, content: str) -> str:
        """The digest of taken rows together with what was set aside.

        Two files may give the same rows (none at all, for one) and set other rows aside.
        """
        if not self.by_rule:
            return content
        rows = [list(row) for row in self.kept().iter_rows()]
        return digest([content, self.source, dict(sorted(self.by_rule.items())), rows])

    def _count(self, rule: str, rows: int) -> None:
        if rows:
            self.by_rule[rule] += rows

    def _room(self, rule: str) -> int:
        return self.sample - self._stored[rule]

    def _keep(self, part: pl.DataFrame) -> None:
        """Keep rows of one rule."""
        if part.height:
            self._kept.append(part.select(list(BROKEN)).cast(pl.Schema(BROKEN)))
            self._stored[str(part["rule"][0])] += part.height


@dataclass(frozen=True, slots=True)
class Screened:
    """Rows on their way in, and what their reader set aside; complete once the rows are read."""

    rows: pa.Table | pa.RecordBatchReader
    refusals: Refusals


def words(samples: Mapping[str, int], by_rule: Mapping[str, int]) -> list[str]:
    """Remarks for the report about rules of which a sample is kept.

    >>> words({"npi:missing": 1000}, {"npi:missing": 2500})
    ["of 2,500 rows with rule 'npi:missing' the quarantine keeps 1,000"]
    """
    return [
        f"of {by_rule[rule]:,} rows with rule '{rule}' the quarantine keeps {kept:,}"
        for rule, kept in samples.items()
    ]
