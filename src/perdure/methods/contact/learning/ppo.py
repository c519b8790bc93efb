"""Proximal policy optimisation of contacts, with and without masks.

Whole episodes of many donors a time, no discounting (the months left are observed), the reward
above never contacting (see ``Episodes``), steps and exploration that fade.
Sources: Schulman et al. 2017; Huang and Ontañón 2022 for the masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.gym.episodes import Reward
from perdure.methods.contact.learning.export import exported
from perdure.methods.contact.learning.extras import needs, one_thread
from perdure.methods.contact.policies.network import Network
from perdure.methods.contact.world import ContactWorld

STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How it learns; chosen on seeds that no reported figure uses."""

    reward: Reward = "above-never"
    donors: int = 512
    minibatches: int = 8
    epochs: int = 8
    learning_rate: float = 3e-3
    last_learning_rate: float = 1e-4
    entropy: float = 0.003
    trace: float = 0.9
    widths: tuple[int, ...] = (64, 64)


def train_ppo(
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
    needs("rl", "training by PPO")
    from stable_baselines3 import PPO

    return _trained(PPO, world, donors, seed, steps or STEPS, settings or Settings(), "ppo")


def train_maskable_ppo(
    world: ContactWorld,
    donors: Donors,
    *,
    seed: int = 0,
    steps: int | None = None,
    settings: Settings | None = None,
) -> Network:
    """As ``train_ppo``, with barred contacts ruled out while learning, not only when acting."""
    needs("rl", "training by MaskablePPO")
    from sb3_contrib import MaskablePPO

    told = settings or Settings()
    return _trained(MaskablePPO, world, donors, seed, steps or STEPS, told, "maskable-ppo")


def _trained(
    kind: Any,
    world: ContactWorld,
    donors: Donors,
    seed: int,
    steps: int,
    told: Settings,
    name: str,
) -> Network:
    from perdure.methods.contact.gym.stable import StableDonors

    env = StableDonors(world, donors, told.donors, reward=told.reward)
    with one_thread():
        model = kind("MlpPolicy", env, seed=seed, device="cpu", **_options(world, told))
        model.learn(steps, callback=_fading(told.entropy, steps))
    policy = model.policy
    return exported([*policy.mlp_extractor.policy_net, policy.action_net], world, name)


def _options(world: ContactWorld, told: Settings) -> dict[str, Any]:
    import torch

    spread = told.learning_rate - told.last_learning_rate
    return {
        "n_steps": world.months,
        "batch_size": told.donors * world.months // told.minibatches,
        "n_epochs": told.epochs,
        "learning_rate": lambda left: told.last_learning_rate + spread * left,
        "gamma": 1.0,
        "gae_lambda": told.trace,
        "ent_coef": told.entropy,
        "policy_kwargs": {"net_arch": list(told.widths), "activation_fn": torch.nn.Tanh},
    }


def _fading(entropy: float, steps: int) -> Any:
    """Exploration that shrinks with the steps left, so that the end is nearly greedy."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Fading(BaseCallback):  # type: ignore[misc]
        def _on_rollout_start(self) -> None:
            self.model.ent_coef = entropy * max(0.0, 1.0 - self.num_timesteps / steps)

        def _on_step(self) -> bool:
            return True

    return Fading()
