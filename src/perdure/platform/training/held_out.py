"""Does it travel? Regions that are left out of training altogether, then asked about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.platform.training.context import Floats
from perdure.platform.training.evidence import SERVED, Answered, measure
from perdure.platform.training.plan import label_column
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.splits import Plan
from perdure.platform.training.tables import slice_case
from perdure.platform.training.trials import Competitor, fit_one

HELD_OUT = "(held out)"
_METRICS = ("auc", "ap", "lift@0.10", "rows", "positives")


def held_out_regions(
    case: str,
    rows: LabelledRows,
    plan: Plan,
    learners: Mapping[str, Competitor],
    chosen: str,
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
        if not _both_outcomes(rows.y[test]):
            found += _sizes(name, rows.y[test])
            continue
        model = fit_one(chosen, learners, rows, learnt & (regions != region), seed)
        answered = Answered(
            name, rows.y[test], rows.cluster[test], {SERVED: model.raw(rows.X[test])}
        )
        found += [row for row in measure(answered, settings) if row.metric in _METRICS]
    return found


def _both_outcomes(y: Floats) -> bool:
    return bool(0 < y.sum() < len(y))


def _sizes(name: str, y: Floats) -> list[Measured]:
    return [
        Measured(name, "data", "rows", len(y), n=len(y)),
        Measured(name, "data", "positives", int(y.sum()), n=len(y)),
    ]
