"""Networks are served by NumPy alone, and come back from their files to the last bit."""

import json
import sys

import numpy as np
import pytest

from perdure.kernel.errors import MissingExtra
from perdure.methods.contact.environment import ContactEnvironment
from perdure.methods.contact.learning import (
    train_dqn,
    train_maskable_ppo,
    train_ppo,
    train_rllib_ppo,
)
from perdure.methods.contact.learning.extras import installed
from perdure.methods.contact.policies.network import Network
from perdure.methods.contact.policies.stored import DESCRIPTION, WEIGHTS, from_files, to_files
from perdure.methods.contact.rollout import play


def drawn(world, activation="tanh", widths=(8, 16, 4)) -> Network:
    rng = np.random.default_rng(4)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    return Network(
        tuple(rng.normal(size=shape).astype("f4") for shape in shapes),
        tuple(rng.normal(size=shape[0]).astype("f4") for shape in shapes),
        activation,
        world,
        "drawn",
    )


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_scores_are_those_of_a_plain_loop(world, activation) -> None:
    network = drawn(world, activation, (8, 5, 6, 4))
    row = np.random.default_rng(0).normal(size=8)
    value = list(row)
    for place, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        value = [
            sum(w * v for w, v in zip(line, value, strict=True)) + b
            for line, b in zip(weight, bias, strict=True)
        ]
        if place < 2:
            value = [np.tanh(v) if activation == "tanh" else max(v, 0.0) for v in value]
    np.testing.assert_allclose(network.scores(row[None].astype("f4"))[0], value, rtol=1e-4)


def test_it_is_served_on_what_it_was_trained_on(world, donors) -> None:
    env, rng = ContactEnvironment(world, donors), np.random.default_rng(0)
    env.reset(rng)
    network = drawn(world)
    barred = 0
    while not env.done:
        scores = network.scores(env.observe())
        allowed = np.where(env.masks(), scores, -np.inf)
        chosen = network.choose(env.situation)
        np.testing.assert_array_equal(chosen, allowed.argmax(axis=1))
        barred += (chosen != scores.argmax(axis=1)).sum()
        env.step(rng.integers(0, 4, len(donors)))
    assert barred > 0


def test_it_comes_back_from_its_files(world, donors) -> None:
    network = drawn(world)
    files = to_files(network)
    back = from_files(files)
    assert back.world == world
    assert (back.name, back.activation) == ("drawn", "tanh")
    for one, other in zip(
        network.weights + network.biases, back.weights + back.biases, strict=True
    ):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(
        play(network, world, donors).returns, play(back, world, donors).returns
    )
    assert to_files(back) == files


def changed(files, **change):
    told = json.loads(files[DESCRIPTION])
    return files | {DESCRIPTION: json.dumps(told | change).encode()}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: {DESCRIPTION: files[DESCRIPTION]},
        lambda files: files | {WEIGHTS: files[WEIGHTS][:-7]},
        lambda files: files | {WEIGHTS: b"\x80\x04\x95 something else"},
        lambda files: files | {DESCRIPTION: b"{"},
        lambda files: files | {DESCRIPTION: b"[]"},
        lambda files: changed(files, format=2),
        lambda files: changed(files, activation="eval"),
        lambda files: changed(files, widths=[8, 4]),
        lambda files: changed(files, widths=[8, 17, 4]),
        lambda files: changed(files, widths="8"),
        lambda files: changed(files, world={"returns": {}}),
        lambda files: changed(files, world={"doors": 1}),
    ],
)
def test_other_files_are_refused(world, spoil) -> None:
    with pytest.raises(ValueError, match="hold no contact network"):
        from_files(spoil(to_files(drawn(world))))


@pytest.mark.parametrize(
    ("widths", "wrong"),
    [((8, 3), "3 scores for 4"), ((7, 4), "takes no 8 numbers"), ((8,), "needs layers")],
)
def test_layers_that_do_not_fit_are_refused(world, widths, wrong) -> None:
    with pytest.raises(ValueError, match=wrong):
        drawn(world, widths=widths)


def test_numbers_that_are_none_are_refused(world) -> None:
    network = drawn(world)
    network.weights[1][0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        from_files(to_files(network))


@pytest.mark.skipif(installed("rl"), reason="the extra is installed")
@pytest.mark.parametrize("train", [train_ppo, train_maskable_ppo, train_dqn])
def test_without_the_extra_the_command_that_installs_it_is_named(world, donors, train) -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'perdure\[rl\]'"):
        train(world, donors)
    assert "stable_baselines3" not in sys.modules


@pytest.mark.skipif(installed("rllib"), reason="the extra is installed")
def test_without_ray_the_command_that_installs_it_is_named(world, donors) -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'perdure\[rllib\]'"):
        train_rllib_ppo(world, donors)
