"""What is measured about answers on rows that no model of them had seen, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from perdure.kernel.evidence import Measured
from perdure.platform.training.context import Floats
from perdure.platform.training.intervals import Statistic, Weights, bootstrap, interval
from perdure.platform.training.metrics import ece, top_share
from perdure.platform.training.ranking import Ranking
from perdure.platform.training.settings import TrainingSettings

SERVED = "served"
DATA = "data"
CONSTRAINT = "constraint"
"""Method of rows that count what must never happen; the gate refuses any that is not 0."""
OWN_LOG = " (own log)"
"""After the name of a method: measured on the decisions that this project logged itself."""
LIFT = "lift@0.10"
ADMISSIBLE = "admissible"
"""Metric of a simple rule: 0 when it breaks a constraint itself, so that it is no alternative."""
TOP_DECILE = "top-decile-calibration"
LOWER_IS_BETTER = ("log-loss", "brier", "ece")


@dataclass(frozen=True, slots=True)
class Answered:
    """Rows of the report: outcomes, entities, and what every method said about them.

    ``scores`` order the rows; ``probabilities`` exist for methods that give them. ``territory``
    holds one label a row, of the column ``territory_name``.
    """

    case: str
    y: Floats
    cluster: npt.NDArray[np.int64]
    scores: Mapping[str, Floats]
    probabilities: Mapping[str, Floats] = field(default_factory=dict)
    territory: npt.NDArray[np.str_] | None = None
    territory_name: str = ""

    @property
    def positives(self) -> int:
        """How many rows have the outcome."""
        return int(self.y.sum())

    def take(self, rows: npt.NDArray[np.bool_], case: str) -> Answered:
        """Some of the rows, as a case of its own."""
        return Answered(
            case,
            self.y[rows],
            self.cluster[rows],
            {name: score[rows] for name, score in self.scores.items()},
            {name: p[rows] for name, p in self.probabilities.items()},
        )


def measure(answered: Answered, settings: TrainingSettings) -> list[Measured]:
    """Every metric of every method with its 95 % interval, and paired differences to the product.

    Metrics: ``auc``, ``ap``, ``lift@0.10``, ``precision@CAPACITY/TERRITORY``, and of methods with
    probabilities ``log-loss``, ``brier``, ``ece`` and ``top-decile-calibration``. A difference is
    the method ``served - NAME``; both sides are measured on the same draws.
    """
    statistics = {name: _statistic(answered, name, settings) for name in answered.scores}
    once = np.ones((1, len(answered.y)))
    points = {
        name: {metric: float(value[0]) for metric, value in statistic(once).items()}
        for name, statistic in statistics.items()
    }
    draws = bootstrap(statistics, answered.cluster, settings.replicates, settings.seed)
    rows = [*_facts(answered), *_values(answered, points, draws)]
    for name, p in answered.probabilities.items():
        error = ece(answered.y, p)
        rows.append(Measured(answered.case, name, "ece", error, n=len(answered.y)))
    return [*rows, *_differences(answered, points, draws)]


def difference(other: str) -> str:
    """The method name of a paired difference between the product and another method.

    >>> difference("volume")
    'served - volume'
    """
    return f"{SERVED} - {other}"


def _facts(answered: Answered) -> Iterator[Measured]:
    n = len(answered.y)
    yield Measured(answered.case, DATA, "rows", n, n=n)
    yield Measured(answered.case, DATA, "positives", answered.positives, n=n)
    yield Measured(answered.case, DATA, "base-rate", answered.positives / n, n=n)


def _values(
    answered: Answered,
    points: Mapping[str, Mapping[str, float]],
    draws: Mapping[str, Mapping[str, Floats]],
) -> Iterator[Measured]:
    for name, metrics in points.items():
        for metric, value in metrics.items():
            yield _row(answered, name, metric, value, draws[name][metric])


def _differences(
    answered: Answered,
    points: Mapping[str, Mapping[str, float]],
    draws: Mapping[str, Mapping[str, Floats]],
) -> Iterator[Measured]:
    for other, metrics in points.items():
        if other != SERVED and SERVED in points:
            for metric in (m for m in metrics if m in points[SERVED] and m != TOP_DECILE):
                value = points[SERVED][metric] - metrics[metric]
                change = draws[SERVED][metric] - draws[other][metric]
                yield _row(answered, difference(other), metric, value, change)


def _row(answered: Answered, method: str, metric: str, value: float, drawn: Floats) -> Measured:
    # Twelve digits: the last ones depend on how many threads added the numbers up.
    low, high = (None if end is None else float(f"{end:.12g}") for end in interval(drawn))
    n = len(answered.y)
    return Measured(answered.case, method, metric, float(f"{value:.12g}"), low, high, n)


def _statistic(answered: Answered, name: str, settings: TrainingSettings) -> Statistic:
    ranking = Ranking(answered.y, answered.scores[name])
    by_territory = (
        Ranking(answered.y, answered.scores[name], answered.territory)
        if answered.territory is not None
        else None
    )
    losses = _losses(answered, name)
    parts = np.column_stack([row for pair in losses.values() for row in pair]) if losses else None
    precision = f"precision@{settings.capacity}/{answered.territory_name}"

    def statistic(weights: Weights) -> dict[str, Floats]:
        counts = ranking.counts(weights)
        found = {
            "auc": counts.auc(),
            "ap": counts.average_precision(),
            LIFT: counts.lift_at(0.10),
        }
        if by_territory:
            found[precision] = by_territory.precision_at_capacity(
                settings.capacity, settings.minimum_territory, weights
            )
        if parts is not None:
            sums = weights @ parts
            for i, metric in enumerate(losses):
                above, below = sums[:, 2 * i], sums[:, 2 * i + 1]
                empty = np.full(len(weights), np.nan)
                found[metric] = np.divide(above, below, out=empty, where=below > 0)
        return found

    return statistic


def _losses(answered: Answered, name: str) -> dict[str, tuple[Floats, Floats]]:
    """Metrics that are a weighted sum over another: (numerator, denominator) per row."""
    if name not in answered.probabilities:
        return {}
    y, p, rows = answered.y, answered.probabilities[name], np.ones(len(answered.y))
    kept = np.clip(p, 1e-15, 1 - 1e-15)
    top = top_share(answered.scores[name])
    return {
        "log-loss": (-(y * np.log(kept) + (1 - y) * np.log(1 - kept)), rows),
        "brier": ((p - y) ** 2, rows),
        TOP_DECILE: (top * p, top * y),
    }
