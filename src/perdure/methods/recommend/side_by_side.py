"""Counts of several fields over the same contexts, looked up together for one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from perdure.methods.recommend.completion import Completion
from perdure.methods.recommend.membership import Floats, Ints, spans
from perdure.methods.recommend.recency_frequency import RecencyFrequency


@dataclass(frozen=True, slots=True)
class Entries:
    """What the contexts of a record hold: parallel arrays of item, cell and share.

    A cell is a field and a group of contexts: ``field * groups + group``. ``evidence`` (groups) is
    the mean weight of the contexts of each group.
    """

    item: Ints
    cell: Ints
    share: npt.NDArray[np.floating]
    evidence: Floats

    def summed(self, weight: Floats, items: int) -> npt.NDArray[np.float64]:
        """The shares of each item, each times ``weight`` (fields, groups), added up: (items,)."""
        weighted = self.share * weight.ravel()[self.cell]
        return np.asarray(np.bincount(self.item, weights=weighted, minlength=items), np.float64)

    def of_group(self, group: int, fields: int, items: int) -> Floats:
        """The shares of each item in one group, (items,)."""
        wanted = np.zeros(fields * len(self.evidence), dtype=bool)
        wanted[group :: len(self.evidence)] = True
        here = np.flatnonzero(wanted[self.cell])
        found = np.bincount(self.item[here], weights=self.share[here], minlength=items)
        return found.astype(np.float32)

    def of_items(self, place: Ints, count: int) -> Floats:
        """The shares of some items, (count, groups); ``place`` says which row an item has, or -1.

        As :meth:`RecencyFrequency.scores` gives them, to the last bit.
        """
        groups = len(self.evidence)
        at = place[self.item]
        kept = np.flatnonzero(at >= 0)
        cell = at[kept] * groups + self.cell[kept] % groups
        found = np.bincount(cell, weights=self.share[kept], minlength=count * groups)
        return found.astype(np.float32).reshape(count, groups)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Recency-Frequency counts of several fields, whose items stand one field after the other.

    Item ``i`` of field ``f`` has the number ``start[f] + i``. One look-up serves all fields: what
    costs time with one record is the number of steps, not of entries.

    >>> import scipy.sparse as sp
    >>> contexts = sp.csr_matrix(np.array([[1, 0], [1, 1]], dtype=np.float32))
    >>> weights = np.ones(2, dtype=np.float32)
    >>> one = RecencyFrequency.fit(contexts, sp.csr_matrix([[1.0, 0], [1, 1]]), weights)
    >>> two = RecencyFrequency.fit(contexts, sp.csr_matrix([[0.0], [1]]), weights)
    >>> found = SideBySide.of([one, two]).entries(np.array([0]), np.array([0]), groups=1)
    >>> found.item.tolist(), found.share.tolist()
    ([0, 1, 2], [1.0, 0.5, 0.5])
    """

    indptr: Sequence[Ints]
    first: Ints
    indices: npt.NDArray[np.int32]
    share: Floats
    weight: Floats
    start: Ints

    @classmethod
    def of(cls, counts: Sequence[RecencyFrequency]) -> Self:
        """Put counts over the same contexts side by side; ValueError when they are of others."""
        if any(not np.array_equal(one.weight, counts[0].weight) for one in counts):
            raise ValueError("the counts are of other contexts")
        sizes = [len(one.indices) for one in counts]
        return cls(
            [one.indptr for one in counts], np.concatenate([[0], np.cumsum(sizes)]),
            np.concatenate([one.indices for one in counts]).astype(np.int32),
            np.concatenate([one.share for one in counts]), counts[0].weight,
            np.concatenate([[0], np.cumsum([one.items for one in counts])]),
        )  # fmt: skip

    def apart(self) -> list[RecencyFrequency]:
        """The counts of each field again, in the same memory."""
        return [
            RecencyFrequency(
                indptr, self.indices[a : a + indptr[-1]], self.share[a : a + indptr[-1]],
                self.weight, int(items),
            )
            for indptr, a, items in zip(self.indptr, self.first, np.diff(self.start), strict=False)
        ]  # fmt: skip

    def entries(self, context: Ints, group: Ints, groups: int) -> Entries:
        """Everything that the contexts of one record hold; ``group`` (parallel) is below groups."""
        fields, count = len(self.indptr), np.bincount(group, minlength=groups)
        begin = np.concatenate([one[context] for one in self.indptr])
        sizes = np.concatenate([one[context + 1] for one in self.indptr]) - begin
        field = np.repeat(np.arange(fields), len(context))
        at = spans(begin + self.first[field], sizes)
        share: npt.NDArray[np.floating] = self.share[at]
        if count.max(initial=0) > 1:
            share = share / np.repeat(np.tile(count[group], fields), sizes)
        evidence = np.bincount(group, weights=self.weight[context], minlength=groups)
        return Entries(
            np.repeat(self.start[field], sizes) + self.indices[at],
            np.repeat(field * groups + np.tile(group, fields), sizes), share,
            (evidence / np.maximum(count, 1)).astype(np.float32),
        )  # fmt: skip


def completions_side_by_side(parts: Sequence[tuple[Completion, int]], width: int) -> Completion:
    """Completions over the same features as one; each comes with the number of its first item.

    Raises ValueError when the features differ.
    """
    first = parts[0][0]
    if any(not np.array_equal(one.feature, first.feature) for one, _ in parts):
        raise ValueError("the completions are of other features")
    rows = np.concatenate([one.rows for one, _ in parts], axis=1)
    items = np.concatenate([one.items + start for one, start in parts])
    return Completion(first.feature, rows, items, width)
