"""Measures of a yes/no model: order, capacity, calibration. ``y`` is 0 or 1, one a row.

``score`` may be any number that grows with the chance; ``probability`` lies in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.platform.training.ranking import Floats, Ranking


@dataclass(frozen=True, slots=True)
class GainRow:
    """One part of the rows, best-scored part first, and what acting on all parts so far finds.

    ``rows`` and ``positives`` may be fractions where tied scores straddle a border.
    """

    part: int
    rows: float
    positives: float
    rate: float
    lift: float
    captured: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows with a similar predicted probability: what was said, and what happened."""

    rows: int
    predicted: float
    observed: float


def auc(y: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """The chance that a positive row scores above a negative one; a tie counts half.

    >>> auc([1, 0, 1, 0], [.9, .8, .4, .1])
    0.75
    """
    return float(Ranking(y, score).counts().auc()[0])


def average_precision(y: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Mean precision at each positive row; compare it with the base rate.

    >>> round(average_precision([1, 0, 1, 0], [.9, .8, .4, .1]), 3)
    0.833
    """
    return float(Ranking(y, score).counts().average_precision()[0])


def lift_at(y: npt.ArrayLike, score: npt.ArrayLike, share: float = 0.10) -> float:
    """How many times more positive the best-scored ``share`` of the rows is than all rows.

    >>> lift_at([1, 0, 0, 0], [.9, .8, .4, .1], 0.25)
    4.0
    """
    return float(Ranking(y, score).counts().lift_at(share)[0])


def precision_at_capacity(
    y: npt.ArrayLike,
    score: npt.ArrayLike,
    territory: npt.ArrayLike | Sequence[str],
    capacity: int = 10,
    minimum: int = 0,
) -> float:
    """The positive rate when each territory acts on its ``capacity`` best-scored rows.

    >>> precision_at_capacity([1, 0, 0, 1], [.9, .8, .4, .1], ["n", "n", "s", "s"], capacity=1)
    0.5
    """
    return float(Ranking(y, score, territory).precision_at_capacity(capacity, minimum)[0])


def gain_table(y: npt.ArrayLike, score: npt.ArrayLike, parts: int = 10) -> list[GainRow]:
    """Rows cut into equal ``parts`` by falling score: rate, lift and share of positives so far.

    >>> [row.captured for row in gain_table([1, 0, 1, 0], [.9, .8, .4, .1], parts=2)]
    [0.5, 1.0]
    """
    counts = Ranking(y, score).counts()
    edges = np.linspace(0.0, counts.all[0], parts + 1)
    found = np.diff([counts.found(edge)[0] for edge in edges])
    rows, all_positive = np.diff(edges), counts.positive.sum()
    base = all_positive / counts.all[0]
    return [
        GainRow(
            part=i + 1,
            rows=float(rows[i]),
            positives=float(found[i]),
            rate=float(found[i] / rows[i]),
            lift=float(found[i] / rows[i] / base) if base else float("nan"),
            captured=float(found[: i + 1].sum() / all_positive) if all_positive else float("nan"),
        )
        for i in range(parts)
    ]


def calibration_table(
    y: npt.ArrayLike, probability: npt.ArrayLike, bins: int = 10
) -> list[CalibrationBin]:
    """What was predicted against what happened, in ``bins`` of equally many rows (low first).

    Rows with equal probability stay in one bin, so there may be fewer bins.

    >>> calibration_table([0, 1], [.2, .7], bins=2)[1]
    CalibrationBin(rows=1, predicted=0.7, observed=1.0)
    """
    outcome, p = np.asarray(y, np.float64), np.asarray(probability, np.float64)
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    which = np.searchsorted(edges, p, side="left")
    rows = np.bincount(which, minlength=len(edges) + 1)
    predicted, observed = np.bincount(which, p), np.bincount(which, outcome)
    return [
        CalibrationBin(int(rows[i]), float(predicted[i] / rows[i]), float(observed[i] / rows[i]))
        for i in range(len(predicted))
        if rows[i]
    ]


def ece(y: npt.ArrayLike, probability: npt.ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean distance of predicted and observed rate over the bins.

    >>> ece([0, 1], [.2, .7], bins=2)
    0.25
    """
    table = calibration_table(y, probability, bins)
    n = sum(row.rows for row in table)
    return sum(row.rows * abs(row.predicted - row.observed) for row in table) / n


def brier(y: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Mean squared distance of probability and outcome.

    >>> round(brier([0, 1], [.2, .7]), 3)
    0.065
    """
    return float(np.mean((np.asarray(probability, np.float64) - np.asarray(y, np.float64)) ** 2))


def log_loss(y: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Mean surprise in nats; probabilities are kept 1e-15 away from 0 and 1.

    >>> round(log_loss([0, 1], [.2, .7]), 4)
    0.2899
    """
    p = np.clip(np.asarray(probability, np.float64), 1e-15, 1 - 1e-15)
    outcome = np.asarray(y, np.float64)
    return float(-np.mean(outcome * np.log(p) + (1 - outcome) * np.log(1 - p)))


def top_share(score: npt.ArrayLike, share: float = 0.10) -> Floats:
    """How much of each row (0 to 1) is in the best-scored ``share``; ties at the border share it.

    >>> top_share([.9, .5, .5, .1], 0.5)
    array([1. , 0.5, 0.5, 0. ])
    """
    values = np.asarray(score, np.float64)
    room = max(1.0, share * len(values))
    border = np.partition(-values, int(np.ceil(room)) - 1)[int(np.ceil(room)) - 1]
    above, tied = -values < border, -values == border
    part = (room - above.sum()) / tied.sum()
    return np.where(above, 1.0, np.where(tied, part, 0.0))


def decile_ratio(
    y: Floats, score: Floats, probability: Floats, weights: Floats | None = None
) -> Floats:
    """Predicted over observed rate among the best-scored tenth of the rows, for each weighting.

    1 is perfect, 2 promises twice what comes; NaN where nothing was observed. The tenth is cut
    once, without weights, so that an interval speaks of the rows that would be acted upon.
    """
    top = top_share(score)
    w = np.ones((1, len(top))) if weights is None else weights
    said, seen = w @ (top * probability), w @ (top * y)
    ratio: Floats = np.divide(said, seen, out=np.full(len(w), np.nan), where=seen > 0)
    return ratio
