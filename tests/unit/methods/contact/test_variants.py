"""The variant bandit: exact chances, and less regret than choosing alike or without context."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perdure.methods.contact.variants import VariantBandit

NAMES = ("A@10", "A@18", "B@10", "B@18")
BEST = np.array([[0.10, 0.06], [0.10, -0.02], [0.10, -0.06], [0.12, 0.0]])
"""What each variant brings: a base, and what one unit of the context adds."""
SEEDS, ROUNDS, DONORS = range(8), 30, 200


def contexts(rng) -> np.ndarray:
    return np.column_stack([np.ones(DONORS), rng.choice([-1.0, 1.0], DONORS)])


def regret(seed: int, how: str) -> float:
    """What a contact loses on average to the best variant of each context, known in advance."""
    rng = np.random.default_rng(seed)
    bandit = VariantBandit.fresh(NAMES, 2 if how == "context" else 1, noise=0.3)
    lost = 0.0
    for _ in range(ROUNDS):
        X = contexts(rng)
        seen = X if how == "context" else X[:, :1]
        chances = np.full((DONORS, 4), 0.25) if how == "uniform" else bandit.chances(seen)
        drawn = (rng.random((DONORS, 1)) > np.cumsum(chances, axis=1)).sum(axis=1).clip(max=3)
        truth = X @ BEST.T
        lost += float((truth.max(axis=1) - truth[np.arange(DONORS), drawn]).sum())
        answered = (rng.random(DONORS) < truth[np.arange(DONORS), drawn]).astype(float)
        bandit = bandit.told(seen, drawn, answered)
    return lost / (ROUNDS * DONORS)


def test_it_loses_less_than_uniform_choice_and_than_one_without_context() -> None:
    found = {
        how: np.array([regret(s, how) for s in SEEDS]) for how in ("context", "plain", "uniform")
    }
    for other in ("plain", "uniform"):
        apart = found[other] - found["context"]
        low = apart.mean() - 1.96 * apart.std(ddof=1) / np.sqrt(len(apart))
        assert low > 0, (other, found)
    assert found["context"].mean() < 0.6 * found["uniform"].mean()


def test_chances_are_those_of_thompson_sampling() -> None:
    rng = np.random.default_rng(3)
    X = contexts(rng)
    bandit = replace(VariantBandit.fresh(NAMES, 2), explore=0.0)
    bandit = bandit.told(X, rng.integers(0, 4, DONORS), rng.random(DONORS))
    one = X[:1]
    means, spread = bandit.expected(one)
    draws = means + spread * rng.normal(size=(200_000, 4))
    often = np.bincount(draws.argmax(axis=1), minlength=4) / len(draws)
    np.testing.assert_allclose(bandit.chances(one)[0], often, atol=0.006)


def test_every_chance_stays_above_the_explored_share() -> None:
    X = np.ones((500, 1))
    bandit = VariantBandit.fresh(("A", "B"), 1, explore=0.1)
    bandit = bandit.told(X, np.repeat([0, 1], 250), np.repeat([0.0, 1.0], 250))
    chances = bandit.chances(X[:1])[0]
    assert chances[0] == pytest.approx(0.05, abs=1e-6)
    assert chances.sum() == pytest.approx(1)


def test_rows_may_come_at_once_or_one_after_the_other() -> None:
    rng = np.random.default_rng(0)
    X, chosen, said = contexts(rng), rng.integers(0, 4, DONORS), rng.random(DONORS)
    whole = VariantBandit.fresh(NAMES, 2).told(X, chosen, said)
    half = DONORS // 2
    parts = VariantBandit.fresh(NAMES, 2).told(X[:half], chosen[:half], said[:half])
    parts = parts.told(X[half:], chosen[half:], said[half:])
    np.testing.assert_allclose(whole.moment, parts.moment)
    again = VariantBandit.from_json(whole.to_json())
    np.testing.assert_array_equal(again.chances(X), whole.chances(X))


EMPTY = '{"names": ["A"], "precision": [], "moment": [], "noise": 1, "explore": 0}'


@pytest.mark.parametrize("text", ["{}", EMPTY, "[]", "1"])
def test_another_text_is_refused(text) -> None:
    with pytest.raises(ValueError, match=r"no variants|a bandit needs"):
        VariantBandit.from_json(text)
