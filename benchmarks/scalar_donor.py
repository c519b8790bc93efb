"""One donor as a plain gymnasium environment is usually written: Python numbers, no arrays inside.

The peer of ``benchmarks.contact_environment``; same model, same observation, same end.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

import gymnasium
import numpy as np

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.world import ContactWorld

HIGH = np.array([1, 1, 1.25, 1, 1, 1, 1, 10], np.float32)


class ScalarDonor(gymnasium.Env[Any, Any]):
    """One donor, written for one donor."""

    def __init__(self, world: ContactWorld, donors: Donors) -> None:
        self.world, self.donors = world, donors
        low = np.append(np.zeros(7), -10).astype(np.float32)
        self.observation_space = gymnasium.spaces.Box(low, HIGH)
        self.action_space = gymnasium.spaces.Discrete(4)
        self.fading = [exp(-world.fading * level) for level in range(6)]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """A donor at the first month."""
        super().reset(seed=seed)
        place = (options or {}).get("place")
        row = int(self.np_random.integers(len(self.donors))) if place is None else place
        self.r = int(self.donors.recency[row])
        self.f = int(self.donors.donations[row])
        self.t = int(self.donors.months[row])
        self.tired, self.out, self.month = 0, False, 0
        return self.seen(), {}

    def log_odds(self) -> float:
        """Of donating this month without a contact."""
        model = self.world.returns
        terms = (self.r, self.f, log(self.f), self.t)
        z = model.intercept
        for term, mean, scale, slope in zip(
            terms, model.means, model.scales, model.coefficients, strict=True
        ):
            z += slope * (term - mean) / scale
        p = self.world.hazard / (1 + exp(-z))
        return log(p / (1 - p))

    def seen(self) -> Any:
        """The eight numbers."""
        able = self.r >= self.world.defer_months and not self.out
        self.odds = self.log_odds()
        return np.array(
            [self.r / 24, log(self.f) / 3.3, self.t / 100, self.tired / 5, self.out, able,
             self.month / self.world.months, self.odds / 3],
            np.float32,
        )  # fmt: skip

    def step(self, action: Any, luck: Any = None) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One month; the reward is the expected one."""
        world, (gives, leaves, rests) = self.world, luck or self.np_random.random(3).tolist()
        eligible = self.r >= world.defer_months
        action = int(action) if eligible and not self.out else 0
        odds = self.odds + world.effect[action] * self.fading[self.tired]
        chance = 1 / (1 + exp(-odds)) if eligible else 0.0
        leaving = min(0.5, world.opt_out[action] * (1 + self.tired) ** 1.5)
        reward = chance * (1 - world.displaced[action]) - world.cost[action]
        reward -= leaving * world.opt_out_loss
        donated = gives < chance
        self.out = self.out or leaves < leaving
        if action:
            self.tired = min(self.tired + 1, 5)
        elif rests < world.recovery:
            self.tired = max(self.tired - 1, 0)
        self.r = 1 if donated else min(self.r + 1, 24)
        self.f, self.t = min(self.f + donated, 25), min(self.t + 1, 125)
        self.month += 1
        return self.seen(), reward, self.month >= world.months, False, {}
