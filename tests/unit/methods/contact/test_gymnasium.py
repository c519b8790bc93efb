"""The gymnasium forms: the library's own checker, and the same steps as the batch environment."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from perdure.methods.contact.environment import DRAWS, ContactEnvironment
from perdure.methods.contact.gym.donor import DonorEnv
from perdure.methods.contact.gym.donors import DonorsEnv
from perdure.methods.contact.gym.episodes import REWARDS, Episodes
from perdure.methods.contact.planner import plan
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.rollout import play

COUNT = 37
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED]


@pytest.fixture
def some(donors):
    return donors.take(np.arange(COUNT))


@pytest.fixture
def luck(world):
    return np.random.default_rng(11).random((world.months, DRAWS, COUNT), dtype=np.float32)


@pytest.fixture
def wishes(world):
    return np.random.default_rng(12).integers(0, 4, (world.months, COUNT))


@pytest.mark.parametrize("reward", REWARDS)
def test_one_donor_passes_the_checker_of_gymnasium(world, donors, reward) -> None:
    # Nothing is rendered, and without a registered name the checker cannot build another.
    check_env(DonorEnv(world, donors, reward=reward), skip_render_check=True)


@pytest.mark.parametrize("mode", MODES)
def test_many_donors_and_each_alone_meet_what_the_batch_meets(
    world, donors, some, luck, wishes, mode
) -> None:
    batch = ContactEnvironment(world, some)
    batch.reset(np.random.default_rng(0))
    many = DonorsEnv(world, donors, COUNT, autoreset=mode)
    seen, _ = many.reset(seed=1, options={"donors": some, "luck": luck})
    lone = [DonorEnv(world, donors) for _ in range(COUNT)]
    for place, env in enumerate(lone):
        own = {"donors": some.take(np.array([place])), "luck": luck[:, :, place : place + 1]}
        alone, _ = env.reset(seed=2, options=own)
        np.testing.assert_array_equal(alone, seen[place])
    for month in range(world.months):
        np.testing.assert_array_equal(many.action_masks(), batch.masks())
        np.testing.assert_array_equal([env.action_masks() for env in lone], batch.masks())
        happened = batch.step(wishes[month], luck[month])
        seen, rewards, ends, cut, infos = many.step(wishes[month])
        single = [env.step(wish) for env, wish in zip(lone, wishes[month], strict=True)]
        last = month == world.months - 1
        if last and mode is AutoresetMode.SAME_STEP:
            seen = np.stack(infos["final_obs"])
        np.testing.assert_array_equal(seen, batch.observe())
        np.testing.assert_array_equal(np.stack([one[0] for one in single]), batch.observe())
        np.testing.assert_array_equal(rewards, happened.expected)
        np.testing.assert_array_equal([one[1] for one in single], happened.expected)
        assert (ends == last).all()
        assert all(one[2] == last for one in single)
        assert not cut.any()


def test_the_realised_reward_is_the_one_that_fell(world, donors, some, luck, wishes) -> None:
    batch = ContactEnvironment(world, some)
    batch.reset(np.random.default_rng(0))
    many = DonorsEnv(world, donors, COUNT, reward="realised")
    many.reset(seed=1, options={"donors": some, "luck": luck})
    for month in range(world.months):
        fell = batch.step(wishes[month], luck[month]).rewards
        np.testing.assert_array_equal(many.step(wishes[month])[1], fell)


def test_the_next_step_begins_anew(world, donors) -> None:
    env = DonorsEnv(world, donors, COUNT)
    env.reset(seed=1)
    nothing = np.zeros(COUNT, np.int64)
    for _ in range(world.months):
        ended = env.step(nothing)[2]
    assert ended.all()
    seen, rewards, ends, _, _ = env.step(nothing + 1)
    assert not ends.any()
    assert not rewards.any()
    assert not seen[:, 6].any()
    assert not seen[:, 3].any()  # the action of that step was made with nobody


def test_the_same_step_begins_anew(world, donors) -> None:
    env = DonorsEnv(world, donors, COUNT, autoreset=AutoresetMode.SAME_STEP)
    env.reset(seed=1)
    for _ in range(world.months):
        seen, rewards, ends, _, infos = env.step(np.zeros(COUNT, np.int64))
    assert ends.all()
    assert rewards.any()
    assert not seen[:, 6].any()
    assert (np.stack(infos["final_obs"])[:, 6] == 1).all()
    assert infos["_final_obs"].all()


def test_without_autoreset_a_step_after_the_end_is_refused(world, donors) -> None:
    env = DonorsEnv(world, donors, COUNT, autoreset=AutoresetMode.DISABLED)
    env.reset(seed=1)
    for _ in range(world.months):
        env.step(np.zeros(COUNT, np.int64))
    with pytest.raises(RuntimeError, match="reset first"):
        env.step(np.zeros(COUNT, np.int64))
    with pytest.raises(ValueError, match="all of them"):
        env.reset(options={"reset_mask": np.arange(COUNT) > 3})
    env.reset(options={"reset_mask": np.ones(COUNT, bool)})
    env.step(np.zeros(COUNT, np.int64))


def test_a_seed_repeats_donors_and_luck(world, donors) -> None:
    seen = []
    for _ in range(2):
        env = DonorsEnv(world, donors, COUNT)
        first, _ = env.reset(seed=5)
        seen.append((first, *(env.step(np.ones(COUNT, np.int64))[0] for _ in range(4))))
    np.testing.assert_array_equal(*seen)
    again, _ = env.reset()
    assert (again != seen[0][0]).any()


def test_above_never_is_the_return_less_that_of_never_contacting(world, donors) -> None:
    count = 20_000
    episodes = Episodes(world, donors, count, "above-never")
    many = donors.resampled(count, np.random.default_rng(0))
    best = plan(world)
    policy = Planned(best)
    totals = {}
    for name, choose in (("never", lambda seen: np.zeros(count, int)), ("dp", policy.choose)):
        episodes.reset(np.random.default_rng(1), many)
        total, over = np.zeros(count), False
        while not over:
            rewards, over = episodes.step(choose(episodes.env.situation))
            total += rewards
        totals[name] = total
    np.testing.assert_allclose(totals["never"], 0, atol=1e-5)
    never = plan(world, allowed=(0,))
    exact = (best.value(many.recency, many.donations, many.months)
             - never.value(many.recency, many.donations, many.months))  # fmt: skip
    noise = (totals["dp"] - exact).std() / np.sqrt(count)
    assert abs((totals["dp"] - exact).mean()) < 4 * noise
    # Less noise is what it is for.
    plain = play(policy, world, many, 1).expected
    assert totals["dp"].std() < 0.6 * plain.std()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"count": 0}, "at least one donor"),
        ({"reward": "much"}, "known are realised"),
    ],
)
def test_episodes_that_cannot_be_are_refused(world, donors, change, wrong) -> None:
    with pytest.raises(ValueError, match=wrong):
        Episodes(world, donors, **{"count": 3} | change)


def test_donors_and_luck_must_fit(world, donors, luck) -> None:
    episodes, rng = Episodes(world, donors, 3), np.random.default_rng(0)
    with pytest.raises(ValueError, match="3000 donors for an environment of 3"):
        episodes.reset(rng, donors)
    with pytest.raises(ValueError, match="luck of shape"):
        episodes.reset(rng, luck=luck)
