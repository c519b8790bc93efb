"""Isotonic calibration: the best non-decreasing map from scores to probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Isotonic:
    """Probabilities that never fall as the score grows, fitted by pooling neighbours that do.

    Between two fitted scores the probability is interpolated; beyond them it stays. Probabilities
    keep half a row's worth away from 0 and 1: n rows cannot show that something never happens.
    Zadrozny and Elkan, KDD 2002; pooling by scikit-learn.

    >>> made = Isotonic().fit(np.array([0., 1., 2., 3.]), np.array([0., 1., 0., 1.]))
    >>> made.predict(np.array([1.5, 9.0]))
    array([0.5  , 0.875])
    """

    scores: Floats = field(default_factory=lambda: np.empty(0))
    probabilities: Floats = field(default_factory=lambda: np.empty(0))

    def fit(self, raw: Floats, y: Floats) -> Self:
        """Learn from scores (n,) of rows the model did not see, and outcomes 0 or 1 (n,)."""
        from sklearn.isotonic import IsotonicRegression

        edge = 0.5 / len(y)
        fitted = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(raw, y)
        self.scores = np.asarray(fitted.X_thresholds_, np.float64)
        self.probabilities = np.asarray(fitted.y_thresholds_, np.float64)
        return self

    def predict(self, raw: Floats) -> Floats:
        """The probability of each score, (n,)."""
        return np.interp(raw, self.scores, self.probabilities)

    def to_files(self) -> dict[str, bytes]:
        """The thresholds as JSON; numbers are written so that they come back to the last bit."""
        form = {"scores": self.scores.tolist(), "probabilities": self.probabilities.tolist()}
        return {"isotonic.json": json.dumps(form).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The map that ``to_files`` described."""
        form = json.loads(files["isotonic.json"])
        return cls(np.array(form["scores"], np.float64), np.array(form["probabilities"]))
