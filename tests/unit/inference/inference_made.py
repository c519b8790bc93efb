"""The parts of the tiny solution, named by reference as a real manifest names its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from perdure.kernel.config import Settings
from perdure.kernel.features import Aggregation, FeatureSet, FeatureView
from perdure.kernel.labels import LabelContract
from perdure.kernel.solution import Solution
from perdure.kernel.tables import Column, TableContract
from perdure.methods.boosting import Boosting
from perdure.methods.isotonic import Isotonic
from perdure.platform.features.materialise import features_table, materialise, publish
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.training.card import make_card
from perdure.platform.training.context import Candidate
from perdure.platform.training.profiles import number_profile, profile_columns
from perdure.platform.training.tabular import Inputs, TabularPredictor

AT = datetime(2025, 1, 1)
CASE = "Brand"
NAME = "tiny/brand"
MOMENTS = (
    Column("event_time", "timestamp", "when"),
    Column("known_at", "timestamp", "since when known"),
)
TABLES = (
    TableContract(
        "physician",
        "who",
        (
            Column("npi", "string", "physician"),
            Column("specialty", "string", "specialty", nullable=True),
            Column("territory", "string", "territory"),
            *MOMENTS,
        ),
        keys=("npi",),
    ),
    TableContract(
        "claims",
        "prescriptions",
        (
            Column("npi", "string", "physician"),
            Column("product", "string", "product"),
            Column("claims", "number", "claims"),
            *MOMENTS,
        ),
        keys=("npi", "product", "event_time"),
    ),
)


class TinySettings(Settings):
    """Nothing to set."""


def features(settings, case) -> FeatureSet:
    return FeatureSet(
        "tiny",
        "npi",
        "physician",
        (
            FeatureView(
                "claims",
                "npi",
                "claims",
                (
                    Aggregation(
                        "claims", "sum", "claims of the class", "claims", windows=("6mo", "12mo")
                    ),
                ),
            ),
            FeatureView(
                "who",
                "npi",
                "physician",
                (
                    Aggregation("specialty", "last", "specialty", "specialty"),
                    Aggregation("territory", "last", "sales territory", "territory"),
                ),
            ),
        ),
        categorical=("specialty", "territory"),
        excluded=("territory",),
    )


def label(settings, case) -> LabelContract:
    return LabelContract(
        "first", "physician", "npi", "claims", "claims", "product = 'x'", "true", minimum_market=5
    )


_HERE = "inference_made"
SOLUTION = Solution(
    "tiny",
    "Tiny",
    "who?",
    "000",
    "classifier",
    "physician",
    settings=f"{_HERE}:TinySettings",
    tables=f"{_HERE}:TABLES",
    features=f"{_HERE}:features",
    label=f"{_HERE}:label",
)


@dataclass(frozen=True)
class Trained:
    feature_digest: str
    table: str = "training.tiny.brand"
    version: int = 0
    inputs: dict = field(default_factory=dict)
    label_digest: str = "a" * 64
    index_dates: tuple = (datetime(2024, 7, 1),)

    def frame(self):
        return pa.table({})


def tables(n: int = 300, seed: int = 0) -> dict[str, pa.Table]:
    rng = np.random.default_rng(seed)
    npi = [f"{i:05d}" for i in range(n)]
    then = pa.array([datetime(2024, 9, 1)] * n, pa.timestamp("us"))
    specialty = rng.choice(["GP", "ENT", None], n, p=[0.5, 0.4, 0.1]).tolist()
    return {
        "physician": pa.table(
            {
                "npi": npi,
                "specialty": pa.array(specialty, pa.string()),
                "territory": rng.choice(["north", "south"], n).tolist(),
                "event_time": then,
                "known_at": then,
                "_sequence": np.arange(n),
            }
        ),
        "claims": pa.table(
            {
                "npi": npi,
                "product": (["x"] * 20 + ["y"] * n)[:n],
                "claims": np.concatenate([rng.integers(0, 200, n - 10), np.zeros(10)]).astype(
                    float
                ),
                "event_time": then,
                "known_at": then,
                "_sequence": np.arange(n),
            }
        ),
    }


def fill(project) -> None:
    project.ops.migrate()
    for name, table in tables().items():
        project.lake.append(name, table, key=f"first-{name}")
    made = materialise(project, "tiny", CASE, features(None, CASE), contracts(), AT)
    publish(project, "tiny", CASE, made)
    promote(project, seed=0)


def contracts() -> dict[str, TableContract]:
    return {contract.name: contract for contract in TABLES}


def promote(project, seed: int):
    """A new champion, trained on outcomes drawn with ``seed``."""
    registry = Registry(project)
    digest = features(None, CASE).digest()
    made = registry.register(candidate(project, seed), SOLUTION, CASE, training=Trained(digest))
    champion = registry.champion(NAME)
    gate = GateReport(
        made.reference,
        champion.reference if champion else None,
        (Check("all", "passed", "good", "good"),),
    )
    return registry.promote(made.reference, actor="ann", reason="test", gate=gate)


def candidate(project, seed: int) -> Candidate:
    rows = project.lake.read(features_table("tiny", CASE))
    inputs = Inputs.of(rows, features(None, CASE).inputs())
    X = inputs.matrix(rows)
    rng = np.random.default_rng(seed)
    y = (rng.random(len(X)) < 1 / (1 + np.exp(2 - np.nan_to_num(X[:, 0]) / 50))).astype(float)
    learner = Boosting(rounds=20, min_leaf=10).fit(
        X, y, names=inputs.names, categorical=inputs.categorical, seed=seed
    )
    model = TabularPredictor(inputs, learner, Isotonic().fit(learner.raw(X), y))
    profiles = profile_columns(rows, list(inputs.names))
    profiles["score"] = number_profile(pa.array(model.predict(rows))).as_dict()
    return Candidate(
        files=model.to_files(),
        evidence=[],
        profiles=profiles,
        signature={},
        card=make_card("Tiny", {}),
        smoke=rows.slice(0, 5).select(list(inputs.names)),
    )


def other_features(settings, case) -> FeatureSet:
    return FeatureSet("tiny", "npi", "physician", features(settings, case).declarations[:1])
