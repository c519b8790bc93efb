"""Episodes of many donors at once: what every form of the environment has in common.

All donors start together and live through the same months, so an episode of one is over when the
episode of all is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from perdure.methods.contact.actions import Bools, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import (
    DRAWS,
    ContactEnvironment,
    Happened,
    Singles,
    Situation,
)
from perdure.methods.contact.gym.above_never import AboveNever
from perdure.methods.contact.world import ContactWorld

Reward = Literal["realised", "expected", "above-never"]
REWARDS: tuple[str, ...] = get_args(Reward)


@dataclass(slots=True)
class Episodes:
    """``count`` donors a time, drawn anew from ``population`` for each episode.

    The ``reward`` of a month is, in all cases, drawing what happens next,

    - ``realised``: the one that fell;
    - ``expected``: its mean given the situation and the action, with the luck of donating and
      leaving averaged out (Rao-Blackwell): the same return on average, with less noise;
    - ``above-never``: what the month adds to never contacting (``gym/above_never.py``).

    >>> from perdure.methods.contact.propensity import ReturnModel
    >>> flat = ReturnModel((0.0,) * 4, (1.0,) * 4, (0.0,) * 4, 0.0)
    >>> episodes = Episodes(ContactWorld(flat, months=1), Donors.of([6], [2], [12]), count=2)
    >>> episodes.reset(np.random.default_rng(0)).shape
    (2, 8)
    >>> rewards, over = episodes.step(np.array([0, 0]))
    >>> rewards.round(3).tolist(), over
    ([0.333, 0.333], True)
    """

    world: ContactWorld
    population: Donors
    count: int
    reward: Reward = "expected"
    env: ContactEnvironment = field(init=False, repr=False)
    luck: Singles | None = field(init=False, default=None, repr=False)
    never: AboveNever | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        if self.count < 1 or not len(self.population):
            raise ValueError("episodes need at least one donor to draw from, and one to follow")
        if self.reward not in REWARDS:
            raise ValueError(f"reward {self.reward!r}; known are {', '.join(REWARDS)}")
        if self.reward == "above-never":
            self.never = AboveNever(self.world, self.population)
        self.env = ContactEnvironment(self.world, self.population.take(self._first()))

    def _first(self) -> Ints:
        return np.arange(self.count) % len(self.population)

    def reset(
        self, rng: np.random.Generator, donors: Donors | None = None, luck: Singles | None = None
    ) -> Singles:
        """A new episode; what is observed, (count, 8).

        ``donors`` (count) in place of drawn ones and ``luck``, (months, 3, count) in [0, 1), in
        place of ``rng``, let several environments meet the same people and the same chances.
        """
        if donors is not None and len(donors) != self.count:
            raise ValueError(f"{len(donors)} donors for an environment of {self.count}")
        wanted = (self.world.months, DRAWS, self.count)
        if luck is not None and luck.shape != wanted:
            raise ValueError(f"luck of shape {luck.shape}; (months, draws, donors) is {wanted}")
        self.luck = luck
        followed = donors or self.population.resampled(self.count, rng)
        self.env.reset(rng, followed)
        if self.never is not None:
            self.never.start(followed)
        return self.env.observe()

    def step(self, actions: Ints) -> tuple[Singles, bool]:
        """One month with these actions (count,): the rewards (count,), and whether it was the last.

        Raises RuntimeError after the last month.
        """
        if self.env.done:
            raise RuntimeError("the episode is over: reset first")
        luck = None if self.luck is None else self.luck[self.env.month]
        seen = self.env.situation
        happened = self.env.step(actions, luck)
        return self._reward(seen, happened), self.env.done

    def _reward(self, seen: Situation, happened: Happened) -> Singles:
        if self.never is not None:
            return self.never.reward(seen, happened)
        return happened.rewards if self.reward == "realised" else happened.expected

    def observe(self) -> Singles:
        """What is known of each donor, (count, 8)."""
        return self.env.observe()

    def masks(self) -> Bools:
        """What may be done with each donor, (count, actions)."""
        return self.env.masks()
