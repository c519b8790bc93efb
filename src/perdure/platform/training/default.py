"""The trainer of a solution that names none: the platform's classifier with the usual methods."""

from __future__ import annotations

from collections.abc import Mapping

from perdure.kernel.refs import load
from perdure.platform.training.classifier import train_classifier
from perdure.platform.training.contest import Baseline
from perdure.platform.training.context import Candidate, TrainingContext

LEARNERS: Mapping[str, str] = {
    "logistic": "perdure.methods.logistic:Logistic",
    "lightgbm": "perdure.methods.boosting:Boosting",
}
CALIBRATOR = "perdure.methods.isotonic:Isotonic"
"""By reference: the platform holds no mathematics of its own, and methods know no platform."""


def train(context: TrainingContext) -> Candidate:
    """Logistic regression against boosted trees, beside the rules that the settings name.

    The manifest's ``baselines`` are rules by name; ``settings.baselines`` says by which column
    each ranks. A name without an entry there ranks by the column of that name.
    """
    columns: Mapping[str, Baseline] = getattr(context.settings, "baselines", None) or {}
    return train_classifier(
        context,
        learners={name: load(reference) for name, reference in LEARNERS.items()},
        baselines={name: columns.get(name, name) for name in context.solution.baselines},
        calibrator=load(CALIBRATOR),
    )
