"""What a log tells of the world: it moves the prior to the truth, and only as far as it can."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from perdure.methods.contact.environment import ContactEnvironment
from perdure.methods.contact.learning_world import WorldLog
from perdure.methods.contact.policies.adaptive import Adaptive
from perdure.methods.contact.rollout import play
from perdure.methods.contact.worlds import perturbed, worlds


def logged(truth, donors, log_) -> None:
    env, rng = ContactEnvironment(truth, donors), np.random.default_rng(0)
    env.reset(rng)
    while not env.done:
        seen = env.situation
        log_.told(seen, env.step(rng.integers(0, 4, len(donors))))


def test_contacts_drawn_by_lot_tell_the_effects(world, donors) -> None:
    truth = replace(
        world, effect=(0.0, log(1.9), log(1.0), log(1.2)),
        opt_out=tuple(2 * rate for rate in world.opt_out), opt_out_loss=0.5,
    )  # fmt: skip
    held = WorldLog(world)
    logged(truth, donors.resampled(30_000, np.random.default_rng(1)), held)
    level, spread = held.estimate()
    for action in (1, 2, 3):
        apart = abs(level[action] - truth.effect[action])
        assert apart < 4 * spread[action] + 0.02
    learned = held.world().opt_out
    assert learned[1] == pytest.approx(truth.opt_out[1], rel=0.1)


def test_without_a_log_the_prior_stands(world) -> None:
    made = WorldLog(world).world()
    np.testing.assert_allclose(made.effect, world.effect)
    np.testing.assert_allclose(made.opt_out, world.opt_out)


def test_caution_takes_effects_smaller_and_opt_outs_larger(world) -> None:
    made = WorldLog(world).world(caution=1.0)
    assert all(a < b for a, b in zip(made.effect[1:], world.effect[1:], strict=True))
    assert all(a > b for a, b in zip(made.opt_out[1:], world.opt_out[1:], strict=True))


def test_levels_that_are_certain_count_as_fatigue_that_is_seen(world, donors) -> None:
    env = ContactEnvironment(world, donors)
    seen = env.reset(np.random.default_rng(0))
    happened = env.step(np.full(len(donors), 1))
    one, two = WorldLog(world), WorldLog(world)
    one.told(seen, happened)
    two.told(seen, happened, np.eye(6)[seen.fatigue])
    np.testing.assert_array_equal(one.estimate()[0], two.estimate()[0])


def test_worlds_are_the_same_for_a_seed_and_differ_among_one_another(world) -> None:
    one, two = worlds(world, 3, 5), worlds(world, 2, 5)
    assert one[:2] == two
    assert one[0] != one[1]
    assert perturbed(world, np.random.default_rng(0)).heterogeneity > 0


def test_an_adaptive_policy_learns_that_incentives_do_nothing(world, donors) -> None:
    truth = replace(world, effect=(0.0, log(1.35), log(1.15), 0.0), months=9)
    policy = Adaptive(world, months=(1, 2, 4), exploration=0.2)
    play(policy, truth, donors.resampled(6000, np.random.default_rng(2)))
    assert policy.log.world().effect[3] < 0.5 * world.effect[3]
