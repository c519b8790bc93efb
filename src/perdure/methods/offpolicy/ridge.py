"""Ridge regression of an outcome on states, one line per action: the plain outcome model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.kernel.errors import UsageError
from perdure.methods.offpolicy.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class RidgeByAction:
    """One ridge regression per action on standardised columns; the intercept is free.

    ``W_a = (Z'Z + penalty I)^-1 Z'(y - mean(y))`` over the rows of action a. A column that never
    varies has no slope; an action without rows expects the mean of all rows.

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> fit = RidgeByAction(penalty=1e-9)
    >>> predict = fit(X, np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 5.0]), 3)
    >>> predict(np.array([[0.5]])).round(3).tolist()
    [[2.0, 5.0, 3.5]]
    """

    penalty: float = 1.0

    def __post_init__(self) -> None:
        if not self.penalty > 0:
            raise UsageError(f"penalty {self.penalty}", expected="above 0")

    def __call__(self, X: Floats, action: Ints, outcome: Floats, actions: int) -> Lines:
        """Fit on states (n, d), actions (n,) and outcomes (n,)."""
        centre, scale = X.mean(axis=0), X.std(axis=0)
        # What never varies is left out, instead of being divided by rounding errors.
        varies = scale > 1e-12 * (1 + np.abs(centre))
        steps = np.divide(1.0, scale, out=np.zeros_like(scale), where=varies)
        Z = (X - centre) * steps
        slopes = np.zeros((X.shape[1], actions))
        bases = np.full(actions, outcome.mean())
        for a in range(actions):
            if (rows := action == a).any():
                slopes[:, a], bases[a] = _line(Z[rows], outcome[rows], self.penalty)
        return Lines(slopes * steps[:, None], bases - (centre * steps) @ slopes)


@dataclass(frozen=True, slots=True)
class Lines:
    """``q(x, a) = base_a + x slopes_a``; ``slopes`` (d, K), ``bases`` (K,)."""

    slopes: Floats
    bases: Floats

    def __call__(self, X: Floats) -> Floats:
        """Expected outcome of every action, (n, K)."""
        return np.asarray(X @ self.slopes + self.bases)


def _line(Z: Floats, y: Floats, penalty: float) -> tuple[Floats, float]:
    centre, level = Z.mean(axis=0), float(y.mean())
    centred = Z - centre
    gram = centred.T @ centred
    gram[np.diag_indices_from(gram)] += penalty
    slope = np.linalg.solve(gram, centred.T @ (y - level))
    return slope, level - float(centre @ slope)
