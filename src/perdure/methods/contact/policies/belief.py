"""A policy that is never told how tired a donor is: it infers fatigue from the contact history."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perdure.methods.contact.actions import NONE, Ints
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.planner import Plan


@dataclass
class Inferring:
    """Follows a plan that was made over histories of contacts (``tempers.inferred``).

    Needs nothing that a service does not have, so it can serve.
    """

    plan: Plan
    name: str = "dp-inferred"
    temper: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def start(self, seen: Situation) -> None:
        """Everybody is rested."""
        self.temper = np.zeros(len(seen), np.int64)

    def choose(self, seen: Situation) -> Ints:
        """The best action for what the history tells."""
        start = self.plan.start(seen.months, seen.month)
        place = (seen.month, seen.recency, seen.donations - 1, start, self.temper)
        return np.asarray(self.plan.best[place], np.int64)

    def told(self, seen: Situation, happened: Happened) -> None:
        """One month more of history."""
        self.temper = self.plan.tempers.after(self.temper, happened.actions != NONE)
