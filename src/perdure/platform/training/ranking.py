"""How well a score orders a yes/no outcome, for one weighting of the rows or many at once.

Rows are sorted once; each statistic is then a few running sums over the sorted rows, so that a
bootstrap (many weightings of the same rows) costs no further sorting. Equal scores are one
group everywhere: an answer never depends on the order in which rows came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64] | npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Counts:
    """The groups of equal scores that hold a positive row, under b weightings, best first.

    Only these m groups matter: ``positive`` weight, ``own`` weight (both outcomes) and weight of
    better rows ``before`` each, all (b, m), and the weight of ``all`` rows (b,). Each method
    answers with b numbers; NaN where the statistic is not defined (no positive, no negative).
    """

    positive: Floats
    own: Floats
    before: Floats
    all: Floats

    def auc(self) -> Floats:
        """The chance that a positive row scores above a negative one; a tie counts half."""
        above = self.before - (np.cumsum(self.positive, axis=1) - self.positive)
        tied = self.own - self.positive
        positives = self.positive.sum(axis=1)
        negatives = self.all - positives
        below = negatives[:, None] - above - tied / 2
        return _ratio((self.positive * below).sum(axis=1), positives * negatives)

    def average_precision(self) -> Floats:
        """Mean precision at each positive row (the area below the precision-recall steps)."""
        found = np.cumsum(self.positive, axis=1)
        precision = _ratio(found, self.before + self.own, empty=0.0)
        return _ratio((precision * self.positive).sum(axis=1), self.positive.sum(axis=1))

    def lift_at(self, share: float) -> Floats:
        """The positive rate of the best-scored ``share`` of the rows, over that of all rows."""
        rate = _ratio(self.found(share * self.all), share * self.all)
        return _ratio(rate, _ratio(self.positive.sum(axis=1), self.all))

    def found(self, room: Floats | float) -> Floats:
        """Positive weight among the best rows of weight ``room``; tied rows share last places."""
        places = np.reshape(np.asarray(room, np.float64), (-1, 1))
        taken = np.clip(places - self.before, 0.0, self.own)
        found: Floats = (self.positive * _ratio(taken, self.own, empty=0.0)).sum(axis=1)
        return found


class Ranking:
    """Rows ordered by falling score within their territory, ready to be measured.

    ``y`` is 0 or 1 (n,), ``score`` any real number (n,; NaN ranks last), ``territory`` one
    label a row. ``weights`` have the shape (b, n); None counts each row once (b = 1).

    >>> Ranking([1, 0, 1, 0], [.9, .8, .4, .1]).counts().auc()
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
        self.n = len(outcome)
        self._order = np.lexsort((-values, codes))
        ordered = codes[self._order]
        self._sizes = np.diff(np.append(_starts(ordered), self.n))
        self._positives, self._groups, self._cuts = self._find_groups(outcome, values, ordered)

    def counts(self, weights: Weights | None = None) -> Counts:
        """The groups of equal scores with a positive row, territory after territory."""
        return self._counts(self._reached(weights), weights)

    def precision_at_capacity(
        self, capacity: int, minimum: int = 0, weights: Weights | None = None
    ) -> Floats:
        """The positive rate among the ``capacity`` best-scored rows of each territory, pooled.

        Territories with fewer than ``minimum`` rows (counted without weights) are left out;
        one that holds fewer than ``capacity`` rows uses all of them. NaN when none is left.
        """
        reached = self._reached(weights)
        serves = self._sizes >= minimum
        held = np.diff(reached[:, self._groups.bounds], axis=1)[:, serves]
        counts, mine = self._counts(reached, weights), serves[self._groups.territory]
        part = Counts(
            counts.positive[:, mine], counts.own[:, mine], counts.before[:, mine], counts.all
        )
        return _ratio(part.found(capacity), np.minimum(held, capacity).sum(axis=1))

    def _counts(self, reached: Floats, weights: Weights | None) -> Counts:
        found = self._groups
        return Counts(
            self._positive(weights),
            reached[:, found.end] - reached[:, found.begin],
            reached[:, found.begin] - reached[:, found.bounds[found.territory]],
            reached[:, -1],
        )

    def _reached(self, weights: Weights | None) -> Floats:
        """Weight of the rows before each cut, (b, cuts): summed between cuts, then added up."""
        if weights is None:
            weights = np.ones((1, self.n))
        parts = np.add.reduceat(np.take(weights, self._order, axis=1), self._cuts[:-1], axis=1)
        reached = np.zeros((len(weights), len(self._cuts)))
        np.cumsum(parts, axis=1, out=reached[:, 1:])
        return reached

    def _positive(self, weights: Weights | None) -> Floats:
        rows = self._order[self._positives]
        w = np.ones((1, len(rows))) if weights is None else weights[:, rows]
        found = np.add.reduceat(w, self._groups.first, axis=1) if len(rows) else w
        return np.asarray(found, np.float64)

    def _find_groups(
        self, y: Floats, score: Floats, territory: Places
    ) -> tuple[Places, _Groups, Places]:
        """Places of positive rows, groups that hold one, and the cuts where sums are needed."""
        starts, bounds = (
            _starts(territory, score[self._order]),
            np.append(_starts(territory), self.n),
        )
        positives = np.flatnonzero(y[self._order] > 0)
        group = np.searchsorted(starts, positives, side="right") - 1
        first = np.flatnonzero(np.diff(group, prepend=-1))
        begin, end = starts[group[first]], np.append(starts, self.n)[group[first] + 1]
        cuts = np.unique(np.concatenate([bounds, begin, end]))
        place = np.searchsorted(bounds, begin, side="right") - 1
        at = [np.searchsorted(cuts, where) for where in (begin, end, bounds)]
        return positives, _Groups(first, at[0], at[1], place, at[2]), cuts


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups with a positive row: its first positive, the cuts where it begins and ends, its
    territory; and the cuts where territories begin (and the last one ends).
    """

    first: Places
    begin: Places
    end: Places
    territory: Places
    bounds: Places


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


def _starts(*sorted_keys: npt.NDArray[Any]) -> Places:
    changed = np.zeros(len(sorted_keys[0]), np.bool_)
    changed[0] = True
    for keys in sorted_keys:
        changed[1:] |= keys[1:] != keys[:-1]
    return np.flatnonzero(changed)


def _ratio(above: Floats, below: Floats, empty: float = np.nan) -> Floats:
    answer: Floats = np.divide(above, below, out=np.full(np.shape(above), empty), where=below > 0)
    return answer
