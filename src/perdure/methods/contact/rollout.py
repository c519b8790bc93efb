"""A policy played out in a world: what it brings, what it costs, whom it drives away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Floats, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import ContactEnvironment
from perdure.methods.contact.policies.policy import ContactPolicy
from perdure.methods.contact.world import ContactWorld


@dataclass(frozen=True, slots=True)
class Played:
    """What became of n donors over all months, each array (n,).

    ``returns`` are rewards as they fell, ``expected`` the same with the chances in place of the
    luck of each month: the same mean with less noise. ``actions`` counts contacts by action.
    """

    returns: Floats
    expected: Floats
    donations: Ints
    opted_out: Ints
    contacts: Ints
    actions: dict[str, int]

    def cvar(self, share: float = 0.1) -> float:
        """The mean return of the worst ``share`` of donors (conditional value at risk)."""
        worst = np.sort(self.returns)[: max(1, round(share * len(self.returns)))]
        return float(worst.mean())


def play(policy: ContactPolicy, world: ContactWorld, donors: Donors, seed: int = 0) -> Played:
    """The policy followed for all months; the same seed meets every policy with the same luck."""
    env = ContactEnvironment(world, donors)
    seen = env.reset(np.random.Generator(np.random.SFC64(seed)))
    policy.start(seen)
    count = len(donors)
    returns, expected = np.zeros(count), np.zeros(count)
    donations, contacts = np.zeros(count, np.int64), np.zeros(count, np.int64)
    by_action = np.zeros(len(ACTIONS), np.int64)
    while not env.done:
        seen = env.situation
        happened = env.step(policy.choose(seen))
        policy.told(seen, happened)
        returns += happened.rewards
        expected += happened.expected
        donations += happened.donated
        contacts += happened.actions != NONE
        by_action += np.bincount(happened.actions, minlength=len(ACTIONS))
    left = env.situation.opted_out.astype(np.int64)
    made = dict(zip(ACTIONS, by_action.tolist(), strict=True))
    return Played(returns, expected, donations, left, contacts, made)
