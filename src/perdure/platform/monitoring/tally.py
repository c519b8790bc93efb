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
_SHARED_BY = 5


@dataclass(slots=True)
class Tally:
    """What was counted for one column. ``strange``: labels that the reference does not know.

    ``fits`` is False when the column was absent or of another type: all its rows are missing.
    ``groups``: how many values there are, when each is shared by many rows (the share of a state's
    physicians, say); such rows move together, and count as one.
    """

    profile: Profile
    counts: npt.NDArray[np.int64]
    strange: Counter[str] = field(default_factory=Counter)
    fits: bool = True
    groups: int | None = None

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
            self.groups = _groups(column)
        place = self.profile.place(column)
        self.counts += np.bincount(place, minlength=len(self.counts))
        if self.profile.kind == "label" and len(self.strange) < MOST_NEW:
            beyond = column.filter(pa.array(place == len(self.counts) - 2))
            for pair in pc.value_counts(pc.cast(beyond, pa.string())).to_pylist():
                self.strange[str(pair["values"])] += pair["counts"]


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


def _groups(column: pa.Array) -> int | None:
    """How many values rows share, in the first batch; None where rows have values of their own.

    Whole numbers are counts, which are equal by chance; a fraction that many rows have is not.
    """
    x = np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    x = x[np.isfinite(x)]
    x = x[x != np.round(x)]
    distinct = len(np.unique(x))
    return distinct if distinct and len(x) >= _SHARED_BY * distinct else None
