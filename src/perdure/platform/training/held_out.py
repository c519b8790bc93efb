"""Does it travel? Regions that are left out of training altogether, then asked about."""

from __future__ import annotations

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.platform.training.evidence import SERVED, Answered, measure
from perdure.platform.training.plan import label_column
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.splits import Plan
from perdure.platform.training.tables import slice_case
from perdure.platform.training.trials import LearnerFactory, fit

HELD_OUT = "(held out)"
_METRICS = ("auc", "ap", "lift@0.10", "rows", "positives")


def held_out_regions(
    case: str,
    rows: LabelledRows,
    plan: Plan,
    learner: LearnerFactory,
    settings: TrainingSettings,
    seed: int,
) -> list[Measured]:
    """Each of ``settings.holdout_regions`` measured by a model without any of its rows.

    Asked about the report rows of the plan, and learnt from the dates before them. A region
    without both outcomes there only tells its size.
    """
    if not settings.region or not settings.holdout_regions:
        return []
    regions = label_column(rows, settings.region, "region")
    asked = np.logical_or.reduce([f.test for turn in plan.rounds for f in turn.report])
    learnt = np.logical_or.reduce([f.train for turn in plan.rounds for f in turn.report])
    found: list[Measured] = []
    for region in settings.holdout_regions:
        test = asked & (regions == region)
        name = f"{slice_case(case, settings.region, region)} {HELD_OUT}"
        found += _measured(name, rows, learnt & (regions != region), test, learner, settings, seed)
    return found


def _measured(
    name: str,
    rows: LabelledRows,
    train: np.ndarray[tuple[int], np.dtype[np.bool_]],
    test: np.ndarray[tuple[int], np.dtype[np.bool_]],
    learner: LearnerFactory,
    settings: TrainingSettings,
    seed: int,
) -> list[Measured]:
    y = rows.y[test]
    size, positives = len(y), int(y.sum())
    if not 0 < positives < size:
        return [
            Measured(name, "data", "rows", size, n=size),
            Measured(name, "data", "positives", positives, n=size),
        ]
    model = fit(learner, rows, train, seed)
    answered = Answered(name, y, rows.cluster[test], {SERVED: model.raw(rows.X[test])})
    return [row for row in measure(answered, settings) if row.metric in _METRICS]
