"""Every feature equals the oracle on small random worlds; nothing known later changes anything."""

import features_oracle as oracle
from features_cases import (
    CONTRACTS,
    EVERYTHING,
    spine_of,
    spines,
    tables,
    worlds,
)
from hypothesis import HealthCheck, given, settings

from perdure.platform.features.compute import compute_features

calm = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def agree(found, wanted):
    for row, (got, due) in enumerate(zip(found, wanted, strict=True)):
        for name, value in due.items():
            assert oracle.same(got[name], value), f"row {row}, {name}: {got[name]} not {value}"


@calm
@given(worlds, spines)
def test_features_equal_the_oracle(world, spine):
    found = compute_features(tables(world), EVERYTHING, CONTRACTS, spine_of(spine)).to_pylist()
    assert [(r["entity"], r["at"]) for r in found] == spine
    agree(found, oracle.features(world, CONTRACTS, EVERYTHING, spine))
