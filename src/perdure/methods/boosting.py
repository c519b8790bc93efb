"""Gradient-boosted trees (LightGBM), fitted so that the same rows give the same bits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from perdure.methods.logit import probability

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Boosting:
    """Boosted trees for a yes/no outcome; numbers may be missing, labels come as codes.

    The defaults suit some hundred positive rows: few leaves, slow steps, strong shrinking.
    ``monotone`` maps a feature name to +1 (the score may only rise with it) or -1. ``bags``
    fits that many models with other seeds and averages their log odds. ``extra`` holds further
    LightGBM parameters. Ke et al., NeurIPS 2017; effects are SHAP values (Lundberg 2018).
    """

    rounds: int = 150
    learning_rate: float = 0.03
    leaves: int = 7
    min_leaf: int = 40
    subsample: float = 0.8
    colsample: float = 0.6
    l2: float = 5.0
    bags: int = 1
    threads: int = 1
    monotone: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    boosters: tuple[Any, ...] = field(default=(), repr=False)

    def fit(
        self,
        X: Floats,
        y: Floats,
        *,
        names: Sequence[str],
        categorical: Sequence[str] = (),
        seed: int = 0,
    ) -> Self:
        """Learn from X (n, k) with NaN for missing, and outcomes 0 or 1 (n,)."""
        import lightgbm as lgb

        columns = [list(names).index(name) for name in categorical]
        fitted = []
        for bag in range(self.bags):
            parameters = self.parameters(names, seed + bag)
            data = lgb.Dataset(
                X, label=y, categorical_feature=columns, params=parameters, free_raw_data=True
            )
            fitted.append(lgb.train(parameters, data, num_boost_round=self.rounds))
        self.boosters = tuple(fitted)
        return self

    def parameters(self, names: Sequence[str], seed: int) -> dict[str, Any]:
        """What LightGBM is told."""
        told: dict[str, Any] = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.min_leaf,
            "bagging_fraction": self.subsample,
            "bagging_freq": 1 if self.subsample < 1 else 0,
            "feature_fraction": self.colsample,
            "lambda_l2": self.l2,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }
        if self.monotone:
            told["monotone_constraints"] = [self.monotone.get(name, 0) for name in names]
        return told | dict(self.extra)

    def raw(self, X: Floats) -> Floats:
        """Log odds of each row, (n,), the mean over the bags."""
        total = np.zeros(len(X))
        for booster in self.boosters:
            total += booster.predict(X, raw_score=True, num_threads=self.threads)
        return total / len(self.boosters)

    def predict(self, X: Floats) -> Floats:
        """Probability of each row, (n,), before calibration."""
        return probability(self.raw(X))

    def contributions(self, X: Floats) -> tuple[Floats, float]:
        """SHAP effects (n, k) in log odds and the base; they add up to ``raw``."""
        total = np.zeros((len(X), X.shape[1] + 1))
        for booster in self.boosters:
            total += booster.predict(X, pred_contrib=True, num_threads=self.threads)
        total /= len(self.boosters)
        return total[:, :-1], float(total[0, -1]) if len(X) else 0.0

    def to_files(self) -> dict[str, bytes]:
        """One native text file a bag, and how many there are."""
        files = {"boosting.json": json.dumps({"bags": len(self.boosters)}).encode()}
        for bag, booster in enumerate(self.boosters):
            files[f"bag{bag}.txt"] = booster.model_to_string().encode()
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that ``to_files`` described.

        LightGBM's parser ends the process on many broken files: check the bytes first.
        """
        import lightgbm as lgb

        bags = json.loads(files["boosting.json"])["bags"]
        texts = [files[f"bag{bag}.txt"].decode() for bag in range(bags)]
        return cls(bags=bags, boosters=tuple(lgb.Booster(model_str=text) for text in texts))
