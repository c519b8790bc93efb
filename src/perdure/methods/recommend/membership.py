"""Which items each record holds: sets of item numbers, one record after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Membership:
    """Sets of items as compressed rows: row ``i`` holds ``indices[indptr[i]:indptr[i + 1]]``.

    Items are numbers below ``width``, sorted and without repeats in each row.

    >>> sets = Membership.of([[2, 0], [], [1, 1]], width=3)
    >>> sets.rows.tolist(), sets.indices.tolist()
    ([0, 0, 2], [0, 2, 1])
    """

    indptr: Ints
    indices: Ints
    width: int

    @classmethod
    def of(cls, rows: Sequence[Iterable[int]], width: int) -> Membership:
        """From one collection of item numbers a record."""
        sets = [sorted(set(row)) for row in rows]
        sizes = np.array([len(row) for row in sets], dtype=np.int64)
        flat = np.array([item for row in sets for item in row], dtype=np.int64)
        return cls(np.concatenate([[0], np.cumsum(sizes)]), flat, width)

    @classmethod
    def pairs(cls, rows: Ints, items: Ints, n: int, width: int) -> Membership:
        """From (record, item) pairs in any order; repeats count once."""
        flat = np.unique(rows.astype(np.int64) * width + items)
        found = flat // max(width, 1)
        return cls(np.searchsorted(found, np.arange(n + 1)), flat % max(width, 1), width)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def sizes(self) -> Ints:
        """How many items each record holds."""
        # What np.diff does, at a tenth of its price for one record.
        return self.indptr[1:] - self.indptr[:-1]

    @property
    def rows(self) -> Ints:
        """The record of each entry of ``indices``."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def take(self, wanted: Ints) -> Membership:
        """The records ``wanted``, in that order."""
        starts = self.indptr[wanted]
        # Of the wanted records only: taking few of many must not cost what all of them would.
        sizes = self.indptr[wanted + 1] - starts
        at = spans(starts, sizes)
        return Membership(np.concatenate([[0], np.cumsum(sizes)]), self.indices[at], self.width)

    def holds(self, rows: Ints, items: Ints) -> npt.NDArray[np.bool_]:
        """Whether record ``rows[i]`` holds ``items[i]``, for each of many pairs.

        >>> Membership.of([[2, 0], []], 3).holds(np.array([0, 0, 1]), np.array([2, 1, 2])).tolist()
        [True, False, False]
        """
        pairs = self.rows * self.width + self.indices
        return np.asarray(np.isin(rows * self.width + items, pairs))

    def matrix(self) -> sp.csr_matrix:
        """The same as a sparse 0/1 matrix (records, items)."""
        ones = np.ones(len(self.indices), dtype=np.float32)
        return sp.csr_matrix((ones, self.indices, self.indptr), shape=(len(self), self.width))

    def mapped(self, to: Ints, width: int) -> Membership:
        """Every item replaced by ``to[item]``; items mapped below 0 are left out."""
        target = to[self.indices]
        known = target >= 0
        return Membership.pairs(self.rows[known], target[known], len(self), width)


def spans(starts: Ints, sizes: Ints) -> Ints:
    """All numbers of the spans ``start, start + 1, ...``, one span after the other.

    >>> spans(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    if len(starts) == 1:
        return np.arange(starts[0], starts[0] + sizes[0])
    total = int(sizes.sum())
    shift = np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return np.arange(total) + shift
