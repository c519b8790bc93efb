"""Small candidates made by hand: a logistic regression, evidence, a complete card."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from perdure.kernel.evidence import Measured
from perdure.kernel.solution import Solution
from perdure.methods.isotonic import Isotonic
from perdure.methods.logistic import Logistic
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.training.card import ATTRIBUTES, make_card
from perdure.platform.training.context import Candidate
from perdure.platform.training.tabular import Inputs, TabularPredictor

SOLUTION = Solution(
    "demo", "Demo", "who?", "000", "classifier", "physician", baselines=("volume", "share")
)
CASE = "Brand X"
NAME = "demo/brand-x"


@dataclass(frozen=True)
class Trained:
    table: str = "training.demo.brand-x"
    version: int = 3
    inputs: dict = field(default_factory=lambda: {"claims": 7})
    feature_digest: str = "f" * 64
    label_digest: str = "a" * 64
    index_dates: tuple = (datetime(2024, 1, 1), datetime(2024, 7, 1))

    def frame(self):
        return pa.table({})


def rows(n: int = 400, seed: int = 0) -> tuple[pa.Table, np.ndarray]:
    rng = np.random.default_rng(seed)
    claims = rng.lognormal(3, 1, n)
    specialty = rng.choice(["GP", "ENT"], n)
    y = (rng.random(n) < 1 / (1 + np.exp(4 - np.log(claims)))).astype(float)
    missing = rng.random(n) < 0.2
    table = pa.table({"claims": pa.array(claims, mask=missing), "specialty": specialty.tolist()})
    return table, y


def predictor(seed: int = 0, learner=Logistic) -> TabularPredictor:
    table, y = rows(seed=seed)
    inputs = Inputs.of(table)
    X = inputs.matrix(table)
    made = learner().fit(X, y, names=inputs.names, categorical=inputs.categorical)
    return TabularPredictor(inputs, made, Isotonic().fit(made.raw(X), y))


def evidence(**changes: float | tuple) -> list[Measured]:
    """Evidence that passes the gate; ``changes`` replace ``METHOD__METRIC`` rows."""
    told: dict[str, tuple] = {
        "data__positives": (338,),
        "served__ap": (0.10, 0.08, 0.12),
        "served__auc": (0.84, 0.82, 0.86),
        "served__top-decile-calibration": (1.03, 0.9, 1.2),
        "volume__ap": (0.05, 0.04, 0.06),
        "share__ap": (0.06, 0.05, 0.07),
        "served - volume__ap": (0.05, 0.03, 0.07),
        "served - share__ap": (0.04, 0.02, 0.06),
        "feature:claims__auc": (0.70,),
        "feature:patients__auc": (0.66,),
    }
    told.update(
        {key: value if isinstance(value, tuple) else (value,) for key, value in changes.items()}
    )
    return [
        Measured(CASE, *key.split("__"), *value, n=15000)  # type: ignore[misc]
        for key, value in told.items()
        if value[0] is not None
    ]


def candidate(seed: int = 0, learner=Logistic, **changes) -> Candidate:
    model = predictor(seed, learner)
    smoke = rows(20, seed)[0]
    made = Candidate(
        files=model.to_files(),
        evidence=evidence(),
        profiles={"rows": 400, "columns": {}},
        signature={"output": "probability", "learner": "logistic"},
        card=make_card("Demo", {key: f"about {key}" for _, _, key, _ in ATTRIBUTES}),
        smoke=smoke.append_column("_expected", pa.array(model.predict(smoke))),
        report={"split": "by hand", "nothing": float("nan")},
    )
    return replace(made, **changes)


def passing(reference: str, champion: str | None = None) -> GateReport:
    return GateReport(reference, champion, (Check("all", "passed", "good", "good"),))


def register(registry: Registry, seed: int = 0, **changes):
    return registry.register(candidate(seed, **changes), SOLUTION, CASE, training=Trained())


def serve(registry: Registry, seed: int):
    """Register and promote a candidate made from ``seed``."""
    made = register(registry, seed)
    champion = registry.champion(NAME)
    gate = passing(made.reference, champion.reference if champion else None)
    return registry.promote(made.reference, actor="ann", reason=f"seed {seed}", gate=gate)
