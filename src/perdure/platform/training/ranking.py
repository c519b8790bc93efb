"""How well a score orders a yes/no outcome, for one weighting of the rows or many at once.

Rows are sorted once; each statistic is then a few running sums over the sorted rows, so that a
bootstrap (many weightings of the same rows) costs no further sorting. Equal scores are one
group everywhere: an answer never depends on the order in which rows came.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import NotEnoughData

Floats = npt.NDArray[np.float64]


class Ranking:
    """Rows ordered by falling score within their territory, ready to be measured.

    ``y`` is 0 or 1 (n,), ``score`` any real number (n,; NaN ranks last), ``territory`` one
    label a row. Each method takes ``weights`` of shape (b, n) or None (each row once) and
    answers with b numbers; NaN where the statistic is not defined (no positive row, no negative).

    >>> Ranking([1, 0, 1, 0], [.9, .8, .4, .1]).auc()
    array([0.75])
    """

    def __init__(
        self,
        y: npt.ArrayLike,
        score: npt.ArrayLike,
        territory: npt.ArrayLike | Sequence[str] | None = None,
    ) -> None:
        outcome, values = _checked(y, score)
        codes = np.zeros(len(outcome), np.int64)
        if territory is not None:
            codes = np.unique(np.asarray(territory).astype(str), return_inverse=True)[1]
        self._order = np.lexsort((-values, codes))
        self._y = outcome[self._order]
        sorted_codes, sorted_values = codes[self._order], values[self._order]
        self._starts = _starts((sorted_codes, sorted_values))
        self._territory_starts = _starts((sorted_codes[self._starts],))
        self.n = len(outcome)

    def groups(self, weights: Floats | None = None) -> tuple[Floats, Floats]:
        """Weight and positive weight of each group of equal scores, both (b, groups)."""
        w = np.ones((1, self.n)) if weights is None else np.take(weights, self._order, axis=1)
        total = np.add.reduceat(w, self._starts, axis=1)
        positive = np.add.reduceat(w * self._y, self._starts, axis=1)
        return total, positive

    def auc(self, weights: Floats | None = None) -> Floats:
        """The chance that a positive row scores above a negative one; a tie counts half."""
        total, positive = self.groups(weights)
        negative = total - positive
        above = np.cumsum(positive, axis=1) - positive / 2
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        return _ratio((above * negative).sum(axis=1), pairs)

    def average_precision(self, weights: Floats | None = None) -> Floats:
        """Mean precision at each positive row (the area below the precision-recall steps)."""
        total, positive = self.groups(weights)
        precision = _ratio(np.cumsum(positive, axis=1), np.cumsum(total, axis=1))
        area = np.where(positive > 0, precision * positive, 0.0).sum(axis=1)
        return _ratio(area, positive.sum(axis=1))

    def lift_at(self, share: float, weights: Floats | None = None) -> Floats:
        """The positive rate of the best-scored ``share`` of the rows, over that of all rows."""
        total, positive = self.groups(weights)
        n = total.sum(axis=1)
        found = _found(total, positive, share * n[:, None])
        return _ratio(_ratio(found, share * n), _ratio(positive.sum(axis=1), n))

    def precision_at_capacity(
        self, capacity: int, minimum: int = 0, weights: Floats | None = None
    ) -> Floats:
        """The positive rate among the ``capacity`` best-scored rows of each territory, pooled.

        Territories with fewer than ``minimum`` rows (counted without weights) are left out;
        one that holds fewer than ``capacity`` rows uses all of them.
        """
        total, positive = self.groups(weights)
        rows = np.add.reduceat(np.ones(self.n), self._starts)
        found, places = np.zeros(len(total)), np.zeros(len(total))
        bounds = np.append(self._territory_starts, len(self._starts))
        for begin, end in itertools.pairwise(bounds):
            if rows[begin:end].sum() >= minimum:
                part = total[:, begin:end]
                room = np.minimum(part.sum(axis=1), capacity)
                found += _found(part, positive[:, begin:end], room[:, None])
                places += room
        return _ratio(found, places)


def _checked(y: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Floats, Floats]:
    outcome = np.asarray(y, np.float64)
    values = np.asarray(score, np.float64)
    if outcome.shape != values.shape or outcome.ndim != 1:
        raise NotEnoughData(f"{outcome.shape} outcomes for {values.shape} scores")
    if not outcome.size:
        raise NotEnoughData("there are no rows to measure")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise NotEnoughData("an outcome is neither 0 nor 1", hint="leave censored rows out")
    return outcome, np.where(np.isnan(values), -np.inf, values)


def _starts(sorted_keys: tuple[npt.NDArray[np.generic], ...]) -> npt.NDArray[np.int64]:
    changed = np.zeros(len(sorted_keys[0]), np.bool_)
    changed[0] = True
    for keys in sorted_keys:
        changed[1:] |= keys[1:] != keys[:-1]
    return np.flatnonzero(changed)


def _found(total: Floats, positive: Floats, room: Floats) -> Floats:
    """Positive weight that fits into ``room``; tied rows share the last places in proportion."""
    before = np.cumsum(total, axis=1) - total
    taken = np.clip(room - before, 0.0, total)
    found: Floats = (positive * _ratio(taken, total, empty=0.0)).sum(axis=1)
    return found


def _ratio(above: Floats, below: Floats, empty: float = np.nan) -> Floats:
    return np.divide(above, below, out=np.full(np.shape(above), empty), where=below > 0)
