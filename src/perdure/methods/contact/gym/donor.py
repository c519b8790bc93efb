"""One donor as a gymnasium environment: for any library, and for looking at single steps.

A step costs some hundred times as much as a donor's share of a batch (``donors``, ``stable``).
Needs the extra ``rl`` (gymnasium alone is enough).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import Env

from perdure.methods.contact.actions import Bools
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import Singles
from perdure.methods.contact.gym.episodes import Episodes, Reward
from perdure.methods.contact.gym.spaces import action_space, observation_space
from perdure.methods.contact.world import ContactWorld


class DonorEnv(Env[Singles, np.int64]):
    """One donor of ``population``, another each episode; see ``Episodes`` for ``reward``.

    ``reset`` takes the options ``donors`` and ``luck`` of ``Episodes.reset``, for one donor.
    """

    def __init__(
        self, world: ContactWorld, population: Donors, *, reward: Reward = "expected"
    ) -> None:
        self.episodes = Episodes(world, population, 1, reward)
        self.observation_space = observation_space(world)
        self.action_space = action_space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Singles, dict[str, Any]]:
        """A donor at the first month: what is observed (8,), and no further word."""
        super().reset(seed=seed)
        told = options or {}
        seen = self.episodes.reset(self.np_random, told.get("donors"), told.get("luck"))
        return seen[0], {}

    def step(self, action: np.int64) -> tuple[Singles, float, bool, bool, dict[str, Any]]:
        """One month. The end is always a true one: the months left are observed."""
        rewards, over = self.episodes.step(np.array([action], np.int64))
        return self.episodes.observe()[0], float(rewards[0]), over, False, {}

    def action_masks(self) -> Bools:
        """What may be done with the donor, (actions,), as MaskablePPO asks for it."""
        masks: Bools = self.episodes.masks()[0]
        return masks
