"""Visits as numbers: who, when, where, and the sets of entries of each field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from perdure.methods.recommend.membership import Floats, Ints, Membership

FIELDS = ("complaint", "diagnosis", "molecule", "brand", "lab", "advice")
"""The coded fields; a medicine is two of them, its molecule and its brand."""

AGE_BANDS = (0, 1, 5, 12, 18, 30, 45, 65, 75)
"""First year of each age group; the reference's groups."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits, one a position of every array; a value that is not known is -1.

    ``months`` is the time in months since year 0, ``order`` the position among the doctor's own
    visits, ``words`` the stems of the notes.
    """

    doctor: Ints
    specialty: Ints
    age: Ints
    sex: Ints
    months: Floats
    order: Ints
    sets: Mapping[str, Membership]
    words: Membership

    def __len__(self) -> int:
        return len(self.doctor)

    @property
    def age_band(self) -> Ints:
        """The age group, -1 when the age is not known."""
        return np.searchsorted(AGE_BANDS, self.age, side="right") - 1

    def take(self, rows: Ints) -> Visits:
        """The visits ``rows``, in that order."""
        return Visits(
            self.doctor[rows], self.specialty[rows], self.age[rows], self.sex[rows],
            self.months[rows], self.order[rows],
            {name: found.take(rows) for name, found in self.sets.items()}, self.words.take(rows),
        )  # fmt: skip

    def showing(self, fields: Collection[str]) -> Visits:
        """The same visits with nothing entered but ``fields``; notes stay with the complaints."""
        sets = {
            name: found if name in fields else _nothing(len(self), found.width)
            for name, found in self.sets.items()
        }
        spoken = "complaint" in fields
        words = self.words if spoken else _nothing(len(self), self.words.width)
        return replace(self, sets=sets, words=words)

    def with_entries(self, entries: Mapping[str, Membership]) -> Visits:
        """The same visits with some fields replaced."""
        return replace(self, sets={**self.sets, **entries})


def _nothing(n: int, width: int) -> Membership:
    return Membership(np.zeros(n + 1, dtype=np.int64), np.zeros(0, dtype=np.int64), width)
