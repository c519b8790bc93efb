"""Looking one month ahead only: on the chance to return, or on what a contact adds to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import NONE, SMS, Floats, Ints
from perdure.methods.contact.environment import Situation
from perdure.methods.contact.policies.policy import Forgetful
from perdure.methods.contact.world import ContactWorld


@dataclass(frozen=True)
class GreedyPropensity(Forgetful):
    """An SMS to everybody whose chance to donate this month is above ``floor``.

    The usual practice, and worse than doing nothing: it spends contacts on those who come anyway.
    """

    world: ContactWorld
    floor: float = 0.10
    name: str = "greedy-propensity"

    def choose(self, seen: Situation) -> Ints:
        """By the chance without a contact."""
        odds = self.world.base_log_odds(seen.recency, seen.donations, seen.months)
        return np.where(1 / (1 + np.exp(-odds)) > self.floor, SMS, NONE)


@dataclass(frozen=True)
class GreedyUplift(Forgetful):
    """The action with the largest expected reward of this month, fatigue known."""

    world: ContactWorld
    name: str = "greedy-uplift"

    def choose(self, seen: Situation) -> Ints:
        """The best action of one month, as if there were no other."""
        return np.asarray(one_month(self.world, seen).argmax(axis=1))


def one_month(world: ContactWorld, seen: Situation) -> Floats:
    """The expected reward of each action this month, (n, actions)."""
    odds = world.base_log_odds(seen.recency, seen.donations, seen.months)
    lifted = odds[:, None] + world.lift().T[seen.fatigue]
    able = world.eligible(seen.recency)
    chance = able[:, None] / (1 + np.exp(-lifted))
    leaving = world.leaving()[:, :, 1].T[seen.fatigue]
    rewards: Floats = chance * world.worth() - np.asarray(world.cost)
    return rewards - leaving * world.opt_out_loss
