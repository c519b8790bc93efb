"""Proposals and policy: everyone scored is proposed, ties are broken by the raw score."""

import json

import pyarrow as pa
import pytest

from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table
from perdure.solutions.conversion.decide import propose

ROWS = pa.table(
    {
        "entity": ["a", "b", "c"],
        "raw": [0.1, 0.9, 0.5],
        "probability": [0.2, 0.2, 0.7],
        "territory": ["IA-1", None, "NE-1"],
        "reasons": ["[]", '[{"feature": "x", "value": 1.0, "effect": 0.3, "text": "X"}]', "[]"],
    }
)


def test_best_first_and_the_raw_score_breaks_ties(yearly):
    made = propose(yearly, "VOLTAREN", ROWS)
    assert made["entity"].to_list() == ["c", "b", "a"]
    assert made["score"].to_list() == pytest.approx([0.7, 0.2, 0.2], abs=1e-5)
    assert made["score"].n_unique() == 3
    assert made["territory"].to_list() == ["NE-1", "", "IA-1"]
    assert set(made["action"]) == {"contact"}


def test_doing_nothing_is_always_an_alternative_and_reasons_go_along(yearly):
    made = propose(yearly, "VOLTAREN", ROWS)
    assert all(json.loads(text) == {"none": 0.0} for text in made["alternatives"])
    assert json.loads(made["reasons"][1])[0]["text"] == "X"


def test_the_platform_takes_the_proposals_as_they_are(yearly):
    from datetime import datetime

    policy = yearly.decision.policy("conversion", "VOLTAREN")
    made = proposal_table(propose(yearly, "VOLTAREN", ROWS), policy, datetime(2014, 1, 1))
    assert made.height == 3
    assert set(made["channel"]) == {"call"}


def test_rows_without_territory_and_reasons_can_be_proposed(yearly):
    made = propose(yearly, "VOLTAREN", ROWS.select(["entity", "raw", "probability"]))
    assert set(made["territory"]) == {""}
    assert set(made["reasons"]) == {"[]"}


def test_nobody_scored_gives_no_proposal(yearly):
    assert propose(yearly, "VOLTAREN", ROWS.slice(0, 0)).is_empty()


def test_the_policy_is_the_settings_and_each_brand_draws_its_own_hold_out(yearly):
    one = yearly.decision.policy("conversion", "VOLTAREN")
    other = yearly.decision.policy("conversion", "LOTEMAX")
    assert isinstance(one, DecisionPolicy)
    assert (one.capacity, one.holdout_share, one.contact_cap) == (20, 0.1, 4)
    assert one.experiment != other.experiment
    assert one.consent_channels == ("email",)
