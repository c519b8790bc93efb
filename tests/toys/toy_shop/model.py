"""Counts of items by group: training, evidence, and the model itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from perdure.kernel.evidence import Measured
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.training.card import ATTRIBUTES, make_card
from perdure.platform.training.context import Candidate, TrainingContext

EVERYONE = ""


@dataclass(frozen=True)
class Popularity:
    """How often each group took each item; the group ``""`` is everyone."""

    counts: dict[str, dict[str, int]]
    inputs: tuple[str, ...] = ("buyers", "item")

    @classmethod
    def of(cls, rows: pa.Table) -> Popularity:
        told: dict[str, Counter[str]] = {EVERYONE: Counter()}
        for group, item in zip(rows["buyers"].to_pylist(), rows["item"].to_pylist(), strict=True):
            told.setdefault(group, Counter())[item] += 1
            told[EVERYONE][item] += 1
        return cls({group: dict(sorted(found.items())) for group, found in sorted(told.items())})

    def best(self, group: str, most: int) -> list[str]:
        """The items that a group takes most often."""
        found = self.counts.get(group) or self.counts[EVERYONE]
        return sorted(found, key=lambda item: (-found[item], item))[:most]

    def predict(self, table: pa.Table) -> np.ndarray:
        """The share of each item in its group."""
        pairs = zip(table["buyers"].to_pylist(), table["item"].to_pylist(), strict=True)
        return np.array([self._share(group, item) for group, item in pairs], float)

    def _share(self, group: str | None, item: str | None) -> float:
        found = self.counts.get(group or EVERYONE) or self.counts[EVERYONE]
        return found.get(item or "", 0) / max(sum(found.values()), 1)


def train(context: TrainingContext) -> Candidate:
    """Count the older four fifths, measure on the newest fifth, then count everything."""
    rows = context.training_set.read("sales").sort_by("event_time")
    rows = rows.filter(pa.compute.equal(rows["case"], context.case))
    cut = rows.num_rows * 4 // 5
    early, late = Popularity.of(rows.slice(0, cut)), rows.slice(cut)
    served = _hits(late, lambda group: early.best(group, 3))
    plain = _hits(late, lambda _group: early.best(EVERYONE, 3))
    model = Popularity.of(rows)
    smoke = rows.slice(0, 20).select(["buyers", "item"])
    return Candidate(
        files={"counts.json": json.dumps(model.counts).encode()},
        evidence=[
            _measured(context.case, "served", served),
            _measured(context.case, "everyone", plain),
            _measured(context.case, "served - everyone", served - plain),
        ],
        profiles={"rows": rows.num_rows},
        signature={"inputs": list(model.inputs), "output": "share"},
        card=make_card("Toy shop", {key: f"About {key}." for _, _, key, _ in ATTRIBUTES}),
        smoke=smoke.append_column("_expected", pa.array(model.predict(smoke))),
        report={"notes": []},
    )


def load(bundle: ModelBundle) -> Popularity:
    """The model of a bundle."""
    return Popularity(json.loads(bundle.files()["counts.json"]))


def _hits(rows: pa.Table, best) -> np.ndarray:
    pairs = zip(rows["buyers"].to_pylist(), rows["item"].to_pylist(), strict=True)
    return np.array([item in best(group) for group, item in pairs], float)


def _measured(case: str, method: str, hits: np.ndarray) -> Measured:
    mean, error = float(hits.mean()), 1.96 * float(hits.std()) / max(len(hits), 1) ** 0.5
    return Measured(case, method, "hit@3", mean, mean - error, mean + error, len(hits))
