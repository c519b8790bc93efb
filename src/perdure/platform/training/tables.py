"""Tables about a candidate for people to look at: gain, calibration, slices, what drives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from perdure.kernel.evidence import Measured
from perdure.platform.training.context import Explained
from perdure.platform.training.evidence import SERVED, Answered, measure
from perdure.platform.training.metrics import calibration_table, gain_table
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.settings import TrainingSettings

_FEW = 5
_SLICE_METRICS = ("auc", "top-decile-calibration")
_SLICE_REPLICATES = 200
_ASKED_WHY = 5_000


def gains(answered: Answered) -> dict[str, list[dict[str, Any]]]:
    """The gain table by decile of every method."""
    return {
        name: [asdict(row) for row in gain_table(answered.y, score)]
        for name, score in answered.scores.items()
    }


def calibration(answered: Answered, bins: int = 10) -> list[dict[str, Any]]:
    """What the product predicted against what happened, in bins of equally many rows."""
    table = calibration_table(answered.y, answered.probabilities[SERVED], bins)
    return [asdict(row) for row in table]


def slice_case(case: str, column: str, value: str) -> str:
    """The case name of a slice.

    >>> slice_case("VOLTAREN", "state", "TX")
    'VOLTAREN / state = TX'
    """
    return f"{case} / {column} = {value}"


def slices(
    answered: Answered,
    columns: Mapping[str, npt.NDArray[np.str_]],
    settings: TrainingSettings,
) -> list[Measured]:
    """The product measured within each value of each column, the largest values first.

    A slice needs five positive and five negative rows; a smaller one only tells its size.
    """
    few = settings.model_copy(update={"replicates": min(_SLICE_REPLICATES, settings.replicates)})
    found: list[Measured] = []
    served = Answered(
        answered.case,
        answered.y,
        answered.cluster,
        {SERVED: answered.scores[SERVED]},
        {SERVED: answered.probabilities[SERVED]},
    )
    for column, values in columns.items():
        names, rows = np.unique(values, return_counts=True)
        for name in names[np.argsort(-rows, kind="stable")][: settings.most_slices]:
            part = served.take(values == name, slice_case(answered.case, column, str(name)))
            found += _slice(part, few)
    return found


def _slice(part: Answered, settings: TrainingSettings) -> list[Measured]:
    n = len(part.y)
    rows = [
        Measured(part.case, "data", "rows", n, n=n),
        Measured(part.case, "data", "positives", part.positives, n=n),
    ]
    if min(part.positives, n - part.positives) >= _FEW:
        rows += [r for r in measure(part, settings) if r.metric in _SLICE_METRICS]
    return rows


def history(rows: LabelledRows) -> npt.NDArray[np.str_]:
    """How much of each row's input is known: ``complete``, ``some missing``, ``mostly missing``."""
    missing = np.isnan(rows.X).mean(axis=1)
    words = np.array(["complete", "some missing", "mostly missing"])
    told: npt.NDArray[np.str_] = words[np.searchsorted([0.0, 0.5], missing, side="left")]
    return told


def effects(predictor: Explained, rows: LabelledRows) -> dict[str, float]:
    """How much each input moves the score: mean size of its effect in log odds."""
    step = max(1, len(rows.y) // _ASKED_WHY)
    names, found, _ = predictor.contributions(rows.table.take(np.arange(len(rows.y))[::step]))
    return dict(zip(names, map(float, np.abs(found).mean(axis=0)), strict=True))


def drivers(weights: Mapping[str, float], most: int = 20) -> list[dict[str, Any]]:
    """The inputs that move the score most, of those that ``effects`` found, best first.

    >>> drivers({"a": 0.1, "b": 0.3}, most=1)
    [{'feature': 'b', 'mean_effect': 0.3}]
    """
    ranked = sorted(weights.items(), key=lambda pair: -pair[1])[:most]
    return [{"feature": name, "mean_effect": effect} for name, effect in ranked]
