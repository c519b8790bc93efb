"""The release gate, row by row: what passes, what fails, what cannot be known yet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registry_made import CASE, SOLUTION, candidate, evidence

from perdure.kernel.evidence import Measured
from perdure.platform.registry.gate import GateReport, judge
from perdure.platform.training.settings import GateSettings

CARD = candidate().card


def checks(rows, champion=None, solution=SOLUTION, card=CARD, **settings):
    made = judge(CASE, rows, champion, solution, GateSettings(**settings), card)
    return {check.name: check for check in made}


def states(*args, **kwargs):
    return {name: check.state for name, check in checks(*args, **kwargs).items()}


def test_good_evidence_passes_every_check():
    found = states(evidence())
    assert found.pop("champion") == "not-applicable"
    assert found.pop("constraints") == "not-applicable"
    assert set(found.values()) == {"passed"}


def test_a_simple_rule_that_breaks_a_constraint_is_no_alternative():
    lost = {"served - share__ap": (-0.01, -0.02, -0.001), "served - volume__ap": (0.05, 0.03, 0.07)}
    assert checks(evidence(**lost))["baselines"].state == "failed"
    check = checks(evidence(**lost, share__admissible=(0,)))["baselines"]
    assert check.state == "passed"
    assert "breaks a constraint: share" in check.measured
    assert checks(evidence(**lost, share__admissible=(1,)))["baselines"].state == "failed"


def test_a_constraint_that_was_broken_once_fails():
    broken = evidence(**{"constraint__deferred donor contacted": (1,)})
    check = checks(broken)["constraints"]
    assert (check.state, "1 of 15,000" in check.measured) == ("failed", True)
    kept = evidence(**{"constraint__deferred donor contacted": (0,)})
    assert states(kept)["constraints"] == "passed"


def test_the_best_simple_rule_counts_not_the_worst():
    rows = evidence(**{"served - share__ap": (0.01, -0.01, 0.03)})
    check = checks(rows)["baselines"]
    assert check.state == "failed"
    assert "'share'" in check.measured


@pytest.mark.parametrize("low", [0.0, -0.001])
def test_a_difference_whose_interval_touches_zero_does_not_pass(low):
    rows = evidence(**{"served - share__ap": (0.04, low, 0.06)})
    assert states(rows)["baselines"] == "failed"


def test_a_rule_that_was_not_measured_is_named_and_one_must_be():
    rows = evidence(volume__ap=(None,))
    check = checks(rows)["baselines"]
    assert check.state == "passed"
    assert "not measured: volume" in check.measured
    assert states(evidence(volume__ap=(None,), share__ap=(None,)))["baselines"] == "failed"


def test_without_a_paired_difference_the_interval_must_clear_the_rule():
    bare = {"served - volume__ap": (None,), "served - share__ap": (None,)}
    assert states(evidence(**bare))["baselines"] == "passed"
    close = evidence(**bare, share__ap=(0.085, 0.07, 0.1))
    assert states(close)["baselines"] == "failed"


def test_a_paired_difference_to_the_champion_decides():
    def with_difference(*interval):
        rows = {"served - champion__ap": interval, "champion__ap": (0.1, 0.08, 0.12)}
        return evidence(**rows)

    champion = evidence(served__ap=(0.5, 0.4, 0.6))
    assert states(with_difference(0.01, -0.01, 0.03), champion)["champion"] == "passed"
    assert states(with_difference(-0.02, -0.03, -0.01), champion)["champion"] == "failed"
    strict = {"champion_rule": "better"}
    assert states(with_difference(0.01, -0.01, 0.03), champion, **strict)["champion"] == "failed"
    assert states(with_difference(0.02, 0.01, 0.03), champion, **strict)["champion"] == "passed"


def test_a_champion_measured_elsewhere_is_compared_by_intervals():
    assert states(evidence(), evidence(served__ap=(0.11, 0.09, 0.13)))["champion"] == "passed"
    assert states(evidence(), evidence(served__ap=(0.20, 0.18, 0.22)))["champion"] == "failed"
    assert states(evidence(), evidence(served__ap=(None,)))["champion"] == "not-knowable"


@pytest.mark.parametrize(
    ("ratio", "state"),
    [
        ((1.03, 0.9, 1.2), "passed"),
        ((1.5, 0.9, 2.5), "passed"),
        ((1.5, 1.3, 1.8), "failed"),
        ((0.6, 0.5, 0.75), "failed"),
        ((1.5, None, None), "not-knowable"),
        ((float("nan"), None, None), "not-knowable"),
    ],
)
def test_calibration_of_the_best_tenth(ratio, state):
    check = checks(evidence(**{"served__top-decile-calibration": ratio}))["calibration"]
    assert check.state == state
    if ratio[0] == 1.5 and state == "passed":
        assert "not shown to be off" in check.measured


def test_too_few_outcomes_is_an_own_state_that_does_not_pass():
    few = evidence(data__positives=25, **{"served - share__ap": (0.04, -0.02, 0.09)})
    found = checks(few)
    assert found["outcomes"].state == "not-knowable"
    assert "not knowable yet" in found["outcomes"].measured
    assert found["baselines"].state == "not-knowable"
    assert not GateReport("x@1", None, tuple(found.values())).passed


def test_the_settings_may_let_the_unknowable_pass_and_the_report_says_so():
    few = evidence(data__positives=25, **{"served - share__ap": (0.04, -0.02, 0.09)})
    found = checks(few, allow_not_knowable=True)
    assert found["outcomes"].state == "acknowledged"
    assert "let pass by the settings" in found["baselines"].measured
    assert GateReport("x@1", None, tuple(found.values())).passed


def test_too_few_outcomes_excuse_no_tripwire_and_no_card():
    few = evidence(data__positives=25, **{"feature:claims__auc": 0.999})
    assert states(few, allow_not_knowable=True)["single-feature"] == "failed"
    assert states(few, allow_not_knowable=True, card={})["card"] == "failed"


def test_tripwires_block_until_acknowledged():
    leaky = evidence(served__auc=(0.99, 0.98, 1.0), **{"feature:cost_next_year__auc": 0.97})
    found = checks(leaky)
    assert found["single-feature"].state == "failed"
    assert "cost_next_year 0.970" in found["single-feature"].measured
    assert found["ceiling"].state == "failed"
    known = {"acknowledged": ("ceiling", "feature:cost_next_year")}
    assert states(leaky, **known)["single-feature"] == "acknowledged"
    assert states(leaky, **known)["ceiling"] == "acknowledged"


def test_a_feature_that_stands_out_from_all_others_blocks_until_acknowledged():
    leaky = evidence(**{"feature:cost_next_year__auc": 0.84})
    check = checks(leaky)["single-feature-jump"]
    assert (check.state, check.measured) == ("failed", "cost_next_year 0.840, next claims 0.700")
    assert states(leaky, single_feature_jump=0.2)["single-feature-jump"] == "passed"
    known = states(leaky, acknowledged=("feature:cost_next_year",))
    assert known["single-feature-jump"] == "acknowledged"


def test_an_incomplete_card_is_named():
    card = {**CARD, "attributes": [dict(a) for a in CARD["attributes"]]}
    card["attributes"][1]["value"] = ""
    check = checks(evidence(), card=card)["card"]
    assert (check.state, check.measured) == ("failed", "missing: Funding source")


def test_an_unmeasured_primary_metric_fails():
    assert states(evidence(served__ap=(None,)))["metric"] == "failed"
    assert states(evidence(served__ap=(float("nan"),)))["metric"] == "failed"


def test_a_policy_is_judged_by_its_value_alone():
    policy = replace(
        SOLUTION, kind="policy", primary_metric="value-per-day", baselines=("calendar",)
    )
    rows = [
        Measured(CASE, "served", "value-per-day", 12.0, 11.0, 13.0, 200),
        Measured(CASE, "calendar", "value-per-day", 10.0, 9.5, 10.5, 200),
    ]
    found = states(rows, solution=policy)
    assert found["baselines"] == "passed"
    for name in ("outcomes", "calibration", "single-feature", "ceiling", "champion"):
        assert found[name] == "not-applicable"


def test_a_loss_is_better_when_smaller():
    response = replace(
        SOLUTION,
        kind="response",
        primary_metric="log-loss",
        greater_is_better=False,
        baselines=("seasonal", "flat"),
    )
    rows = [
        Measured(CASE, "served", "log-loss", 0.30, 0.28, 0.32, 200),
        Measured(CASE, "seasonal", "log-loss", 0.40, 0.38, 0.42, 200),
        Measured(CASE, "flat", "log-loss", 0.60, 0.58, 0.62, 200),
        Measured(CASE, "served - seasonal", "log-loss", -0.10, -0.12, -0.08, 200),
    ]
    check = checks(rows, solution=response)["baselines"]
    assert check.state == "passed"
    assert "'seasonal'" in check.measured
    champion = [Measured(CASE, "served", "log-loss", 0.20, 0.18, 0.22, 200)]
    assert states(rows, champion, solution=response)["champion"] == "failed"


def test_verdicts_say_the_same_as_checks():
    report = GateReport("x@1", None, tuple(checks(evidence(served__ap=(None,))).values()))
    assert [v.holds for v in report.verdicts()] == [c.holds for c in report.checks]
    assert report.as_dict()["passed"] is False
    assert "metric (not measured)" in report.refusal()


@pytest.mark.parametrize(
    ("simulated", "logged", "state"),
    [
        ((0.02, 0.01, 0.03), (-0.02, -0.03, -0.01), "failed"),
        ((-0.02, -0.03, -0.01), (0.02, 0.01, 0.03), "failed"),
        ((0.0, -0.01, 0.01), (0.02, 0.01, 0.03), "passed"),
        ((0.02, 0.01, 0.03), (0.0, -0.01, 0.01), "passed"),
        ((0.0, -0.01, 0.01), (0.0, -0.01, 0.01), "failed"),
    ],
)
def test_the_own_log_can_forbid_and_settle_but_not_undo_a_loss(simulated, logged, state):
    rows = evidence(**{"served - champion__ap": simulated})
    rows.append(Measured(CASE, "served - champion (own log)", "return in 3 months", *logged, 900))
    check = checks(rows, champion=evidence(), champion_rule="better")["champion"]
    assert check.state == state
    assert "own log, return in 3 months" in check.measured
