"""Donors at the start of a simulation: recency, number of donations, months since the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from perdure.methods.contact.actions import Floats, Ints
from perdure.methods.contact.world import MOST_DONATIONS, MOST_MONTHS, MOST_RECENCY


@dataclass(frozen=True, slots=True)
class Donors:
    """Integer state of n donors, each (n,): clipped to what the simulator knows.

    >>> Donors.of([0, 30], [60, 1], [98, 30]).recency
    array([ 1, 24])
    """

    recency: Ints
    donations: Ints
    months: Ints

    @classmethod
    def of(cls, recency: object, donations: object, months: object) -> Self:
        """From any numbers: recency 1-24 months, donations 1-25, time up to 125 months."""
        return cls(
            np.clip(_whole(recency), 1, MOST_RECENCY),
            np.clip(_whole(donations), 1, MOST_DONATIONS),
            np.clip(_whole(months), 0, MOST_MONTHS),
        )

    def __len__(self) -> int:
        return len(self.recency)

    def take(self, rows: Ints) -> Donors:
        """Some of the donors, or some more than once."""
        return Donors(self.recency[rows], self.donations[rows], self.months[rows])

    def resampled(self, count: int, rng: np.random.Generator) -> Donors:
        """``count`` donors drawn with replacement."""
        return self.take(rng.integers(0, len(self), count))


def _whole(values: object) -> Ints:
    numbers: Floats = np.asarray(values, np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("recency, donations and months must be numbers for every donor")
    return np.rint(numbers).astype(np.int64)
