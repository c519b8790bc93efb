"""Masks, luck and limits of the batch environment."""

import numpy as np
import pytest

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import OBSERVED, ContactEnvironment


def test_nobody_who_is_deferred_or_gone_is_contacted(world, donors) -> None:
    env, rng = ContactEnvironment(world, donors), np.random.default_rng(0)
    seen = env.reset(rng)
    gone = np.zeros(len(donors), bool)
    while not env.done:
        seen, wish = env.situation, rng.integers(0, 4, len(donors))
        happened = env.step(wish)
        assert not happened.actions[(seen.recency < world.defer_months) | gone].any()
        assert not happened.donated[seen.recency < world.defer_months].any()
        gone |= happened.left
        assert (env.situation.opted_out == gone).all()


def test_one_donor_alone_meets_the_same_as_among_others(world, donors) -> None:
    env = ContactEnvironment(world, donors)
    env.reset(np.random.default_rng(0))
    lone = ContactEnvironment(world, donors.take(np.array([7])))
    lone.reset(np.random.default_rng(1))
    rng = np.random.default_rng(2)
    while not env.done:
        luck, wish = env.draws(), rng.integers(0, 4, len(donors))
        among, alone = env.step(wish, luck), lone.step(wish[7:8], luck[:, 7:8])
        assert among.rewards[7] == alone.rewards[0]
        np.testing.assert_array_equal(env.observe()[7], lone.observe()[0])


def test_the_expected_reward_has_the_mean_of_the_reward(world, donors) -> None:
    env, rng = ContactEnvironment(world, donors), np.random.default_rng(5)
    env.reset(rng)
    apart = []
    while not env.done:
        happened = env.step(rng.integers(0, 4, len(donors)))
        apart.append(happened.rewards - happened.expected)
    every = np.concatenate(apart)
    assert abs(every.mean()) < 4 * every.std() / np.sqrt(len(every))


def test_what_is_observed_is_of_order_one(world, donors) -> None:
    env = ContactEnvironment(world, donors)
    assert env.observe().shape == (len(donors), OBSERVED)
    assert np.abs(env.observe()).max() < 4
    assert env.masks()[:, 0].all()


@pytest.mark.parametrize("bad", [[np.nan], [np.inf]])
def test_a_donor_without_a_number_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="must be numbers"):
        Donors.of(bad, [1], [1])
