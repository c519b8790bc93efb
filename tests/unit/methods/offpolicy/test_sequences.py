"""Estimators of sequences, on a world of two steps whose value is counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offpolicy_cases import DISCOUNT, REWARD, TARGET, TRUE_Q0, TRUE_VALUE, every_path

from perdure.kernel.errors import ContractError
from perdure.methods.offpolicy.estimate import Refusal
from perdure.methods.offpolicy.fitted_q import fitted_q, fqe
from perdure.methods.offpolicy.floor import judge
from perdure.methods.offpolicy.per_decision import pdis, wpdis
from perdure.methods.offpolicy.ridge import RidgeByAction
from perdure.methods.offpolicy.trajectories import TrajectoryLog
from perdure.methods.offpolicy.weighted_doubly_robust import wdr

EXACT = RidgeByAction(penalty=1e-9)


def test_every_path_once_gives_the_value_counted_by_hand():
    log, _ = every_path()
    assert pdis(log).value == pytest.approx(TRUE_VALUE, rel=1e-14)
    assert wpdis(log).value == pytest.approx(TRUE_VALUE, rel=1e-14)


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6))
def test_weighted_doubly_robust_is_right_whatever_the_model_says(values):
    _, states = every_path()
    # A value for each of state 0 at step 0 and both states at step 1, and each action.
    table = np.array(values).reshape(3, 2)
    where = np.stack([np.zeros(4, dtype=int), 1 + states[:, 1].argmax(axis=1)], axis=1)
    log, _ = every_path(q=table[where])
    assert wdr(log).value == pytest.approx(TRUE_VALUE, rel=1e-12)


def test_fitted_action_values_are_those_of_the_world():
    log, states = every_path(repeats=10)
    q = fitted_q(log, states, fit=EXACT)
    assert q[:, 0] == pytest.approx(np.tile(TRUE_Q0, (40, 1)), abs=1e-6)
    assert q[:, 1] == pytest.approx(REWARD[states[:, 1].argmax(axis=1)], abs=1e-6)
    assert fqe(log, q).value == pytest.approx(TRUE_VALUE, abs=1e-6)
    assert not hasattr(fqe(log, q), "low")


def test_a_sequence_that_has_ended_adds_nothing_and_keeps_its_weight():
    short = TrajectoryLog(
        [[0, 9], [1, 0]], [[1.0, np.nan], [0.0, 2.0]], [[0.5, np.nan], [0.5, 0.5]],
        [[1.0, np.nan], [1.0, 0.5]], alive=[[True, False], [True, True]],
    )  # fmt: skip
    assert short.weights.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    # (2 * 1 + 2 * 2) / 2, and 2 / 4 * 1 + 2 / 4 * 2
    assert pdis(short).value == 3.0
    assert wpdis(short).value == 1.5
    assert pdis(short).ess_by_step == (2.0, 2.0)


def test_the_effective_size_of_each_step_is_told_and_the_least_one_judged():
    log, _ = every_path(repeats=100)
    found = wpdis(log)
    first = (2 * 0.5 + 2 * 1.5) ** 2 / (2 * 0.5**2 + 2 * 1.5**2) * 100
    assert found.ess_by_step[0] == pytest.approx(first)
    assert found.ess == min(found.ess_by_step)
    assert judge(found) is found
    few = judge(wpdis(every_path(repeats=5)[0]))
    assert isinstance(few, Refusal)


def drawn(rng, n):
    """Sequences of the same world under the logging policy, noise on the rewards."""
    paths = rng.integers(0, 2, (n, 2))
    states = np.column_stack([np.zeros(n, dtype=int), paths[:, 0]])
    reward = REWARD[states, paths] + rng.normal(0, 0.5, (n, 2))
    one_hot = np.eye(2)[states]
    half = np.full((n, 2), 0.5)
    given = {"action": paths, "reward": reward, "propensity": half, "target": TARGET[states]}
    plain = TrajectoryLog(**given, discount=DISCOUNT)
    return TrajectoryLog(**given, discount=DISCOUNT, q=fitted_q(plain, one_hot))


def test_intervals_of_sequences_cover_the_true_value():
    rng = np.random.default_rng(5)
    covered = {pdis: 0, wpdis: 0, wdr: 0}
    widths = dict.fromkeys(covered, 0.0)
    for _ in range(300):
        log = drawn(rng, 300)
        for estimator in covered:
            found = estimator(log)
            covered[estimator] += found.low <= TRUE_VALUE <= found.high
            widths[estimator] += found.high - found.low
    assert all(270 <= count <= 299 for count in covered.values()), covered
    assert widths[wdr] < widths[wpdis] < widths[pdis]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"alive": [[True, False, True]]}, r"alive\[0, 2\]: the sequence had ended before"),
        ({"alive": [[False, False, False]]}, "the sequence holds no decision"),
        ({"propensity": [[0.5, 0.0, 0.5]]}, r"propensity\[0, 1\]"),
        ({"reward": [[0.0, 1.0]]}, r"reward: has the shape \(1, 2\)"),
        ({"target": [[0.5, 1.1, 0.5]]}, r"target\[0, 1\]"),
        ({"target": [[[0.5, 0.6]] * 3]}, r"target\[0, 0\].*add up"),
        ({"target": [[[1.0]] * 3]}, r"action\[0, 1\]: is no action"),
        ({"action": [0, 1, 0]}, "action: has the shape"),
        ({"discount": 0.0}, "discount: is 0.0"),
        ({"discount": 1.5}, "discount: is 1.5"),
    ],
)
def test_wrong_sequences_are_refused_by_place(changed, told):
    right = {
        "action": [[0, 1, 0]], "reward": [[0.0, 1.0, 0.0]], "propensity": [[0.5, 0.5, 0.5]],
        "target": [[1.0, 1.0, 1.0]],
    }  # fmt: skip
    with pytest.raises(ContractError, match=told):
        TrajectoryLog(**(right | changed))


def test_what_a_sequence_estimator_lacks_is_named():
    log, _ = every_path()
    with pytest.raises(ContractError, match="q: is needed"):
        wdr(log)
    taken = TrajectoryLog([[0]], [[1.0]], [[0.5]], [[1.0]])
    with pytest.raises(ContractError, match="target: is needed"):
        fitted_q(taken, np.zeros((1, 1, 1)))
    with pytest.raises(ContractError, match="states: has the shape"):
        fitted_q(log, np.zeros((4, 3, 1)))
    with pytest.raises(ContractError, match="q: has the shape"):
        fqe(log, np.zeros((4, 1, 2)))
