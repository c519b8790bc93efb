"""What the extra ``rl`` trains: real learning, the batch environment of SB3, and equal serving."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from perdure.methods.contact.environment import DRAWS, ContactEnvironment
from perdure.methods.contact.learning import train_dqn, train_maskable_ppo, train_ppo
from perdure.methods.contact.learning.extras import installed
from perdure.methods.contact.learning.ppo import Settings
from perdure.methods.contact.planner import plan
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.rollout import play

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(not installed("rl"), reason="LOUD: the extra 'rl' is not installed"),
    # Stable-Baselines3 and torch warn of what they themselves will change.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
COUNT = 50


def gain(policy, world, donors) -> float:
    """The share of the way from never contacting to the optimum, under the same luck."""
    many = donors.resampled(40_000, np.random.default_rng(9))
    never, best, made = (
        play(one, world, many, 8).expected.mean()
        for one in (Always(0), Planned(plan(world)), policy)
    )
    return float((made - never) / (best - never))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "steps"), [(train_ppo, 150_000), (train_maskable_ppo, 150_000), (train_dqn, 400_000)]
)
def test_a_small_training_finds_half_of_the_gain(world, donors, train, steps) -> None:
    # So many steps take some ten CPU seconds.
    network = train(world, donors, seed=3, steps=steps)
    assert gain(network, world, donors) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "steps"), [(train_ppo, 20_000), (train_maskable_ppo, 20_000), (train_dqn, 50_000)]
)
def test_a_seed_repeats(world, donors, train, steps) -> None:
    one, same = (train(world, donors, seed=1, steps=steps) for _ in range(2))
    other = train(world, donors, seed=2, steps=steps)
    for left, right in zip(one.weights, same.weights, strict=True):
        np.testing.assert_array_equal(left, right)
    assert (one.weights[0] != other.weights[0]).any()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_numpy_serves_what_torch_computes(world, donors, activation) -> None:
    import torch

    from perdure.methods.contact.learning.export import exported

    torch.manual_seed(0)
    between = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[activation]
    layers = [torch.nn.Linear(8, 64), between(), torch.nn.Linear(64, 64), between()]
    modules = [*layers, torch.nn.Linear(64, 4)]
    network = exported(modules, world, "torch")
    env, rng = ContactEnvironment(world, donors), np.random.default_rng(0)
    env.reset(rng)
    while not env.done:
        seen = np.ascontiguousarray(env.observe())
        with torch.no_grad():
            told = torch.nn.Sequential(*modules)(torch.as_tensor(seen)).numpy()
        np.testing.assert_allclose(network.scores(seen), told, atol=2e-6)
        best = np.where(env.masks(), told, -np.inf)
        first, second = -np.sort(-best, axis=1)[:, :2].T
        clear = first - second > 1e-5
        assert clear.mean() > 0.99
        np.testing.assert_array_equal(network.choose(env.situation)[clear], best.argmax(1)[clear])
        env.step(rng.integers(0, 4, len(donors)))


def test_what_cannot_be_served_is_refused(world) -> None:
    import torch

    from perdure.methods.contact.learning.export import exported

    with pytest.raises(ValueError, match="LayerNorm cannot be served"):
        exported([torch.nn.LayerNorm(8), torch.nn.Linear(8, 4)], world, "no")
    mixed = [torch.nn.Linear(8, 8), torch.nn.Tanh(), torch.nn.Linear(8, 8), torch.nn.ReLU()]
    with pytest.raises(ValueError, match="one kind of activation"):
        exported([*mixed, torch.nn.Linear(8, 4)], world, "no")


def test_the_form_for_stable_baselines_meets_what_the_batch_meets(world, donors) -> None:
    from perdure.methods.contact.gym.stable import StableDonors

    rng = np.random.default_rng(1)
    luck = rng.random((world.months, DRAWS, COUNT), dtype=np.float32)
    wishes = rng.integers(0, 4, (world.months, COUNT))
    some = donors.take(np.arange(COUNT))
    batch = ContactEnvironment(world, some)
    batch.reset(rng)
    env = StableDonors(world, donors, COUNT)
    env.set_options({"donors": some, "luck": luck})
    np.testing.assert_array_equal(env.reset(), batch.observe())
    for month in range(world.months):
        np.testing.assert_array_equal(np.stack(env.env_method("action_masks")), batch.masks())
        happened = batch.step(wishes[month], luck[month])
        seen, rewards, ends, infos = env.step(wishes[month])
        np.testing.assert_array_equal(rewards, happened.expected)
        if month < world.months - 1:
            np.testing.assert_array_equal(seen, batch.observe())
            assert not ends.any()
    assert ends.all()
    last = np.stack([info["terminal_observation"] for info in infos])
    np.testing.assert_array_equal(last, batch.observe())
    assert not seen[:, 6].any()


def test_the_form_for_stable_baselines_repeats_and_refuses(world, donors) -> None:
    from perdure.methods.contact.gym.stable import StableDonors

    env = StableDonors(world, donors, COUNT)
    env.seed(7)
    first = env.reset()
    env.seed(7)
    np.testing.assert_array_equal(env.reset(), first)
    assert (env.reset() != first).any()
    assert env.has_attr("action_masks")
    assert not env.has_attr("fuel")
    with pytest.raises(AttributeError, match="no method"):
        env.env_method("explode")
    with pytest.raises(AttributeError, match="share one world"):
        env.set_attr("world", None)


def test_one_donor_passes_the_checker_of_stable_baselines(world, donors) -> None:
    from stable_baselines3.common.env_checker import check_env

    from perdure.methods.contact.gym.donor import DonorEnv

    check_env(DonorEnv(world, donors), skip_render_check=True)


def test_plain_rewards_learn_too(world, donors) -> None:
    settings = Settings(reward="expected", donors=64)
    network = train_ppo(world, donors, seed=1, steps=10_000, settings=settings)
    assert play(network, world, donors).returns.shape == (len(donors),)


@pytest.mark.slow
def test_the_how_to_trains_as_it_is_written(capsys) -> None:
    page = Path(__file__).parents[4] / "docs" / "how-to" / "donor-reinforcement-learning.md"
    # ``python`` blocks run with every page; ``py`` blocks need the extra.
    blocks = re.findall(r"```py(?:thon)?\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    assert 0 < float(capsys.readouterr().out) < 24
