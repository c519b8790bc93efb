"""The models of return that compete: from nobody's own chance to boosted trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.boosting import Boosting
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.logit import probability

Floats = npt.NDArray[np.float64]
STEP_MONTHS = 4.0
"""Recency beyond which donors of a quarterly drive have left one out."""

PRIOR, LOGISTIC, STEPPED, TREES = "prior", "logistic", "logistic-step", "lightgbm"


@dataclass(frozen=True)
class Donors:
    """Recency and time (months), frequency, and whether a donation followed; (n,) each."""

    recency: Floats
    frequency: Floats
    time: Floats
    donated: Floats

    def __len__(self) -> int:
        return len(self.donated)

    def take(self, rows: npt.NDArray[np.int64]) -> Donors:
        """Some of the donors."""
        parts = (self.recency, self.frequency, self.time, self.donated)
        return Donors(*(part[rows] for part in parts))

    def table(self) -> Floats:
        """R, F and T, (n, 3)."""
        return np.column_stack([self.recency, self.frequency, self.time])

    def groups(self) -> npt.NDArray[np.int64]:
        """The same number for donors who cannot be told apart by R, F and T."""
        return np.asarray(np.unique(self.table(), axis=0, return_inverse=True)[1]).ravel()


Fit = Callable[[Donors], Callable[[Donors], Floats]]
"""Learns from donors, and gives what tells the chance of others."""


def candidates(C: float, seed: int) -> Mapping[str, Fit]:
    """The competitors by name, the simplest first."""
    return {
        PRIOR: _prior,
        LOGISTIC: lambda seen: _logistic(seen, C, None),
        STEPPED: lambda seen: _logistic(seen, C, STEP_MONTHS),
        TREES: lambda seen: _trees(seen, seed),
    }


def servable(name: str, seen: Donors, C: float) -> ReturnModel:
    """The model of that name as an object that a plan can ask; only regressions are."""
    step = STEP_MONTHS if name == STEPPED else None
    return ReturnModel.fit(seen.recency, seen.frequency, seen.time, seen.donated, C, step)


def _prior(seen: Donors) -> Callable[[Donors], Floats]:
    share = float(seen.donated.mean())
    return lambda asked: np.full(len(asked), share)


def _logistic(seen: Donors, C: float, step: float | None) -> Callable[[Donors], Floats]:
    made = ReturnModel.fit(seen.recency, seen.frequency, seen.time, seen.donated, C, step)
    return lambda asked: made.probability(asked.recency, asked.frequency, asked.time)


def _trees(seen: Donors, seed: int) -> Callable[[Donors], Floats]:
    names = ("recency", "frequency", "time")
    trees = Boosting(
        rounds=80, learning_rate=0.05, leaves=4, min_leaf=20, colsample=1.0,
        monotone={"recency": -1, "frequency": 1},
    )  # fmt: skip
    trees.fit(seen.table(), seen.donated, names=names, seed=seed)
    return lambda asked: probability(trees.raw(asked.table()))
