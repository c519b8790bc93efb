"""Deep Q-learning of contacts. Source: Mnih et al. 2015."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.gym.episodes import Reward
from perdure.methods.contact.learning.export import exported
from perdure.methods.contact.learning.extras import needs, one_thread
from perdure.methods.contact.policies.network import Network
from perdure.methods.contact.world import ContactWorld

STEPS = 1_600_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How it learns; chosen on seeds that no reported figure uses."""

    reward: Reward = "above-never"
    donors: int = 128
    minibatch: int = 512
    remembered: int = 400_000
    learning_rate: float = 3e-3
    last_learning_rate: float = 1e-4
    following: float = 0.005
    exploring: float = 0.3
    last_exploration: float = 0.05
    widths: tuple[int, ...] = (64, 64)


def train_dqn(
    world: ContactWorld,
    donors: Donors,
    *,
    seed: int = 0,
    steps: int | None = None,
    settings: Settings | None = None,
) -> Network:
    """A policy learned in ``world`` on donors drawn from ``donors``.

    ``steps`` (None: enough) counts months of single donors. Repeats to the bit for a seed on one
    kind of machine. Raises MissingExtra without the extra ``rl``.
    """
    needs("rl", "training by DQN")
    from stable_baselines3 import DQN

    from perdure.methods.contact.gym.stable import StableDonors

    told = settings or Settings()
    env = StableDonors(world, donors, told.donors, reward=told.reward)
    with one_thread():
        model = DQN("MlpPolicy", env, seed=seed, device="cpu", **_options(told))
        model.learn(steps or STEPS)
    # The slowly following copy averages over the last updates: steadier than the newest one.
    return exported(model.policy.q_net_target.q_net, world, "dqn")


def _options(told: Settings) -> dict[str, Any]:
    import torch

    spread = told.learning_rate - told.last_learning_rate
    return {
        "learning_rate": lambda left: told.last_learning_rate + spread * left,
        "buffer_size": told.remembered,
        "learning_starts": told.remembered // 10,
        "batch_size": told.minibatch,
        "tau": told.following,
        "gamma": 1.0,
        "train_freq": 1,
        "gradient_steps": 1,
        "target_update_interval": told.donors,
        "exploration_fraction": told.exploring,
        "exploration_final_eps": told.last_exploration,
        "policy_kwargs": {"net_arch": list(told.widths), "activation_fn": torch.nn.Tanh},
    }
