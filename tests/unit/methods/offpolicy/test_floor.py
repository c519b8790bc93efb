"""When no number is given, and what is said instead."""

from dataclasses import replace

import numpy as np
import pytest
from offpolicy_cases import by_hand

from perdure.methods.offpolicy.estimate import Estimate, ModelValue, Refusal
from perdure.methods.offpolicy.evaluation import evaluate
from perdure.methods.offpolicy.floor import Floor, judge
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.snips import snips
from perdure.methods.offpolicy.switch import switch_dr


def even(n=1_000, **changed):
    """A log at one half each; by default the policy always takes action 0."""
    rng = np.random.default_rng(0)
    given = {
        "action": rng.integers(0, 2, n), "reward": rng.random(n), "propensity": np.full(n, 0.5),
        "target": np.tile([1.0, 0.0], (n, 1)), "q": np.full((n, 2), 0.5),
    }  # fmt: skip
    return by_hand(**(given | changed))


def test_enough_evidence_passes_as_it_is():
    found = ips(even())
    assert judge(found) is found
    assert [type(a) for a in evaluate(even())] == [Estimate] * 4 + [ModelValue]


def test_too_few_effective_rows_are_refused_in_words():
    found = judge(ips(even(150)))
    assert isinstance(found, Refusal)
    assert "effective sample size" in found.words()
    assert "below the floor of 100 (150 rows)" in found.words()
    assert not hasattr(found, "value")
    assert isinstance(judge(ips(even(150)), Floor(ess=20)), Estimate)


def test_the_floor_grows_with_the_log():
    n = 40_000
    rare = np.zeros(n, dtype=np.int64)
    rare[:300] = 1
    log = even(
        n, action=rare, propensity=np.where(rare == 1, 300 / n, 1 - 300 / n),
        target=np.tile([0.0, 1.0], (n, 1)),
    )  # fmt: skip
    assert ips(log).ess == pytest.approx(300)
    assert "below the floor of 400 (40,000 rows)" in judge(ips(log)).words()


def test_known_missing_overlap_is_refused():
    n = 1_000
    log = even(
        n, action=np.zeros(n, dtype=np.int64), propensity=np.ones(n),
        logging=np.tile([1.0, 0.0], (n, 1)), target=np.tile([0.9, 0.1], (n, 1)),
    )  # fmt: skip
    assert "10.0% of the policy's decisions" in judge(ips(log)).words()
    assert isinstance(judge(ips(replace(log, target=log.logged))), Estimate)


def test_missing_overlap_shows_in_the_mean_weight():
    n = 1_000
    log = even(
        n,
        action=np.zeros(n, dtype=np.int64),
        propensity=np.ones(n),
        target=np.tile([0.7, 0.3], (n, 1)),
    )
    assert ips(log).support.overlap == pytest.approx(0.7)
    assert "the mean weight is 0.70, so about 30%" in judge(snips(log)).words()


def test_wrong_propensities_show_in_the_mean_weight():
    log = even(propensity=np.full(1_000, 0.25))
    assert "propensities are not those that were used" in judge(ips(log)).words()


def test_a_policy_that_would_do_what_is_not_allowed_has_no_overlap():
    mask = np.tile([True, False], (1_000, 1))
    halves = np.full((1_000, 2), 0.5)
    log = even(action=np.zeros(1_000, dtype=np.int64), eligible=mask, target=halves)
    assert "50.0% of the policy's decisions" in judge(ips(log)).words()


def test_no_matching_row_is_no_number():
    log = even(action=np.ones(1_000, dtype=np.int64))
    words = judge(snips(log)).words()
    assert "effective sample size is 0.0" in words
    assert "not a number" in words


def test_few_entities_carry_no_interval():
    log = even(entity=np.arange(1_000) % 5)
    assert "5 entities, below the floor of 30" in judge(ips(log)).words()


def test_switched_to_the_model_throughout_is_the_model_alone():
    found = judge(switch_dr(even(), tau=1.0))
    assert "answered by the model alone" in found.words()


def test_a_model_is_not_shown_where_nothing_else_is():
    answers = evaluate(even(50))
    assert all(isinstance(answer, Refusal) for answer in answers)
    assert answers[-1].method == "dm"
