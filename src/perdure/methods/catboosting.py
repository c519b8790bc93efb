"""Gradient-boosted symmetric trees (CatBoost): slower to try, several times cheaper to score."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import MissingExtra
from perdure.methods.logit import probability

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class CatBoosting:
    """Boosted symmetric trees for a yes/no outcome; numbers may be missing, labels are codes.

    For solutions that score many millions of rows. Needs the extra ``catboost``. Effects are
    SHAP values. Prokhorenkova et al., NeurIPS 2018.
    """

    rounds: int = 150
    learning_rate: float = 0.05
    depth: int = 4
    l2: float = 5.0
    threads: int = 1
    model: Any = field(default=None, repr=False)

    def fit(
        self,
        X: Floats,
        y: Floats,
        *,
        names: Sequence[str],
        categorical: Sequence[str] = (),
        seed: int = 0,
    ) -> Self:
        """Learn from X (n, k) with NaN for missing, and outcomes 0 or 1 (n,).

        Codes of labels are taken as numbers: symmetric trees cut them as often as they need.
        """
        self.model = _catboost().CatBoost(
            {
                "loss_function": "Logloss",
                "iterations": self.rounds,
                "learning_rate": self.learning_rate,
                "depth": self.depth,
                "l2_leaf_reg": self.l2,
                "random_seed": seed,
                "thread_count": self.threads,
                "logging_level": "Silent",
                "allow_writing_files": False,
            }
        )
        self.model.fit(np.ascontiguousarray(X), y)
        return self

    def raw(self, X: Floats) -> Floats:
        """Log odds of each row, (n,)."""
        if not len(X):
            return np.zeros(0)
        told = self.model.predict(
            np.ascontiguousarray(X), prediction_type="RawFormulaVal", thread_count=self.threads
        )
        return np.asarray(told, np.float64)

    def predict(self, X: Floats) -> Floats:
        """Probability of each row, (n,), before calibration."""
        return probability(self.raw(X))

    def contributions(self, X: Floats) -> tuple[Floats, float]:
        """SHAP effects (n, k) in log odds and the base; they add up to ``raw``."""
        if not len(X):
            return np.zeros(X.shape), 0.0
        pool = _catboost().Pool(np.ascontiguousarray(X))
        told = self.model.get_feature_importance(pool, type="ShapValues", thread_count=self.threads)
        return np.asarray(told[:, :-1], np.float64), float(told[0, -1])

    def to_files(self) -> dict[str, bytes]:
        """The native binary model, as CatBoost serialises it."""
        return {
            "catboost.json": json.dumps({"threads": self.threads}).encode(),
            "catboost.cbm": self.model._serialize_model(),  # noqa: SLF001  no public way but a file
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that ``to_files`` described; check the bytes first."""
        model = _catboost().CatBoost()
        model.load_model(blob=files["catboost.cbm"])
        return cls(model=model, **json.loads(files["catboost.json"]))


def _catboost() -> Any:
    try:
        import catboost
    except ImportError as error:
        raise MissingExtra("catboost", "boosting with symmetric trees") from error
    return catboost
