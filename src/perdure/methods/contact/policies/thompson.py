"""Linear Thompson sampling: learns from what happened, one month ahead, with honest doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perdure.methods.contact.actions import ACTIONS, Floats, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import ContactEnvironment, Happened, Situation
from perdure.methods.contact.world import ContactWorld

_TERMS = 12


@dataclass
class LinearThompson:
    """A Bayesian linear model of the month's reward for each action; draws one and acts on it.

    ``mean = A^-1 b`` with ``A = ridge I + sum x x'`` and ``b = sum x r`` over the months in which
    the action was taken; weights are drawn from N(mean, noise^2 A^-1) once a month.
    Knows fatigue, looks no month ahead: the cost of tiring a donor lies
    in later months, which no bandit sees. Source: Agrawal and Goyal (2013).
    """

    world: ContactWorld
    seed: int = 0
    ridge: float = 1.0
    noise: float = 0.4
    learning: bool = True
    name: str = "thompson"
    precision: Floats = field(init=False)
    moment: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.precision = np.stack([np.eye(_TERMS) * self.ridge for _ in ACTIONS])
        self.moment = np.zeros((len(ACTIONS), _TERMS))
        self._rng = np.random.default_rng(self.seed)

    def start(self, seen: Situation) -> None:
        """What was learned is kept."""

    def choose(self, seen: Situation) -> Ints:
        """The best action of one draw of the weights; of their means once learning is over."""
        weights = self._drawn() if self.learning else self.means()
        return np.asarray((self._terms(seen) @ weights.T).argmax(axis=1))

    def told(self, seen: Situation, happened: Happened) -> None:
        """Add the month's rewards of donors who could be contacted."""
        if not self.learning:
            return
        X = self._terms(seen)
        for action in range(len(ACTIONS)):
            rows = (happened.actions == action) & seen.able
            self.precision[action] += X[rows].T @ X[rows]
            self.moment[action] += X[rows].T @ happened.rewards[rows]

    def means(self) -> Floats:
        """The posterior mean of the weights, (actions, terms)."""
        solved = np.linalg.solve(self.precision, self.moment[..., None])[..., 0]
        return np.asarray(solved, np.float64)

    def _drawn(self) -> Floats:
        roots = np.linalg.cholesky(np.linalg.inv(self.precision))
        spread = roots @ self._rng.normal(size=(len(ACTIONS), _TERMS, 1))
        return self.means() + self.noise * spread[..., 0]

    def _terms(self, seen: Situation) -> Floats:
        odds = self.world.base_log_odds(seen.recency, seen.donations, seen.months)
        chance = 1 / (1 + np.exp(-odds))
        tired = np.exp(-0.5 * seen.fatigue)
        one = np.ones(len(seen))
        plain = [one, chance, chance**2, np.log(seen.donations), seen.recency / 24, odds / 3]
        return np.column_stack([*plain, *(term * tired for term in plain)])


def learned(
    world: ContactWorld, donors: Donors, *, episodes: int = 4, seed: int = 0
) -> LinearThompson:
    """A bandit that has learned from ``episodes`` plays of the donors, ready to be measured."""
    policy = LinearThompson(world, seed)
    env = ContactEnvironment(world, donors)
    rng = np.random.default_rng(seed)
    for _ in range(episodes):
        policy.start(env.reset(rng))
        while not env.done:
            seen = env.situation
            policy.told(seen, env.step(policy.choose(seen)))
    policy.learning = False
    return policy
