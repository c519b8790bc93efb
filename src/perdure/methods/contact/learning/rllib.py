"""The same policy learned by RLlib, which can spread training over a cluster.

On one machine it is many times slower than ``train_ppo``: it is for those who have the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.gym.episodes import Reward
from perdure.methods.contact.learning.export import exported
from perdure.methods.contact.learning.extras import needs, one_thread
from perdure.methods.contact.policies.network import Network
from perdure.methods.contact.world import ContactWorld

STEPS = 100_000
_ENVIRONMENTS = 16
_EPISODES = 128
_WIDTHS = (64, 64)


def train_rllib_ppo(
    world: ContactWorld,
    donors: Donors,
    *,
    seed: int = 0,
    steps: int | None = None,
    reward: Reward = "above-never",
) -> Network:
    """A policy learned by RLlib's PPO (new API stack) in this process, on one core.

    ``steps`` (None: some for a first look) counts months of single donors, rounded up to whole
    batches. Raises MissingExtra without the extra ``rllib``.
    """
    needs("rllib", "training by RLlib")
    with _ray(), one_thread():
        algorithm = _config(world, donors, seed, reward).build_algo()
        try:
            for _ in range(-(-(steps or STEPS) // (_EPISODES * world.months))):
                algorithm.train()
            return served(algorithm.get_module(), world)
        finally:
            algorithm.stop()


def served(module: Any, world: ContactWorld) -> Network:
    """The policy of an RLlib module as a network for NumPy."""
    layers = [*module.encoder.actor_encoder.modules(), *module.pi.modules()]
    return exported((layer for layer in layers if not list(layer.children())), world, "rllib-ppo")


def _config(world: ContactWorld, donors: Donors, seed: int, reward: Reward) -> Any:
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.tune.registry import register_env

    from perdure.methods.contact.gym.donor import DonorEnv

    register_env("perdure-donor", lambda _: DonorEnv(world, donors, reward=reward))
    batch = _EPISODES * world.months
    config = PPOConfig().environment("perdure-donor").debugging(seed=seed, log_level="ERROR")
    config = config.env_runners(num_env_runners=0, num_envs_per_env_runner=_ENVIRONMENTS)
    config = config.learners(num_learners=0)
    config = config.rl_module(
        model_config={
            "fcnet_hiddens": list(_WIDTHS),
            "fcnet_activation": "tanh",
            "vf_share_layers": False,
        }
    )
    return config.training(
        gamma=1.0,
        lambda_=0.9,
        lr=3e-3,
        entropy_coeff=0.003,
        use_kl_loss=False,
        train_batch_size_per_learner=batch,
        minibatch_size=batch // 4,
        num_epochs=8,
    )


@contextmanager
def _ray() -> Iterator[None]:
    """Ray of this process alone, unless one is running already, which is then used and left."""
    import ray

    if ray.is_initialized():
        yield
        return
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        yield
    finally:
        ray.shutdown()
