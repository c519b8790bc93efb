"""The same for everybody, every month: the floor that every other policy must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Ints
from perdure.methods.contact.environment import Situation
from perdure.methods.contact.policies.policy import Forgetful


@dataclass(frozen=True)
class Always(Forgetful):
    """Always ``action``; with no action this is never contacting anybody.

    >>> Always(0).name, Always(1).name
    ('never', 'sms')
    """

    action: int

    @property
    def name(self) -> str:
        """``never``, or the name of the action."""
        return "never" if self.action == NONE else ACTIONS[self.action]

    def choose(self, seen: Situation) -> Ints:
        """The same action for all."""
        return np.full(len(seen), self.action)
