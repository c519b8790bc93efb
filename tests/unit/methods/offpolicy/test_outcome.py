"""Outcome models: no row is predicted by a model that saw its entity."""

import numpy as np
import pytest

from perdure.kernel.errors import ContractError, NotEnoughData, UsageError
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.outcome import cross_fitted, fold_of
from perdure.methods.offpolicy.ridge import RidgeByAction
from perdure.methods.offpolicy.uplift import asked_about, best_by_model, difference, one_for_all


def test_rows_of_an_entity_are_predicted_by_models_of_others():
    rng = np.random.default_rng(0)
    entity = rng.integers(0, 30, 300)
    seen: list[set[int]] = []

    def remember(X, action, outcome, actions):
        trained = set(X[:, 0].astype(int).tolist())
        seen.append(trained)

        def predict(Z):
            assert not trained & set(Z[:, 0].astype(int).tolist())
            return np.zeros((len(Z), actions))

        return predict

    cross_fitted(
        entity[:, None].astype(float), np.arange(300) % 3, rng.random(300),
        actions=3, fit=remember, entity=entity, folds=5,
    )  # fmt: skip
    assert len(seen) == 5
    assert set.union(*seen) == set(entity.tolist())


def test_folds_are_even_and_of_a_known_number():
    counts = np.bincount(fold_of(103, folds=4, seed=1))
    assert counts.max() - counts.min() <= 1
    with pytest.raises(UsageError):
        fold_of(10, folds=6)
    with pytest.raises(NotEnoughData, match="1 entities"):
        fold_of(10, ["one"] * 10)


def test_an_action_of_one_fold_only_is_named():
    action = np.zeros(20, dtype=np.int64)
    action[3] = 1
    with pytest.raises(NotEnoughData, match="action 1 is in one fold only"):
        cross_fitted(np.zeros((20, 1)), action, np.zeros(20), actions=2, fit=RidgeByAction())


def test_a_model_that_answers_in_another_form_is_refused():
    with pytest.raises(ContractError, match="q: has the shape"):
        cross_fitted(
            np.zeros((20, 1)), np.arange(20) % 2, np.zeros(20), actions=2,
            fit=lambda X, a, y, k: lambda Z: np.zeros(len(Z)),
        )  # fmt: skip
    with pytest.raises(ContractError, match=r"action: is no action"):
        cross_fitted(np.zeros((4, 1)), [0, 1, 2, 3], np.zeros(4), actions=2, fit=RidgeByAction())


def test_a_line_is_found_and_a_constant_column_is_ignored():
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.normal(50, 5, 500), np.full(500, 0.1), rng.random(500)])
    action = rng.integers(0, 2, 500)
    y = 3 + X[:, 0] * np.where(action == 1, 2.0, -1.0)
    q = RidgeByAction(penalty=1e-6)(X, action, y, 2)(X)
    assert q[np.arange(500), action] == pytest.approx(y, rel=1e-6)
    with pytest.raises(UsageError):
        RidgeByAction(penalty=0)


def trial(n=6_000, crossing=1.0, seed=0):
    """A randomised trial of two actions; with ``crossing`` each suits half of the people."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    action = rng.integers(0, 2, n)
    gain = crossing * X[:, 0] - 0.2
    reward = 1 + action * gain + rng.normal(0, 0.5, n)
    return X, action, reward


def gain_of_personalising(crossing, seed):
    """Personalised minus nothing for all, learned on one half and measured on the other."""
    X, action, reward = trial(crossing=crossing, seed=seed)
    learned, held = slice(0, 3_000), slice(3_000, None)
    q = RidgeByAction()(X[learned], action[learned], reward[learned], 2)(X[held])
    crossed = cross_fitted(X[held], action[held], reward[held], actions=2, fit=RidgeByAction())
    log = BanditLog(action[held], reward[held], np.full(3_000, 0.5), best_by_model(q), crossed)
    return difference(dr(log), dr(asked_about(log, one_for_all(3_000, 2, 0))))


def test_personalising_wins_where_people_differ():
    found = [gain_of_personalising(1.0, seed) for seed in range(60)]
    assert all(gain.low > 0 for gain in found)
    # E max(0, Z - .2) of a normal Z is phi(.2) - .2 * (1 - Phi(.2)).
    assert sum(gain.low < 0.3069 < gain.high for gain in found) >= 53


def test_personalising_does_not_win_where_nobody_differs():
    assert not any(gain_of_personalising(0.0, seed).low > 0 for seed in range(60))


def test_a_paired_difference_is_narrower_and_of_one_log():
    _, action, reward = trial()
    log = BanditLog(action, reward, np.full(6_000, 0.5), one_for_all(6_000, 2, 0))
    mostly = one_for_all(6_000, 2, 0)
    mostly[:10] = mostly[:10, ::-1]
    one, two = ips(log), ips(asked_about(log, mostly))
    paired = difference(one, two)
    assert paired.value == pytest.approx(one.value - two.value)
    assert paired.se < 0.2 * np.hypot(one.se, two.se)
    assert difference(one, one).se == 0
    shorter = BanditLog(action[:9], reward[:9], np.full(9, 0.5), mostly[:9])
    with pytest.raises(ContractError, match="do not pair"):
        difference(one, ips(shorter))


def test_only_what_is_eligible_is_best():
    with pytest.raises(ContractError, match=r"eligible\[1\]: nothing is eligible"):
        best_by_model(np.zeros((2, 2)), np.array([[True, True], [False, False]]))
    with pytest.raises(UsageError):
        one_for_all(3, 2, 2)
