"""A small run of RLlib, where it is installed."""

import numpy as np
import pytest

from perdure.methods.contact.environment import ContactEnvironment
from perdure.methods.contact.learning import rllib, train_rllib_ppo
from perdure.methods.contact.learning.extras import installed
from perdure.methods.contact.policies.stored import from_files, to_files
from perdure.methods.contact.rollout import play

pytestmark = [
    pytest.mark.extra,
    pytest.mark.slow,
    pytest.mark.skipif(not installed("rllib"), reason="LOUD: the extra 'rllib' is not installed"),
    # Ray and torch warn of what they themselves will change.
    pytest.mark.filterwarnings("ignore"),
]


def test_a_small_run_is_served_without_it(world, donors, monkeypatch) -> None:
    compared = []

    def watched(module, world):
        import torch

        network = kept(module, world)
        env = ContactEnvironment(world, donors)
        for _ in range(3):
            seen = np.ascontiguousarray(env.observe())
            with torch.no_grad():
                told = module.forward_inference({"obs": torch.as_tensor(seen)})
            np.testing.assert_allclose(
                network.scores(seen), told["action_dist_inputs"].numpy(), atol=1e-5
            )
            compared.append(len(seen))
            env.step(np.ones(len(seen), np.int64))
        return network

    kept = rllib.served
    monkeypatch.setattr(rllib, "served", watched)
    network = train_rllib_ppo(world, donors, seed=1, steps=1_000)
    assert len(compared) == 3
    back = from_files(to_files(network))
    here, there = (play(one, world, donors).returns for one in (network, back))
    np.testing.assert_array_equal(here, there)
