"""The optimum of a world, followed: what exact planning says for state and month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import Ints
from perdure.methods.contact.environment import Situation
from perdure.methods.contact.planner import Plan
from perdure.methods.contact.policies.policy import Forgetful


@dataclass(frozen=True)
class Planned(Forgetful):
    """Looks up the best action; knows fatigue. The yardstick of all others."""

    plan: Plan
    name: str = "dp"

    def choose(self, seen: Situation) -> Ints:
        """The best action of the plan."""
        start = self.plan.start(seen.months, seen.month)
        found = self.plan.best[seen.month, seen.recency, seen.donations - 1, start, seen.fatigue]
        return np.asarray(found, np.int64)
