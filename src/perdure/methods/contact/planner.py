"""Exact planning: the best contact for every state and month, by backward induction.

The state is (recency, donations, months since the first donation, temper), where the temper is
what is known of fatigue; who opted out has a value of its own. Time passes for everybody alike, so
donors are followed by the month at which they start: the answer is exact for each start that is
asked about, and few starts cost little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.actions import ACTIONS, NONE, Floats, Ints
from perdure.methods.contact.tempers import Tempers, known
from perdure.methods.contact.world import (
    MOST_DONATIONS,
    MOST_MONTHS,
    MOST_RECENCY,
    ContactWorld,
)

EVERY_START: Ints = np.arange(MOST_MONTHS + 1)
RECENCIES: Ints = np.arange(MOST_RECENCY + 1)
DONATIONS: Ints = np.arange(1, MOST_DONATIONS + 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What planning found.

    ``values`` (month, R, F, start, temper) is the expected return from that month on of the best
    policy, ``best`` the action behind it, ``quality`` (R, F, start, temper, action) the return of
    each action in the first month with the best policy afterwards (minus infinity: barred).
    ``starts`` are the months since the first donation, at the first month, of the third axis;
    ``gone`` (R, F, start) is the value of a donor who opted out before the first month.
    """

    starts: Ints
    tempers: Tempers
    values: npt.NDArray[np.float32]
    best: npt.NDArray[np.uint8]
    quality: npt.NDArray[np.float32]
    gone: npt.NDArray[np.float32]

    @property
    def months(self) -> int:
        """How many months were planned."""
        return len(self.best)

    def start(self, months: Ints, month: int = 0) -> Ints:
        """The place on the axis of starts of donors with that many months in that month."""
        middles = (self.starts[1:] + self.starts[:-1]) / 2
        return np.asarray(np.searchsorted(middles, months - month), np.int64)

    def value(self, recency: Ints, donations: Ints, months: Ints) -> Floats:
        """The expected return of rested donors (n,) from the first month on."""
        found = self.values[0, recency, donations - 1, self.start(months), 0]
        return np.asarray(found, np.float64)


def plan(
    world: ContactWorld,
    *,
    starts: Ints = EVERY_START,
    tempers: Tempers | None = None,
    allowed: tuple[int, ...] = tuple(range(len(ACTIONS))),
) -> Plan:
    """The optimum of a world over its months, among the ``allowed`` actions.

    ``tempers``: what is known of fatigue (None: all). Backward induction over
    25 x 25 x len(starts) x len(tempers) states. Source: Bellman (1957).
    """
    tempers = tempers or known(world.recovery)
    step = _Step(world, starts, tempers, allowed)
    shape = (world.months, len(RECENCIES), len(DONATIONS), len(starts), len(tempers))
    longer = (world.months + 1, *shape[1:])
    values, best = np.zeros(longer, np.float32), np.empty(shape, np.uint8)
    left = np.zeros(longer[:-1], np.float32)
    value: Floats = np.zeros(shape[1:])
    gone: Floats = np.zeros(shape[1:-1])
    for month in reversed(range(world.months)):
        quality = step.quality(value, gone, month)
        best[month] = quality.argmax(axis=0)
        values[month] = value = quality.max(axis=0)
        left[month] = gone = step.opted_out(gone, month)
    return Plan(starts, tempers, values, best, np.moveaxis(quality, 0, -1).astype(np.float32), left)


class _Step:
    """One month backwards, with everything that does not change from month to month."""

    def __init__(
        self, world: ContactWorld, starts: Ints, tempers: Tempers, allowed: tuple[int, ...]
    ) -> None:
        self.world, self.starts, self.tempers, self.allowed = world, starts, tempers, allowed
        self.donates = donation_chances(world) @ tempers.levels.T
        self.leaves = world.leaving()[:, :, 1] @ tempers.levels.T
        # Nobody may be contacted while deferred, whatever it would bring.
        self.barred = ~world.eligible(RECENCIES)

    def quality(self, value: Floats, gone: Floats, month: int) -> Floats:
        """The return of each action, (actions, R, F, start, temper); barred ones minus infinity."""
        found: Floats = np.full((len(ACTIONS), *value.shape), -np.inf)
        at = np.minimum(self.starts + month, MOST_MONTHS)
        for action in self.allowed:
            donates = self.donates[action][:, :, at]
            made = donates * self.world.worth()[action] - self.world.cost[action]
            out = self.leaves[action]
            made += (1 - out) * _mix(self._later(value, action), donates)
            if action != NONE:
                made += out * (_mix(gone[..., None], donates) - self.world.opt_out_loss)
                made[self.barred] = -np.inf
            found[action] = made
        return found

    def opted_out(self, gone: Floats, month: int) -> Floats:
        """The value of donors who are never contacted again."""
        chance = self.donates[NONE][:, :, np.minimum(self.starts + month, MOST_MONTHS), 0]
        made: Floats = chance + _mix(gone, chance)
        return made

    def _later(self, value: Floats, action: int) -> Floats:
        moves = self.tempers.rest if action == NONE else self.tempers.contact
        moved: Floats = value @ moves.T
        return moved


def donation_chances(world: ContactWorld) -> Floats:
    """The chance to donate this month, (actions, R, F, months since the first, f)."""
    r, f = RECENCIES[:, None, None], DONATIONS[None, :, None]
    base = world.base_log_odds(r, f, EVERY_START[None, None, :])
    able = world.eligible(r)[..., None]
    lift = world.lift()[:, None, None, None, :]
    chances: Floats = able / (1 + np.exp(-(base[..., None] + lift)))
    return chances


def _mix(value: Floats, donates: Floats) -> Floats:
    """The value after the month: of recency 1 and one more donation, or of one month more."""
    given = value[1:2, np.minimum(np.arange(1, value.shape[1] + 1), value.shape[1] - 1)]
    waited = value[np.minimum(np.arange(1, value.shape[0] + 1), value.shape[0] - 1)]
    mixed: Floats = waited + donates * (given - waited)
    return mixed
