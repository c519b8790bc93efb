"""Sums of doubles depend on the order of their terms: features must not depend on that of rows."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from features_cases import CONTRACTS, EVERYTHING, spine_of, tables

from perdure.kernel.features import Aggregation, FeatureSet, FeatureView
from perdure.platform.features.compute import compute_features

SUMS = FeatureSet(
    "sums",
    "npi",
    "physician",
    (
        FeatureView(
            "claims",
            "npi",
            "claims",
            (
                Aggregation("cost", "sum", "cost", value="cost"),
                Aggregation("mean", "mean", "mean", value="cost", windows=("3mo",)),
                Aggregation("stock", "adstock", "adstock", value="cost", half_life_days=30.0),
            ),
        ),
    ),
)
"""Nothing that asks for the last row: then rows are not ranked by time."""


@pytest.fixture(scope="module")
def world():
    """Costs over many orders of magnitude, so that almost any other order changes a sum."""
    rng = np.random.default_rng(3)
    start, cities = datetime(2024, 1, 1), ("A", "B")
    minutes = rng.choice(500_000, 4_000, replace=False)  # all different: nothing is restated
    times = [start + timedelta(minutes=int(m)) for m in minutes]
    claims = [
        {
            "npi": str(n % 20),
            "product": "xy"[n % 2],
            "market": "m",
            "claims": int(rng.integers(1, 9)),
            "cost": float(np.exp(rng.normal(0, 8))),
            "event_time": at,
            "known_at": at,
            "_sequence": n,
        }
        for n, at in enumerate(times)
    ]
    people = [
        {"npi": str(n), "city": cities[n % 2], "specialty": "s", "event_time": start,
         "known_at": start, "_sequence": n}
        for n in range(20)
    ]  # fmt: skip
    return {"claims": claims, "physician": people, "shared": []}


@pytest.mark.parametrize("declared", [SUMS, EVERYTHING], ids=["sums", "everything"])
def test_the_order_of_stored_rows_changes_no_bit_of_a_feature(world, declared):
    spine = spine_of([(str(n), datetime(2025, 1, 1)) for n in range(20)])
    stored = tables(world)
    order = np.random.default_rng(4).permutation(stored["claims"].num_rows)
    moved = {**stored, "claims": stored["claims"].take(pa.array(order))}
    found = compute_features(stored, declared, CONTRACTS, spine)
    assert compute_features(moved, declared, CONTRACTS, spine).equals(found)
    assert found["stock"].null_count < found.num_rows
