"""What is observed of a donor and what may be done, as spaces. Needs the extra ``rl``."""

from __future__ import annotations

import numpy as np
from gymnasium.spaces import Box, Discrete

from perdure.methods.contact.actions import ACTIONS
from perdure.methods.contact.environment import OBSERVED
from perdure.methods.contact.planner import DONATIONS, EVERY_START, RECENCIES
from perdure.methods.contact.world import ContactWorld

_MOST = np.array([1.0, 1.0, 1.25, 1.0, 1.0, 1.0, 1.0])


def observation_space(world: ContactWorld) -> Box[np.float32]:
    """(8,) floats; all but the log odds of a donation, which the world bounds, lie in [0, 1.25]."""
    r, f, t = RECENCIES[:, None, None], DONATIONS[None, :, None], EVERY_START[None, None, :]
    odds = world.base_log_odds(r, f, t) / 3.0
    # One part in a million: single precision may round outwards.
    room = 1e-6 * (1.0 + np.abs(odds).max())
    low = np.append(np.zeros(OBSERVED - 1), odds.min() - room).astype(np.float32)
    high = np.append(_MOST, odds.max() + room).astype(np.float32)
    return Box(low, high, dtype=np.float32)


def action_space() -> Discrete:
    """The place of an action in ``ACTIONS``; a barred one is carried out as ``none``."""
    return Discrete(len(ACTIONS))
