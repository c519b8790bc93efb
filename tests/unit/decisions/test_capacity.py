"""Places in a territory: by score, by lot, with the hold-out beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from perdure.kernel.errors import UsageError
from perdure.platform.decisions.history import CONTACTS, DECIDED, History
from perdure.platform.decisions.limits import enforce
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table, with_arms
from perdure.platform.decisions.restrictions import SCHEMA

AT = datetime(2026, 3, 1, 6)
POLICY = DecisionPolicy(capacity=20, holdout_share=0.2)


def crowd(count: int = 2_000, territories: int = 5) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "entity": np.arange(count).astype(str),
            "action": "visit",
            "score": rng.permutation(count) / count,
            "territory": (np.arange(count) % territories).astype(str),
        }
    )


def place(frame: pl.DataFrame, policy: DecisionPolicy, *standing: tuple[object, ...]):
    table = with_arms(proposal_table(frame, policy, AT), policy, "test")
    history = History(
        pl.DataFrame(schema=CONTACTS), pl.DataFrame(list(standing), schema=DECIDED, orient="row")
    )
    restrictions = pl.DataFrame(schema=SCHEMA)
    return enforce(table, restrictions=restrictions, history=history, policy=policy, at=AT)


def test_each_territory_gets_its_best_up_to_its_capacity() -> None:
    found = place(crowd(), POLICY)
    treated = found.kept.filter(pl.col("arm") == "treated")
    assert treated.group_by("territory").len()["len"].to_list() == [20] * 5
    worst = found.kept.group_by("territory").agg(worst=pl.col("score").min())
    beyond = found.blocked.join(worst, on="territory")
    assert (beyond["score"] < beyond["worst"]).all()
    assert found.counts() == {"capacity": found.blocked.height}


def test_holdouts_ride_along_without_taking_a_place() -> None:
    found = place(crowd(20_000, 10), replace(POLICY, capacity=100))
    share = (found.kept["arm"] == "holdout").mean()
    assert share == pytest.approx(0.2, abs=0.04)


def test_ranks_count_the_treated_without_gaps() -> None:
    kept = place(crowd(), POLICY).kept.filter(pl.col("arm") == "treated")
    ranks = kept.sort("territory", "score", descending=[False, True]).group_by("territory")
    for _, rows in ranks:
        assert rows["rank"].to_list() == list(range(1, 21))


def test_open_actions_hold_their_places() -> None:
    before, later = AT - timedelta(days=2), AT + timedelta(days=20)
    standing = [(f"x{i}", before, later, "treated", True, "0", True) for i in range(8)] + [
        ("y1", before, later, "holdout", True, "0", True),
        ("y2", before, later, "treated", False, "0", True),
        ("y3", before, later, "treated", True, "0", False),
        ("y4", before, AT, "treated", True, "0", True),
    ]
    treated = place(crowd(), POLICY, *standing).kept.filter(pl.col("arm") == "treated")
    assert dict(treated.group_by("territory").len().rows())["0"] == 12


def test_a_territory_may_have_its_own_capacity() -> None:
    policy = replace(POLICY, capacities={"0": 3, "1": 0})
    treated = place(crowd(), policy).kept.filter(pl.col("arm") == "treated")
    assert dict(treated.group_by("territory").len().rows()) == {"0": 3, "2": 20, "3": 20, "4": 20}


def test_without_a_capacity_all_are_kept() -> None:
    assert place(crowd(), replace(POLICY, capacity=None)).kept.height == 2_000


def test_starts_seconds_apart_do_not_multiply_the_capacity() -> None:
    frame = crowd().with_columns(start=AT + pl.duration(seconds=pl.int_range(pl.len())))
    treated = place(frame, POLICY).kept.filter(pl.col("arm") == "treated")
    assert treated.group_by("territory").len()["len"].to_list() == [20] * 5


def test_a_plan_has_its_places_in_each_period() -> None:
    policy = replace(POLICY, valid_days=7, holdout_share=0.0)
    frame = crowd().with_columns(start=AT + pl.duration(days=7 * (pl.int_range(pl.len()) // 1_000)))
    kept = place(frame, policy).kept
    assert kept.group_by("territory", "start").len()["len"].to_list() == [20] * 10


def test_some_places_go_by_lot_and_say_with_which_chance() -> None:
    policy = replace(POLICY, exploration_share=0.25, holdout_share=0.0)
    kept = place(crowd(), policy).kept
    assert kept.group_by("territory").len()["len"].to_list() == [20] * 5
    drawn = kept.filter(pl.col("propensity") < 1)
    assert drawn.group_by("territory").len()["len"].to_list() == [5] * 5
    # 400 in each territory, 15 of them by score: 5 of 385 by lot.
    assert drawn["propensity"].to_numpy() == pytest.approx(5 / 385)
    assert drawn["score"].mean() < kept.filter(pl.col("propensity") == 1)["score"].min()


def test_propensity_is_the_chance_of_the_arm() -> None:
    kept = place(crowd(), POLICY).kept
    chances = dict(kept.group_by("arm").agg(pl.col("propensity").unique()).rows())
    assert {arm: found[0] for arm, found in chances.items()} == pytest.approx(
        {"treated": 0.8, "holdout": 0.2}
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"holdout_share": 1.0},
        {"exploration_share": -0.1},
        {"valid_days": -1},
        {"minimum_gap_days": float("nan")},
        {"actions_per_entity": 0},
        {"capacity": -1},
        {"capacities": {"a": -1}},
        {"quiet_hours": (8, 25)},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong) -> None:
    with pytest.raises(UsageError):
        DecisionPolicy(**wrong)


def test_a_policy_comes_back_from_its_json_form() -> None:
    import json
    from dataclasses import asdict

    policy = DecisionPolicy(quiet_hours=(21, 8), quiet_channels=("sms",), capacities={"a": 1})
    again = DecisionPolicy.from_dict(json.loads(json.dumps(asdict(policy))))
    assert again == policy
    assert again.digest() == policy.digest()
