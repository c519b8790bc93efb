"""Performance without labels: what calibrated probabilities themselves promise (CBPE).

It sees a change of who is scored, and cannot see that the outcome itself has come to behave
otherwise; only matured labels show that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A monotone map from score to probability, learned on rows with known outcomes."""

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]

    @classmethod
    def fit(cls, score: npt.ArrayLike, y: npt.ArrayLike) -> Calibration:
        """Isotonic regression of the outcome on the score."""
        from sklearn.isotonic import IsotonicRegression

        made = IsotonicRegression(out_of_bounds="clip").fit(np.asarray(score), np.asarray(y))
        return cls(tuple(map(float, made.X_thresholds_)), tuple(map(float, made.y_thresholds_)))

    def probability(self, score: npt.ArrayLike) -> Floats:
        """The probability of each score; beyond the ends it stays as it is at the end."""
        return np.asarray(np.interp(np.asarray(score, float), self.scores, self.probabilities))


def expected_auc(score: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """The AUC to expect of ``score`` when outcomes come with ``probability``.

    With rows in order of score, p the probability and N the sum of (1 - p) so far:
    ``sum p (N - (1 - p) / 2) / (sum p * sum (1 - p))``, tied scores as one group. NaN when no
    positive or no negative is expected.

    >>> expected_auc([0.2, 0.4], [0.0, 1.0])
    1.0
    """
    s, p = np.asarray(score, np.float64), np.asarray(probability, np.float64)
    _, group = np.unique(s, return_inverse=True)
    positive, negative = np.bincount(group, p), np.bincount(group, 1 - p)
    pairs = positive.sum() * negative.sum()
    if not pairs > 0:
        return float("nan")
    return float(np.sum(positive * (np.cumsum(negative) - negative / 2)) / pairs)


def expected_f1(predicted: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """The F1 to expect of yes/no predictions when outcomes come with ``probability``.

    >>> expected_f1([True, False], [1.0, 0.0])
    1.0
    """
    yes, p = np.asarray(predicted, bool), np.asarray(probability, np.float64)
    found, wrong, missed = p[yes].sum(), (1 - p[yes]).sum(), p[~yes].sum()
    total = 2 * found + wrong + missed
    return float(2 * found / total) if total else float("nan")
