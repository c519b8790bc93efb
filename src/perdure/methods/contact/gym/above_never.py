"""What a month adds to never contacting anybody: the reward from which learning is easy.

Most of a donor's return comes without any contact and drowns what a contact changes. With V the
value of never contacting, known exactly, the reward of a month becomes::

    E[reward + V(next month) | situation, action] - V(this month)

It is 0 for doing nothing, its sum over the months has the mean of the return minus the value of
never contacting (Kakade and Langford 2002), and the best policy is the same (potential-based
shaping: Ng, Harada and Russell 1999). Where donors differ in what is hidden, V is that of the one
in the middle: doing nothing is then only nearly 0, and the best policy still the same.
"""

from __future__ import annotations

import numpy as np

from perdure.methods.contact.actions import NONE, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import Happened, Singles, Situation
from perdure.methods.contact.planner import plan
from perdure.methods.contact.world import MOST_DONATIONS, MOST_RECENCY, ContactWorld


class AboveNever:
    """The value of never contacting donors of ``population``, and rewards above it."""

    def __init__(self, world: ContactWorld, population: Donors) -> None:
        self._plan = plan(world, starts=np.unique(population.months), allowed=(NONE,))
        self._start: Ints = np.zeros(0, np.int64)

    def start(self, donors: Donors) -> None:
        """A new episode of these donors."""
        self._start = self._plan.start(donors.months)

    def reward(self, seen: Situation, happened: Happened) -> Singles:
        """The reward (n,) of what happened in the situation ``seen``."""
        now, then = self._plan.gone[seen.month], self._plan.gone[seen.month + 1]
        wait = then[np.minimum(seen.recency + 1, MOST_RECENCY), seen.donations - 1, self._start]
        gave = then[1, np.minimum(seen.donations, MOST_DONATIONS - 1), self._start]
        made: Singles = happened.expected + wait + happened.chances * (gave - wait)
        made -= now[seen.recency, seen.donations - 1, self._start]
        return made
