"""A first model for something new: what similar things taught, put on a common scale.

A brand without a history has no outcomes to learn from, but its physicians can be compared with
each other: values become ranks within the brand, and ranks mean the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LEVEL = 3.0  # scale of the level columns: with it the penalty hardly touches the levels


def ranks(X: Floats) -> Floats:
    """Each column's values as shares of rows below them, ties alike; a missing value is 0.5.

    >>> ranks(np.array([[5.0], [7.0], [7.0], [np.nan]]))[:, 0].round(3).tolist()
    [0.167, 0.667, 0.667, 0.5]
    """
    from scipy.stats import rankdata

    made = np.full(X.shape, 0.5)
    for j in range(X.shape[1]):
        there = ~np.isnan(X[:, j])
        if there.any():
            made[there, j] = (rankdata(X[there, j]) - 0.5) / there.sum()
    return made


@dataclass(slots=True)
class PooledRanks:
    """Logistic regression over several groups (brands) on ranks within each group.

    Every group has its own level, which a new group does not inherit, and the same weight: a
    group with many outcomes does not outvote the others. ``raw`` orders the rows of a new group;
    without any outcome of its own nothing can be said about its level.
    """

    C: float = 0.003
    slopes: Floats = field(default_factory=lambda: np.empty(0))
    means: Floats = field(default_factory=lambda: np.empty(0))
    scales: Floats = field(default_factory=lambda: np.empty(0))

    def fit(self, groups: Mapping[str, tuple[Floats, Floats]]) -> Self:
        """Learn from X (n, k) and outcomes 0 or 1 (n,) of each group; columns mean the same."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        X = np.vstack([ranks(x) for x, _ in groups.values()])
        y = np.concatenate([outcome for _, outcome in groups.values()])
        group = np.repeat(np.arange(len(groups)), [len(o) for _, o in groups.values()])
        positives = np.bincount(group, y, minlength=len(groups))
        weights = (positives.mean() / np.maximum(positives, 1.0))[group]
        self.means, self.scales = X.mean(axis=0), X.std(axis=0) + 1e-9
        levels = (group[:, None] == np.arange(len(groups))) * _LEVEL
        Z = np.column_stack([(X - self.means) / self.scales, levels])
        with threadpool_limits(1):
            model = LogisticRegression(C=self.C, max_iter=3000, tol=1e-6)
            model.fit(Z, y, sample_weight=weights)
        self.slopes = np.asarray(model.coef_[0][: X.shape[1]], np.float64)
        return self

    def raw(self, X: Floats) -> Floats:
        """The score of each row of a new group, (n,): greater means likelier."""
        return np.asarray(((ranks(X) - self.means) / self.scales) @ self.slopes)
