"""A plan that is made anew as the log grows: cautious where little is known, bold where much is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perdure.methods.contact.actions import ACTIONS, Ints
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.learning_world import WorldLog
from perdure.methods.contact.planner import EVERY_START, Plan, plan
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.policies.policy import Forgetful
from perdure.methods.contact.world import ContactWorld

SPARSE: Ints = EVERY_START[::3]


@dataclass
class Adaptive(Forgetful):
    """Plans with ``caution``, and plans again after each of ``months``.

    Of the rested donors a share of ``exploration`` gets an action by lot, ``later`` after the
    third plan: who is tired would be lost for little knowledge.

    Effects are taken ``caution`` standard deviations smaller and opt-outs larger, so the first
    plan is that of a pessimist; what the donors do then moves it to the optimum of the world that
    they live in. Certainty-equivalent control with optimism turned round (Kumar and Varaiya 1986).
    """

    prior: ContactWorld
    caution: float = 0.7
    exploration: float = 0.05
    later: float = 0.01
    months: tuple[int, ...] = (1, 2, 3, 5, 8, 12, 17)
    seed: int = 0
    name: str = "dp-adaptive"
    log: WorldLog = field(init=False)
    planned: Planned = field(init=False)

    def __post_init__(self) -> None:
        self._first = self._plan(WorldLog(self.prior))

    def start(self, seen: Situation) -> None:
        """Nothing is known of these donors."""
        self.log, self.planned = WorldLog(self.prior), Planned(self._first)
        self._rng = np.random.default_rng(self.seed)

    def choose(self, seen: Situation) -> Ints:
        """The plan of the present estimate; any action in a share of the cases."""
        if seen.month in self.months:
            self.planned = Planned(self._plan(self.log))
        share = self.exploration if seen.month < self.months[2] else self.later
        lot = (self._rng.random(len(seen)) < share) & (seen.fatigue == 0)
        other = self._rng.integers(0, len(ACTIONS), len(seen))
        return np.where(lot, other, self.planned.choose(seen))

    def told(self, seen: Situation, happened: Happened) -> None:
        """One month more in the log."""
        self.log.told(seen, happened)

    def _plan(self, log: WorldLog) -> Plan:
        return plan(log.world(self.caution), starts=SPARSE)
