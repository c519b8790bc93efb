"""A readable tree, followed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perdure.methods.contact.actions import NONE, Floats, Ints
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.readable import Tree
from perdure.methods.contact.tempers import Tempers
from perdure.methods.contact.world import ContactWorld


@dataclass
class ByTree:
    """The action of the leaf; fatigue is expected from the history when ``tempers`` are given."""

    tree: Tree
    world: ContactWorld
    tempers: Tempers | None = None
    name: str = "tree"
    temper: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def start(self, seen: Situation) -> None:
        """Everybody is rested."""
        self.temper = np.zeros(len(seen), np.int64)

    def choose(self, seen: Situation) -> Ints:
        """The action of each donor's leaf."""
        return self.tree.choose(described(seen, self.world, self.tempers, self.temper))

    def told(self, seen: Situation, happened: Happened) -> None:
        """One month more of history."""
        if self.tempers is not None:
            self.temper = self.tempers.after(self.temper, happened.actions != NONE)


def described(
    seen: Situation, world: ContactWorld, tempers: Tempers | None, temper: Ints
) -> Floats:
    """The situation in the columns of ``readable.FEATURES``, (n, 6)."""
    tired: Floats | Ints = seen.fatigue
    if tempers is not None:
        tired = (tempers.levels @ np.arange(tempers.levels.shape[1]))[temper]
    left = np.full(len(seen), world.months - seen.month)
    odds = world.base_log_odds(seen.recency, seen.donations, seen.months)
    chance = 100 / (1 + np.exp(-odds))
    return np.column_stack([seen.recency, seen.donations, seen.months, tired, left, chance]) * 1.0
