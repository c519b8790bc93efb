"""Any policy, told only what a service can know: fatigue as the contact history makes it likely."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from perdure.methods.contact.actions import NONE, Ints
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.policies.policy import ContactPolicy
from perdure.methods.contact.tempers import Tempers


@dataclass
class Unseen:
    """``policy`` with the expected level of fatigue, rounded, in place of the true one."""

    policy: ContactPolicy
    tempers: Tempers
    temper: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def name(self) -> str:
        """The policy's own name."""
        return self.policy.name

    def start(self, seen: Situation) -> None:
        """Everybody is rested."""
        self.temper = np.zeros(len(seen), np.int64)
        self.policy.start(seen)

    def choose(self, seen: Situation) -> Ints:
        """What the policy does with the expected level."""
        return self.policy.choose(self._known(seen))

    def told(self, seen: Situation, happened: Happened) -> None:
        """One month more of history."""
        self.policy.told(self._known(seen), happened)
        self.temper = self.tempers.after(self.temper, happened.actions != NONE)

    def _known(self, seen: Situation) -> Situation:
        expected = self.tempers.levels @ np.arange(self.tempers.levels.shape[1])
        return replace(seen, fatigue=np.rint(expected[self.temper]).astype(np.int64))
