"""Accuracy of a short list: at least one true entry in k pills, or all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.recommend.membership import Floats, Ints, Membership


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown and what was true, a record each: hits among the pills, true entries."""

    hits: Ints
    true: Ints

    @property
    def one(self) -> npt.NDArray[np.bool_]:
        """Whether at least one true entry was shown."""
        return self.hits > 0

    @property
    def all(self) -> npt.NDArray[np.bool_]:
        """Whether every true entry was shown."""
        return self.hits >= self.true


def shown(top: Ints, truth: Membership) -> Shown:
    """Compare pills ``top`` (n, k; -1: none) with the true sets. Unseen codes count as misses.

    >>> found = shown(np.array([[0, 1]]), Membership.of([[1, 5]], 6))
    >>> found.one.tolist(), found.all.tolist()
    ([True], [False])
    """
    n, k = top.shape
    rows = np.repeat(np.arange(n), k)
    kept = top.ravel() >= 0
    right = truth.holds(rows[kept], top.ravel()[kept])
    hits = np.bincount(rows[kept][right], minlength=n)
    return Shown(hits, truth.sizes)


def best(scores: Floats, k: int) -> Ints:
    """The k items with the highest score of each row, best first; ties go to the lower number.

    >>> best(np.array([[.1, .9, .9]], dtype=np.float32), 2).tolist()
    [[1, 2]]
    """
    n, m = scores.shape
    k = min(k, m)
    last = np.partition(scores, m - k, axis=1)[:, m - k, None]
    above, level = scores > last, scores == last
    # A partition takes any of the items that share the last place: which, depends on the machine.
    room = k - above.sum(axis=1, keepdims=True)
    top = np.nonzero(above | (level & (np.cumsum(level, axis=1) <= room)))[1].reshape(n, k)
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(top, order, axis=1))


def best_of_candidates(row: Ints, item: Ints, score: Floats, n: int, k: int) -> Ints:
    """The same from a flat list of candidates; -1 where a record has fewer than k."""
    order = np.lexsort((item, -score, row))
    start = np.searchsorted(row[order], np.arange(n))
    rank = np.arange(len(row)) - start[row[order]]
    kept = rank < k
    top = np.full((n, k), -1, dtype=np.int64)
    top[row[order][kept], rank[kept]] = item[order][kept]
    return top
