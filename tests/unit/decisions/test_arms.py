"""Draws that can be drawn again: hold-outs and stochastic policies."""

from __future__ import annotations

import numpy as np
import pytest

from perdure.platform.decisions.arms import choose, epsilon_soft, held_out, units

NAMES = [str(1_000_000_000 + i) for i in range(50_000)]


def test_units_are_uniform_and_fixed() -> None:
    drawn = units(NAMES, "key")
    assert drawn.min() >= 0
    assert drawn.max() < 1
    share = np.histogram(drawn, 20, (0, 1))[0] / len(NAMES)
    assert np.abs(share - 0.05).max() < 5 * np.sqrt(0.05 * 0.95 / len(NAMES))
    assert (units(NAMES, "key") == drawn).all()
    assert np.corrcoef(drawn, units(NAMES, "other"))[0, 1] == pytest.approx(0, abs=0.02)


def test_the_holdout_does_not_depend_on_who_else_is_asked() -> None:
    everyone = held_out(NAMES, 0.1, "conversion/VOLTAREN", "salt")
    some = held_out(NAMES[::7], 0.1, "conversion/VOLTAREN", "salt")
    assert (everyone[::7] == some).all()
    assert everyone.mean() == pytest.approx(0.1, abs=0.006)


def test_a_larger_holdout_keeps_the_smaller_one() -> None:
    small, large = (held_out(NAMES, share, "e", "s") for share in (0.05, 0.2))
    assert (large | ~small).all()


def test_experiments_are_held_out_independently() -> None:
    first, second = (held_out(NAMES, 0.1, name, "s") for name in ("a", "b"))
    assert (first & second).mean() == pytest.approx(0.01, abs=0.003)


def test_chosen_actions_come_with_their_chances() -> None:
    chances = np.tile([0.5, 0.3, 0.2], (len(NAMES), 1))
    allowed = np.ones(chances.shape, bool)
    allowed[:100, 0] = False
    chosen, propensity = choose(NAMES, chances, allowed, "march")
    assert np.bincount(chosen[100:]) / (len(NAMES) - 100) == pytest.approx(
        [0.5, 0.3, 0.2], abs=0.01
    )
    assert not (chosen[:100] == 0).any()
    assert set(np.round(propensity[:100], 12)) == {0.6, 0.4}
    assert (propensity[100:] == chances[np.arange(100, len(NAMES)), chosen[100:]]).all()


def test_an_action_without_chance_is_never_chosen() -> None:
    chances = np.tile([0.0, 1.0, 0.0], (1_000, 1))
    chosen, propensity = choose(NAMES[:1_000], chances, np.ones(chances.shape, bool), "k")
    assert (chosen == 1).all()
    assert (propensity == 1).all()


def test_the_soft_policy_mixes_in_every_allowed_action() -> None:
    values = np.array([[1.0, 3.0, 2.0], [5.0, 1.0, 9.0]])
    allowed = np.array([[True, True, True], [True, True, False]])
    made = epsilon_soft(values, allowed, 0.3)
    assert made == pytest.approx(np.array([[0.1, 0.8, 0.1], [0.85, 0.15, 0.0]]))
