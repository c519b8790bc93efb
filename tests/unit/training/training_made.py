"""A small world with a known answer: 1,500 entities, several index dates, a label column."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from perdure.kernel.features import Derived, FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.solution import IntendedUse, Solution
from perdure.methods.boosting import Boosting
from perdure.methods.isotonic import Isotonic
from perdure.methods.logistic import Logistic
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.settings import TrainingSettings

FEATURES = ("volume", "share", "age", "specialty", "state")
LEARNERS = {"logistic": lambda: Logistic(), "lightgbm": lambda: Boosting(rounds=20, min_leaf=20)}
BASELINES = {"volume": "volume", "young": "-age", "constant": lambda table: np.ones(table.num_rows)}
QUICK = TrainingSettings(folds=3, replicates=50, capacity=5, minimum_territory=20)


@dataclass(frozen=True)
class Set:
    rows: pa.Table
    table: str = "training.demo.x"
    version: int = 3
    inputs: dict = field(default_factory=lambda: {"claims": 7})
    feature_digest: str = "f" * 64
    label_digest: str = "l" * 64

    @property
    def index_dates(self):
        return sorted({moment.as_py() for moment in self.rows.column("at").unique()})

    def frame(self) -> pa.Table:
        return self.rows


def world(
    entities: int = 1500, dates: tuple[datetime, ...] = (datetime(2024, 1, 1),), seed: int = 0
) -> pa.Table:
    """Rows whose outcome follows volume, share and specialty; a tenth of them is censored."""
    rng = np.random.default_rng(seed)
    volume = rng.lognormal(3, 1, entities)
    share = rng.random(entities)
    specialty = rng.choice(["GP", "ENT", "Cardiology"], entities)
    state = rng.choice([f"S{i:02d}" for i in range(12)], entities)
    frames = []
    for at in dates:
        z = np.log(volume) + 2 * share + (specialty == "ENT") - 6.0
        y = rng.random(entities) < 1 / (1 + np.exp(-z))
        label = pa.array(y.astype(np.int8), mask=rng.random(entities) < 0.1, type=pa.int8())
        age = np.where(rng.random(entities) < 0.3, np.nan, rng.normal(50, 10, entities))
        frames.append(
            pa.table(
                {
                    "entity": [f"{i:06d}" for i in range(entities)],
                    "at": pa.array([at] * entities, pa.timestamp("us")),
                    "label": label,
                    "volume": volume,
                    "share": share,
                    "age": pa.array(age, from_pandas=True),
                    "specialty": specialty.tolist(),
                    "state": state.tolist(),
                }
            )
        )
    return pa.concat_tables(frames)


USE = IntendedUse(
    developer="Data team, data@example.org",
    funding="Own means",
    intended_use="Rank physicians",
    population="Physicians",
    users="Representatives",
    decision_role="informs",
    cautions=("Not for patients",),
    limitations=("One country",),
    fairness_approach="Slices are measured",
    sensitive_features="None",
)
SOLUTION = Solution("demo", "Demo", "who converts?", "000", "classifier", "physician", use=USE)
LABEL = LabelContract(
    "first", "physician", "npi", "claims", "claims", "product = 'x'", "true", window_months=6
)


def context_of(rows: pa.Table, settings: TrainingSettings = QUICK, **changes) -> TrainingContext:
    made = TrainingContext(
        project=None,
        solution=SOLUTION,
        case="X",
        settings=type("Settings", (), {"training": settings})(),
        feature_set=FeatureSet(
            "demo",
            "npi",
            "physician",
            tuple(Derived(name, "1", f"what {name} means") for name in FEATURES),
            categorical=("specialty", "state"),
            excluded=("state",),
        ),
        label=LABEL,
        training_set=Set(rows),
    )
    return replace(made, **changes)


def train(rows: pa.Table, settings: TrainingSettings = QUICK, **changes):
    from perdure.platform.training.classifier import train_classifier

    return train_classifier(
        context_of(rows, settings, **changes),
        learners=LEARNERS,
        baselines=BASELINES,
        calibrator=Isotonic,
    )
