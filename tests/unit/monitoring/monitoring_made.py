"""A small world with months of claims, a solution over it, and a champion trained on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from perdure.kernel.clock import add_months
from perdure.kernel.config import Settings
from perdure.kernel.evidence import Measured
from perdure.kernel.features import Aggregation, FeatureSet, FeatureView
from perdure.kernel.labels import LabelContract
from perdure.kernel.solution import Solution
from perdure.kernel.tables import Column, TableContract
from perdure.methods.isotonic import Isotonic
from perdure.methods.logistic import Logistic
from perdure.platform.features.materialise import materialise, read_features
from perdure.platform.inference.population import score_population
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.training.card import make_card
from perdure.platform.training.context import Candidate
from perdure.platform.training.metrics import auc, average_precision
from perdure.platform.training.profiles import number_profile, profile_columns
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.tabular import Inputs, TabularPredictor

CASE = "Brand"
NAME = "watched/brand"
PEOPLE = 1_500
START = datetime(2023, 1, 31)
TRAINED = datetime(2024, 6, 30)
NOW = datetime(2025, 3, 31)
MOMENTS = (
    Column("event_time", "timestamp", "when"),
    Column("known_at", "timestamp", "since when known"),
)
TABLES = (
    TableContract(
        "physician",
        "who",
        (Column("npi", "string", "physician"), Column("specialty", "string", "field"), *MOMENTS),
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


class WatchedSettings(Settings):
    """Nothing to set."""


class SlicedSettings(Settings):
    """The training settings, for their slices."""

    training: TrainingSettings = TrainingSettings(slices=("specialty", "absent"))


def features(settings, case) -> FeatureSet:
    claims = Aggregation("claims", "sum", "claims of the class", "claims", windows=("6mo",))
    specialty = Aggregation("specialty", "last", "field", "specialty")
    return FeatureSet(
        "watched",
        "npi",
        "physician",
        (
            FeatureView("claims", "npi", "claims", (claims,)),
            FeatureView("who", "npi", "physician", (specialty,)),
        ),
        categorical=("specialty",),
    )


def label(settings, case) -> LabelContract:
    return LabelContract(
        "first", "physician", "npi", "claims", "claims", "product = 'x'", "true", minimum_market=5
    )


_HERE = "monitoring_made"
SOLUTION = Solution(
    "watched",
    "Watched",
    "who?",
    "000",
    "classifier",
    "physician",
    settings=f"{_HERE}:WatchedSettings",
    tables=f"{_HERE}:TABLES",
    features=f"{_HERE}:features",
    label=f"{_HERE}:label",
)


@dataclass(frozen=True)
class Trained:
    feature_digest: str
    table: str = "training.watched.brand"
    version: int = 0
    inputs: dict = field(default_factory=dict)
    label_digest: str = "a" * 64
    index_dates: tuple = (TRAINED,)

    def frame(self):
        return pa.table({})


def months(until: datetime) -> list[datetime]:
    found, at = [], START
    while at <= until:
        found.append(at)
        at = add_months(START, len(found))
    return found


def world(until: datetime, *, seed: int = 0) -> dict[str, pa.Table]:
    """Volumes that differ between people; those with more write ``x`` earlier."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(2.0, 20.0, PEOPLE)
    npi = np.array([f"{i:05d}" for i in range(PEOPLE)])
    chance = 0.02 * level / level.mean()
    rows: dict[str, list] = {"npi": [], "product": [], "claims": [], "event_time": []}
    writes = np.zeros(PEOPLE, bool)
    for at in months(until):
        writes |= rng.random(PEOPLE) < chance
        for product, chosen in (("y", np.ones(PEOPLE, bool)), ("x", writes)):
            rows["npi"] += npi[chosen].tolist()
            rows["product"] += [product] * int(chosen.sum())
            rows["claims"] += rng.poisson(level[chosen]).astype(float).tolist()
            rows["event_time"] += [at] * int(chosen.sum())
    return {
        "physician": stamped(
            {
                "npi": npi.tolist(),
                "specialty": rng.choice(["GP", "ENT", "URO"], PEOPLE).tolist(),
                "event_time": [START] * PEOPLE,
            }
        ),
        "claims": stamped(rows),
    }


def stamped(rows: dict[str, list]) -> pa.Table:
    table = pa.table(rows)
    when = table["event_time"].cast(pa.timestamp("us"))
    table = table.set_column(table.schema.get_field_index("event_time"), "event_time", when)
    return table.append_column("known_at", when).append_column(
        "_sequence", pa.array(np.arange(table.num_rows))
    )


def contracts() -> dict[str, TableContract]:
    return {contract.name: contract for contract in TABLES}


def fill(project, until: datetime = NOW) -> None:
    project.ops.migrate()
    for name, table in world(until).items():
        project.lake.append(name, table, key=f"first-{name}")


def make(project, at: datetime) -> None:
    """Features of everyone at a date, and their scores by the champion."""
    materialise(project, "watched", CASE, features(None, CASE), contracts(), at)
    champion = Registry(project).champion(NAME)
    if champion:
        score_population(project, SOLUTION, CASE, at, champion.reference)


def promote(project) -> str:
    """A champion trained on the features and outcomes of one date."""
    from perdure.platform.features.labels import compute_labels

    made = materialise(project, "watched", CASE, features(None, CASE), contracts(), TRAINED)
    outcomes = compute_labels(project, label(None, CASE), contracts(), [TRAINED], NOW)
    known = {r["entity"]: r["label"] for r in outcomes.to_pylist() if r["label"] is not None}
    table = read_features(project, made)
    rows = table.filter(pa.array([e in known for e in table["entity"].to_pylist()]))
    y = np.array([known[e] for e in rows["entity"].to_pylist()], float)
    inputs = Inputs.of(rows, features(None, CASE).inputs())
    X = inputs.matrix(rows)
    learner = Logistic().fit(X, y, names=inputs.names, categorical=inputs.categorical)
    model = TabularPredictor(inputs, learner, Isotonic().fit(learner.raw(X), y))
    p = model.predict(rows)
    profiles = profile_columns(rows, list(inputs.names), np.arange(len(y)) % 10)
    profiles["score"] = number_profile(pa.array(p), np.arange(len(y)) % 10).as_dict()
    candidate = Candidate(
        files=model.to_files(),
        evidence=[
            Measured(CASE, "served", "auc", auc(y, p), auc(y, p) - 0.04, auc(y, p) + 0.04, len(y)),
            Measured(CASE, "served", "ap", average_precision(y, p), None, None, len(y)),
        ],
        profiles=profiles,
        signature={},
        card=make_card("Watched", {}),
        smoke=rows.slice(0, 5).select(list(inputs.names)),
    )
    registry = Registry(project)
    trained = Trained(features(None, CASE).digest())
    version = registry.register(candidate, SOLUTION, CASE, training=trained)
    gate = GateReport(version.reference, None, (Check("all", "passed", "good", "good"),))
    return registry.promote(version.reference, actor="ann", reason="test", gate=gate).reference
