"""Who competes to be served, and which simple rules they must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perdure.methods.blend import Blend
from perdure.methods.boosting import Boosting
from perdure.methods.isotonic import Isotonic
from perdure.methods.logistic import Logistic
from perdure.platform.training.classifier import train_classifier
from perdure.platform.training.contest import Baseline
from perdure.platform.training.context import Candidate, TrainingContext
from perdure.platform.training.trials import Combination, Competitor
from perdure.solutions.conversion.settings import ConversionSettings, ModelSettings


def train(context: TrainingContext) -> Candidate:
    """The best of a logistic regression, boosted trees and their weighted mean on unseen rows."""
    settings: ConversionSettings = context.settings
    return train_classifier(
        context,
        learners=learners(settings.model),
        baselines=baselines(settings),
        calibrator=Isotonic,
    )


def learners(settings: ModelSettings) -> dict[str, Competitor]:
    """Ways to make each competitor, by name."""

    def line() -> Logistic:
        return Logistic(C=settings.logistic_c, clip=settings.logistic_clip)

    def trees() -> Boosting:
        return Boosting(
            rounds=settings.trees,
            learning_rate=settings.learning_rate,
            leaves=settings.leaves,
            min_leaf=settings.minimum_leaf,
            subsample=settings.row_share,
            colsample=settings.column_share,
            l2=settings.l2,
            bags=settings.bags,
        )

    def blend(members: Sequence[Any]) -> Blend:
        share = settings.logistic_weight
        return Blend(tuple(members), (share, 1 - share))

    mean = Combination(("logistic", "lightgbm"), blend)
    return {"blend": mean, "logistic": line, "lightgbm": trees}


def baselines(settings: ConversionSettings) -> dict[str, Baseline]:
    """Rules that anybody could use: most prescriptions, most brands, most peers who write it."""
    families, window = settings.features.families, settings.features.windows[-1]
    peers = "peers_shared" if "network" in families else "peers_specialty_state"
    rules: dict[str, tuple[str, Baseline]] = {
        "volume": ("claims", f"market_claims_{window}"),
        "brand-share": ("practice", "brand_share"),
        "peers": ("peers", peers),
    }
    return {name: rule for name, (family, rule) in rules.items() if family in families}
