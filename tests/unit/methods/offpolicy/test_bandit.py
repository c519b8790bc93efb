"""Estimators of single decisions: counted by hand, and laws that hold for any log."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from offpolicy_cases import by_hand, logs

from perdure.kernel.errors import ContractError, UsageError
from perdure.methods.offpolicy.direct import dm
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.estimate import ModelValue
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.ratios import IntervalBy
from perdure.methods.offpolicy.snips import snips
from perdure.methods.offpolicy.support import effective_sample_size
from perdure.methods.offpolicy.switch import chosen_tau, switch_dr

WEIGHTED = (ips, snips, dr, switch_dr)


def test_values_counted_by_hand():
    log = by_hand()
    assert log.weights == pytest.approx([1.6, 0.5, 0.4, 2.0], rel=1e-15)
    # (1.6 + 2) / 4 and (1.6 + 2) / 4.5
    assert ips(log).value == pytest.approx(0.9, rel=1e-15)
    assert snips(log).value == pytest.approx(0.8, rel=1e-15)
    # .8 * .5 + .2 * .25 = .45 twice, .2 * .25 + .8 * .5 = .45, .5
    assert dm(log).value == pytest.approx((0.45 * 3 + 0.5) / 4, rel=1e-15)
    # + 1.6 * .5, .5 * -.25, .4 * -.25, 2 * .5
    corrections = np.array([0.8, -0.125, -0.1, 1.0])
    assert dr(log).value == pytest.approx((1.85 + corrections.sum()) / 4, rel=1e-15)
    assert switch_dr(log, tau=1.0).value == pytest.approx((1.85 - 0.225) / 4, rel=1e-15)
    assert ips(log, clip=1.0).value == pytest.approx(0.5, rel=1e-15)


def test_evidence_and_errors_counted_by_hand():
    found = ips(by_hand())
    assert found.ess == pytest.approx(4.5**2 / (1.6**2 + 0.5**2 + 0.4**2 + 2.0**2), rel=1e-14)
    assert found.support.max_weight == pytest.approx(2.0, rel=1e-15)
    terms = np.array([1.6, 0.0, 0.0, 2.0])
    assert found.se == pytest.approx(terms.std(ddof=1) / 2, rel=1e-14)
    assert found.high - found.value == pytest.approx(1.959963984540054 * found.se, rel=1e-12)
    ratio = snips(by_hand())
    influence = np.array([1.6 * 0.2, 0.5 * -0.8, 0.4 * -0.8, 2 * 0.2]) / 1.125
    assert ratio.se == pytest.approx(np.sqrt(4 / 3 * (influence**2).sum()) / 4, rel=1e-14)


def test_rows_of_one_entity_count_as_one():
    once = by_hand()
    twice = by_hand(
        **{f.name: np.repeat(getattr(once, f.name), 2, axis=0) for f in fields(once)[:5]},
        entity=np.repeat(list("abcd"), 2),
    )
    for estimator in WEIGHTED:
        alone, paired = estimator(once), estimator(twice)
        assert paired.value == pytest.approx(alone.value, rel=1e-14)
        assert paired.se == pytest.approx(alone.se, rel=1e-12)
        assert paired.support.units == 4


def test_a_models_answer_has_no_interval():
    assert {f.name for f in fields(ModelValue)} == {"method", "value", "n"}
    assert not hasattr(dm(by_hand()), "low")
    with pytest.raises(TypeError):
        ModelValue("dm", 0.5, 4, low=0.4, high=0.6)


@given(logs())
def test_without_a_model_doubly_robust_is_weighting(log):
    blank = replace(log, q=np.zeros(log.policy.shape))
    assert dr(blank).value == pytest.approx(ips(log).value, rel=1e-12, abs=1e-12)


@given(logs())
def test_asked_about_itself_a_log_gives_its_mean(log):
    own = replace(log, target=log.logged)
    mean = log.rewards.mean()
    assert ips(own).value == pytest.approx(mean, rel=1e-9, abs=1e-12)
    assert snips(own).value == pytest.approx(mean, rel=1e-9, abs=1e-12)
    assert own.weights == pytest.approx(1)
    assert ips(own).ess == pytest.approx(len(log))


@given(logs())
def test_self_normalised_values_stay_within_the_rewards_and_move_with_them(log):
    found = snips(log)
    assert log.rewards.min() - 1e-9 <= found.value <= log.rewards.max() + 1e-9
    moved = snips(replace(log, reward=log.rewards + 10))
    assert moved.value == pytest.approx(found.value + 10, rel=1e-9)
    assert moved.se == pytest.approx(found.se, rel=1e-6, abs=1e-9)


@given(logs())
def test_switching_nothing_is_doubly_robust_and_clipping_nothing_is_plain(log):
    most = float(log.weights.max())
    assert switch_dr(log, tau=most).value == dr(log).value
    assert ips(log, clip=most).value == ips(log).value
    assert 0 < switch_dr(log).parameters["tau"] <= most


@given(logs(entity=True))
def test_intervals_hold_their_value_and_sizes_are_bounded(log):
    for estimator in WEIGHTED:
        found = estimator(log)
        if found.support.units > 1:
            assert found.low <= found.value <= found.high
        assert 1 - 1e-9 <= found.ess <= len(log) + 1e-9
        assert found.support.overlap == pytest.approx(1)


def test_tiny_and_huge_weights_have_an_effective_size():
    assert effective_sample_size(np.array([1e-200, 1e-200])) == pytest.approx(2)
    assert effective_sample_size(np.array([1e200, 1e200, 1e200])) == pytest.approx(3)
    assert effective_sample_size(np.zeros(3)) == 0


def test_a_threshold_is_chosen_where_one_weight_rules_and_not_where_none_does():
    n, rng = 2_000, np.random.default_rng(1)
    propensity = np.full(n, 0.5)
    propensity[0] = 0.0005
    reward = 10 * rng.random(n)
    target = np.tile([1.0, 0.0], (n, 1))
    q = np.full((n, 2), 5.0)
    ruled = by_hand(
        action=np.zeros(n, int), reward=reward, propensity=propensity, target=target, q=q,
        logging=np.column_stack([propensity, 1 - propensity]),
    )  # fmt: skip
    assert chosen_tau(ruled) == 2.0
    even = replace(ruled, propensity=np.full(n, 0.5), logging=np.full((n, 2), 0.5))
    assert chosen_tau(even) == even.weights.max()


def test_what_the_log_tells_of_all_actions_is_used_for_the_threshold():
    told = by_hand(logging=[[0.5, 0.5], [0.6, 0.4], [0.5, 0.5], [0.75, 0.25]])
    # 1.6 and .4, 4/3 and .5, .4 and 1.6, 2/3 and 2: above 1.5 stand .8, 0, .8 and .5 of the policy
    assert switch_dr(told, tau=1.5).parameters["model_share"] == pytest.approx(2.1 / 4)
    assert switch_dr(by_hand(), tau=1.5).parameters["model_share"] == pytest.approx(3.6 / 4)


@pytest.mark.parametrize("estimator", WEIGHTED)
def test_a_bootstrap_agrees_with_the_normal_interval_and_repeats(estimator):
    rng, n = np.random.default_rng(2), 3_000
    taken = rng.integers(0, 2, n)
    chance = rng.choice([0.3, 0.7], n)
    log = by_hand(
        action=taken, reward=(rng.random(n) < 0.2 + 0.3 * taken).astype(float), propensity=chance,
        target=np.tile([0.4, 0.6], (n, 1)), q=np.tile([0.2, 0.5], (n, 1)),
        entity=rng.integers(0, 900, n),
    )  # fmt: skip
    normal, drawn = estimator(log), estimator(log, by=IntervalBy(draws=1_000, seed=3))
    assert drawn.value == normal.value
    assert drawn.high - drawn.low == pytest.approx(normal.high - normal.low, rel=0.12)
    again = estimator(log, by=IntervalBy(draws=1_000, seed=3))
    assert (again.low, again.high) == (drawn.low, drawn.high)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"reward": [1.0, np.nan, 0.0, 1.0]}, r"reward\[1\]: is no number"),
        ({"propensity": [0.5, 0.0, 0.5, 0.25]}, r"propensity\[1\].*Expected above 0"),
        ({"propensity": [0.5, 0.4, 1.5, 0.25]}, r"propensity\[2\]"),
        ({"target": [[0.8, 0.3], [0.8, 0.2], [0.2, 0.8], [0.5, 0.5]]}, r"target\[0\].*add up"),
        ({"target": [[1.2, -0.2], [0.8, 0.2], [0.2, 0.8], [0.5, 0.5]]}, r"target\[0, 0\]"),
        ({"target": [[1.0], [1.0], [1.0], [1.0]]}, r"action\[1\]: has no column"),
        ({"action": [0, 1, -1, 1]}, r"action\[2\]"),
        ({"action": [0.0, 1.0, 0.0, 1.0]}, "action: holds float64. Expected whole numbers"),
        ({"action": []}, "action: holds float64|holds no decision"),
        ({"reward": [1.0, 0.0]}, r"reward: has the shape \(2,\). Expected \(4,\)"),
        ({"reward": ["a", "b", "c", "d"]}, "reward: holds no numbers"),
        ({"q": [[0.5, np.inf]] * 4}, r"q\[0, 1\]"),
        ({"eligible": [[True, True], [True, False], [True, True], [True, True]]},
         r"action\[1\]: was taken although it was not eligible"),
        ({"eligible": [[1, 1]] * 4}, "eligible: holds int64. Expected true or false"),
        ({"logging": [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.75, 0.25]]}, r"logging\[1\]"),
        ({"entity": ["a", "b"]}, "entity: has the shape"),
    ],
)  # fmt: skip
def test_a_wrong_log_is_refused_by_place(changed, told):
    with pytest.raises(ContractError, match=told):
        by_hand(**changed)


def test_what_an_estimator_lacks_is_named():
    with pytest.raises(ContractError, match=r"q: is needed.*cross_fitted"):
        dr(by_hand(q=None))
    with pytest.raises(ContractError, match="target: is needed for every action"):
        dm(by_hand(target=[0.8, 0.2, 0.2, 0.5]))
    assert ips(by_hand(target=[0.8, 0.2, 0.2, 0.5], q=None)).value == ips(by_hand()).value
    for wrong in (
        lambda: ips(by_hand(), clip=0),
        lambda: switch_dr(by_hand(), tau=0),
        lambda: IntervalBy(draws=5),
    ):
        with pytest.raises(UsageError):
            wrong()
