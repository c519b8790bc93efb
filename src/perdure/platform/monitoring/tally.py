"""Counting later rows into the bins of a model's reference profiles, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perdure.platform.training.profiles import Profile, is_label

MOST_NEW = 1_000
MOST_KEPT = 20_000
_SHARED_BY = 5


@dataclass(slots=True)
class Sample:
    """Every k-th of the values that went by, with k doubled whenever they are too many.

    >>> sample = Sample()
    >>> sample.add(np.arange(50_000.0)); len(sample.values), float(np.median(sample.values))
    (12500, 24998.0)
    """

    values: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    step: int = 1
    passed: int = 0

    def add(self, x: npt.NDArray[np.float64]) -> None:
        """Let some more values go by."""
        self.values = np.concatenate([self.values, x[-self.passed % self.step :: self.step]])
        self.passed += len(x)
        while len(self.values) > MOST_KEPT:
            self.values, self.step = self.values[::2], 2 * self.step


@dataclass(slots=True)
class Tally:
    """What was counted for one column. ``strange``: labels that the reference does not know.

    ``fits`` is False when the column was absent or of another type: all its rows are missing.
    ``groups``: how many values there are, when each is shared by many rows (the share of a state's
    physicians, say); such rows move together, and count as one. Groups of unequal size count as
    fewer: as so many equal ones (Kish, Survey Sampling, 1965). ``seen``: a sample of the numbers.
    """

    profile: Profile
    counts: npt.NDArray[np.int64]
    strange: Counter[str] = field(default_factory=Counter)
    fits: bool = True
    groups: int | None = None
    seen: Sample = field(default_factory=Sample)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return int(self.counts.sum())

    def add(self, column: pa.Array | None, rows: int) -> None:
        """Count the values of one batch."""
        if column is None or is_label(column.type) != (self.profile.kind == "label"):
            self.fits = False
            self.counts[-1] += rows
            return
        if not self.rows and self.profile.kind == "number":
            self.groups = _groups(self.profile.numbers(column))
        place = self._place(column)
        self.counts += np.bincount(place, minlength=len(self.counts))
        if self.profile.kind == "label" and len(self.strange) < MOST_NEW:
            beyond = column.filter(pa.array(place == len(self.counts) - 2))
            for pair in pc.value_counts(pc.cast(beyond, pa.string())).to_pylist():
                self.strange[str(pair["values"])] += pair["counts"]

    def level(self) -> float | None:
        """The median over that of the reference; None where both are not above zero."""
        before = self.profile.median
        if not (before and before > 0 and len(self.seen.values)):
            return None
        now = float(np.median(self.seen.values))
        return now / before if now > 0 else None

    def net_of_level(self) -> npt.NDArray[np.int64]:
        """The counts of the sampled values, missing ones left out, at the reference's level."""
        placed = self.profile.place_numbers(self.seen.values / (self.level() or 1.0))
        return np.bincount(placed, minlength=len(self.counts))[:-1]

    def _place(self, column: pa.Array) -> npt.NDArray[np.int64]:
        if self.profile.kind == "label":
            return self.profile.place(column)
        x = self.profile.numbers(column)
        self.seen.add(x[np.isfinite(x)])
        return self.profile.place_numbers(x)


def tally(
    columns: Mapping[str, Mapping[str, Any]], batches: Iterable[pa.RecordBatch]
) -> dict[str, Tally]:
    """The counts of every profiled column; memory does not depend on the number of rows.

    ``columns``: profiles in JSON form by column name, as they are stored with the model.
    """
    profiles = {name: Profile.from_dict(form) for name, form in columns.items()}
    found = {name: Tally(p, np.zeros(p.bins(), np.int64)) for name, p in profiles.items()}
    for batch in batches:
        for name, counted in found.items():
            at = batch.schema.get_field_index(name)
            counted.add(batch.column(at) if at >= 0 else None, batch.num_rows)
    return found


def _groups(x: npt.NDArray[np.float64]) -> int | None:
    """How many values rows share, in the first batch; None where rows have values of their own.

    Of unequal groups: the number of equal ones that would vary as much.

    Whole numbers are counts, which are equal by chance; a fraction that many rows have is not.
    """
    x = x[np.isfinite(x)]
    x = x[x != np.round(x)]
    rows = np.unique(x, return_counts=True)[1]
    if not len(rows) or len(x) < _SHARED_BY * len(rows):
        return None
    return max(1, round(len(x) ** 2 / float((rows.astype(np.float64) ** 2).sum())))
