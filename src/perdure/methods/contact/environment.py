"""Many donors at once, one month a step: the world as reinforcement learning and roll-outs see it.

Masks are hard: a contact with a donor who is deferred or has opted out is not made, whatever was
asked for. All randomness of a month is three uniform numbers a donor, so that two policies, or two
forms of this environment, can meet the same luck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.actions import ACTIONS, NONE, Bools, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.planner import DONATIONS, EVERY_START, RECENCIES
from perdure.methods.contact.world import (
    MOST_DONATIONS,
    MOST_FATIGUE,
    MOST_MONTHS,
    MOST_RECENCY,
    ContactWorld,
)

Singles = npt.NDArray[np.float32]
OBSERVED = 8
DRAWS = 3
_SCALES = np.array([24.0, 3.3, 100.0, 5.0, 1.0, 1.0, 1.0, 3.0], np.float32)


@dataclass(slots=True)
class Situation:
    """What is known of n donors in a month; ``fatigue`` is the truth, which a service must infer.

    ``months`` counts since the first donation, ``month`` since the start; ``able`` says who may
    be contacted.
    """

    recency: Ints
    donations: Ints
    months: Ints
    fatigue: Ints
    opted_out: Bools
    able: Bools
    month: int

    def __len__(self) -> int:
        return len(self.recency)


@dataclass(frozen=True, slots=True)
class Happened:
    """One month: the actions taken after masks, who donated, who opted out, the rewards (n,).

    ``chances`` are those of donating, given the action; ``expected`` rewards given both chances.
    """

    actions: Ints
    donated: Bools
    left: Bools
    rewards: Singles
    expected: Singles
    chances: Singles


class ContactEnvironment:
    """n donors in one world.

    >>> from perdure.methods.contact.propensity import ReturnModel
    >>> flat = ReturnModel((0.0,) * 4, (1.0,) * 4, (0.0,) * 4, 0.0)
    >>> env = ContactEnvironment(ContactWorld(flat), Donors.of([6], [2], [12]))
    >>> env.reset(np.random.default_rng(0)).month
    0
    >>> env.step(np.array([1])).actions
    array([1])
    """

    def __init__(self, world: ContactWorld, donors: Donors) -> None:
        self.world, self.donors = world, donors
        self._base = _base_table(world)
        self._lift = world.lift().astype(np.float32).ravel()
        self._leaving = world.leaving()[:, :, 1].astype(np.float32).ravel()
        self._worth = world.worth().astype(np.float32)
        self._cost = np.asarray(world.cost, np.float32)
        self._loss, self._recovery = np.float32(world.opt_out_loss), np.float32(world.recovery)
        self.reset(np.random.default_rng(0))

    def __len__(self) -> int:
        return len(self.donors)

    def reset(self, rng: np.random.Generator, donors: Donors | None = None) -> Situation:
        """Everybody at the start again, rested; ``donors`` takes the place of those before."""
        self.rng, self.donors = rng, donors or self.donors
        count, sd = len(self.donors), self.world.heterogeneity
        self._recency = self.donors.recency.copy()
        self._donations = self.donors.donations.copy()
        self._months = self.donors.months.copy()
        self._fatigue = np.zeros(count, np.int64)
        self._out = np.zeros(count, np.bool_)
        self._own = (rng.normal(-sd * sd / 2, sd, count) if sd else np.zeros(count)).astype("f4")
        self.month = 0
        return self._look()

    def _look(self) -> Situation:
        self._eligible = self._recency >= self.world.defer_months
        self._place = (self._recency * MOST_DONATIONS + self._donations - 1) * (MOST_MONTHS + 1)
        self._place += self._months
        self.situation = Situation(
            self._recency, self._donations, self._months, self._fatigue, self._out,
            self._eligible & ~self._out, self.month,
        )  # fmt: skip
        return self.situation

    @property
    def done(self) -> bool:
        """Whether the last month has passed."""
        return self.month >= self.world.months

    def draws(self) -> Singles:
        """The luck of one month, (3, n): of donating, of leaving, of recovering."""
        return self.rng.random((DRAWS, len(self.donors)), dtype=np.float32)

    def step(self, wanted: Ints, draws: Singles | None = None) -> Happened:
        """One month with these actions, (n,) of places in ``ACTIONS``."""
        luck = self.draws() if draws is None else draws
        actions = np.where(self.situation.able, wanted, NONE)
        told = actions * (MOST_FATIGUE + 1) + self._fatigue
        odds = self._base[self._place]
        odds += self._lift[told]
        odds += self._own
        chance = self._eligible / (1 + np.exp(-odds))
        leaving = self._leaving[told]
        donated, left = luck[0] < chance, luck[1] < leaving
        happened = Happened(
            actions, donated, left,
            self._reward(donated, left, actions), self._reward(chance, leaving, actions),
            chance,
        )  # fmt: skip
        self._advance(happened, luck[2])
        return happened

    def _reward(self, donated: Singles | Bools, left: Singles | Bools, actions: Ints) -> Singles:
        gained: Singles = donated * self._worth[actions]
        gained -= self._cost[actions]
        gained -= left * self._loss
        return gained

    def _advance(self, happened: Happened, luck: Singles) -> None:
        contacted = happened.actions != NONE
        change = np.where(contacted, 1, -(luck < self._recovery).astype(np.int64))
        self._fatigue = np.clip(self._fatigue + change, 0, MOST_FATIGUE)
        waited = np.minimum(self._recency + 1, MOST_RECENCY)
        self._recency = np.where(happened.donated, 1, waited)
        self._donations = np.minimum(self._donations + happened.donated, MOST_DONATIONS)
        self._months = np.minimum(self._months + 1, MOST_MONTHS)
        self._out = self._out | happened.left
        self.month += 1
        self._look()

    def observe(self) -> Singles:
        """(n, 8): what ``observation`` says of the situation."""
        return observation(self.situation, self._base[self._place], self.world.months)

    def masks(self) -> Bools:
        """(n, actions): what may be done with each donor; doing nothing always may."""
        allowed = np.ones((len(self.donors), len(ACTIONS)), np.bool_)
        allowed[:, 1:] = self.situation.able[:, None]
        return allowed


def observation(seen: Situation, log_odds: Singles, months: int) -> Singles:
    """(n, 8): R/24, log F/3.3, T/100, f/5, opted out, able, month/months, log odds/3.

    ``log_odds`` (n,) are those of donating this month without a contact, ``months`` the length of
    the plan. A network that was trained on it is served on the same.
    """
    told = np.empty((OBSERVED, len(seen)), np.float32)
    told[0], told[2], told[3] = seen.recency, seen.months, seen.fatigue
    told[1] = _LOG_DONATIONS[seen.donations]
    told[4], told[5] = seen.opted_out, seen.able
    told[6] = seen.month / months
    told[7] = log_odds
    told /= _SCALES[:, None]
    return told.T


_LOG_DONATIONS = np.log(np.maximum(np.arange(MOST_DONATIONS + 1), 1)).astype(np.float32)


def _base_table(world: ContactWorld) -> Singles:
    r, f, t = RECENCIES[:, None, None], DONATIONS[None, :, None], EVERY_START[None, None, :]
    return world.base_log_odds(r, f, t).astype(np.float32).ravel()
