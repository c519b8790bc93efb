"""Weights tuned on visits that the parts did not see: the seed's ensemble, and the habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np

from perdure.methods.recommend.accuracy import best_of_candidates, shown
from perdure.methods.recommend.membership import Floats, Ints, Membership
from perdure.solutions.prescription.engine.batches import Asked, batches
from perdure.solutions.prescription.engine.fields import PILLS
from perdure.solutions.prescription.engine.parts import Habit, Parts
from perdure.solutions.prescription.engine.scores import ensemble_views, habits, hand_weights
from perdure.solutions.prescription.engine.visits import Visits

_NARROW = 60
_STEPS = (0.0, 0.25, 0.5, 2.0, 4.0)


def tuned_habit(parts: Parts, table: Visits, asked: Asked, name: str) -> Habit:
    """The habit weights of the reference's grid that show most true entries in 8 pills.

    Judged among the items that the untuned sum ranks highest: weights only reorder these.
    """
    grid = [Habit(a, b, c) for a, b, c in product((0, 0.25, 0.5, 1), (0, 0.25, 0.5, 1, 2), (1, 5))]
    gained = np.zeros(len(grid))
    for part, _, scores in batches(parts, table, asked, name):
        truth = asked.truth.take(np.arange(part.start, part.stop))
        items = _top(scores.linear, _NARROW)
        rows = np.arange(len(items))[:, None]
        ridge = scores.ridge[rows, items]
        own = np.take_along_axis(scores.own, items[:, None, :], axis=2)
        for at, weights in enumerate(grid):
            best = _top(ridge + habits(weights, name, own, scores.support))
            gained[at] += _gain(items[rows, best], truth)
    return grid[int(np.argmax(gained))]


def tuned_pool(parts: Parts, table: Visits, asked: Asked, name: str) -> Floats:
    """The weights of the seed's models by coordinate ascent, starting from the hand weights.

    Judged among the items that their hand-weighted pool ranks highest.
    """
    row, item, views = _ensemble(parts, table, asked, name)
    n = len(asked.rows)

    def worth(lam: Floats) -> float:
        score = views[:, :, 0] @ lam / np.maximum(views[:, :, 1] @ lam, 1e-9)
        return _gain(best_of_candidates(row, item, score, n, PILLS), asked.truth)

    return _ascend(worth, hand_weights(views.shape[1]))


def _ascend(worth: Callable[[Floats], float], start: Floats) -> Floats:
    lam, reached = start, worth(start)
    for _ in range(2):
        for at in range(len(lam)):
            for factor in _STEPS:
                tried = lam.copy()
                tried[at] *= factor
                if tried.sum() > 0 and (found := worth(tried)) > reached:
                    lam, reached = tried, found
    return lam


def _ensemble(parts: Parts, table: Visits, asked: Asked, name: str) -> tuple[Ints, Ints, Floats]:
    """Candidates with what each model says and whether it can speak, (candidates, views, 2)."""
    rows, items, numbers = [], [], []
    for part, _, scores in batches(parts, table, asked, name):
        views, there = ensemble_views(scores)
        pool = scores.pool()
        marked = _top(pool, _NARROW)
        row = np.repeat(np.arange(len(pool)), marked.shape[1])
        item = marked.ravel()
        said = np.stack([views[row, :, item], there[row]], axis=2)
        rows.append(row + part.start)
        items.append(item)
        numbers.append(said)
    return np.concatenate(rows), np.concatenate(items), np.concatenate(numbers)


def _top(scores: Floats, k: int = PILLS) -> Ints:
    k = min(k, scores.shape[1])
    if k == scores.shape[1]:
        return np.tile(np.arange(k), (len(scores), 1))
    return np.asarray(np.argpartition(-scores, k, axis=1)[:, :k])


def _gain(top: Ints, truth: Membership) -> float:
    found = shown(top, truth)
    return float(found.one.sum() + found.all.sum())


def with_habit(parts: Parts, name: str, weights: Habit) -> Parts:
    """The same parts with other habit weights for one field."""
    return replace(parts, habit={**parts.habit, name: weights})
