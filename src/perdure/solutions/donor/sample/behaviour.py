"""What donors do, month by month: the response model and its fatigue, played out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import MOST_FATIGUE, ContactWorld
from perdure.methods.logit import probability
from perdure.solutions.donor.sample.people import COUNTRIES, Bools, Ints, People

Floats = npt.NDArray[np.float64]

RETURNS = ReturnModel(
    means=(9.51, 5.51, 1.26, 34.28),
    scales=(8.09, 5.84, 0.96, 24.36),
    coefficients=(-0.70, 0.27, 0.82, -0.82),
    intercept=-1.50,
)
"""The chance to donate at the next drive, about as fitted to UCI transfusion (Yeh, CC BY 4.0)."""
WORLD = ContactWorld(RETURNS)
"""The truth about contacts: the simulator's own nominal numbers."""
LOTTERY = np.array([0.70, 0.12, 0.12, 0.06])
"""Chances of none, SMS, e-mail, incentive where everything is open; closed ones fall to none."""
INCENTIVE_COUNTRY = COUNTRIES.index("US")
"""The one country of the sample in which incentives are tried."""
DEFERRED, WITHDRAWS = 0.012, 0.002
"""Chances a month of a new deferral, and of a consent that is withdrawn."""
FOREVER = 10_000
"""The month in which a permanent deferral ends."""


@dataclass(frozen=True)
class State:
    """Donors at the start of a month: R, F, T, fatigue, until when deferred, who is gone."""

    recency: Ints
    donations: Ints
    time: Ints
    fatigue: Ints
    deferred: Ints
    opted_out: Bools
    agrees: Bools

    @classmethod
    def first(cls, people: People) -> State:
        """The state at the start of the world."""
        zero = np.zeros(len(people), np.int64)
        return cls(
            people.recency, people.donations, people.time, zero, zero, zero > 0, people.agrees
        )


@dataclass(frozen=True)
class Luck:
    """The dice of one month, (n,) each: the same whatever is done."""

    action: Floats
    donates: Floats
    leaves: Floats
    rests: Floats
    deferral: Floats
    length: Floats
    withdraws: Floats
    opens: Floats

    @classmethod
    def drawn(cls, rng: np.random.Generator, n: int) -> Luck:
        """The dice of a month."""
        return cls(*rng.random((8, n)))


@dataclass(frozen=True)
class Month:
    """What happened in a month, (n,) each. ``deferred`` is 0 or the month in which it ends."""

    action: Ints
    propensity: Floats
    donated: Bools
    opted_out: Bools
    opened: Bools
    deferred: Ints
    withdrew: Bools


def may_give(state: State, people: People, month: int) -> Bools:
    """Who may give blood in the month."""
    return (state.recency >= people.rest) & (state.deferred <= month)


def chances(state: State, action: Ints, eligible: Bools) -> Floats:
    """The true chance of a donation in the month."""
    base = WORLD.base_log_odds(state.recency, state.donations, state.time)
    return probability(base + WORLD.lift()[action, state.fatigue]) * eligible


def lottery(state: State, people: People, eligible: Bools) -> Floats:
    """The chance of each action, (n, 4): who agreed, is eligible and has not opted out."""
    sms, email = (state.agrees[:, j] for j in (0, 1))
    incentive = sms & (people.country == INCENTIVE_COUNTRY)
    open_to = np.column_stack([sms, email, incentive])
    open_to &= (eligible & ~state.opted_out)[:, None]
    share = LOTTERY[1:] * open_to
    return np.column_stack([1 - share.sum(axis=1), share])


def expected(state: State, people: People, month: int, *, contacts: bool) -> Floats:
    """The true chance of a donation in the month before the lot is drawn, or without contacts."""
    eligible = may_give(state, people, month)
    if not contacts:
        return chances(state, np.zeros(len(people), np.int64), eligible)
    drawn = lottery(state, people, eligible)
    by_action = [chances(state, np.full(len(people), a), eligible) for a in range(len(LOTTERY))]
    return np.asarray((drawn * np.column_stack(by_action)).sum(axis=1))


def drawn_actions(state: State, people: People, month: int, luck: Luck) -> tuple[Ints, Floats]:
    """The actions that the lot gives, and the chance with which each was drawn."""
    share = lottery(state, people, may_give(state, people, month))
    action = (luck.action[:, None] >= np.cumsum(share, axis=1)[:, :-1]).sum(axis=1)
    return action, np.take_along_axis(share, action[:, None], axis=1)[:, 0]


def play(
    state: State, people: People, month: int, luck: Luck, action: Ints, propensity: Floats
) -> tuple[State, Month]:
    """One month: what happened, and the state after it."""
    eligible = may_give(state, people, month)
    donated = luck.donates < chances(state, action, eligible)
    out = luck.leaves < WORLD.leaving()[action, state.fatigue, eligible.astype(np.int64)]
    new = (luck.deferral < DEFERRED) & (state.deferred <= month)
    length = np.where(luck.length > 0.95, FOREVER, month + 2 + (luck.length * 10).astype(np.int64))
    withdrew = (luck.withdraws < WITHDRAWS) & state.agrees.any(axis=1)
    rested = state.fatigue - (luck.rests < WORLD.recovery)
    fatigue = np.where(action > 0, state.fatigue + 1, rested)
    after = replace(
        state,
        recency=np.where(donated, 1, state.recency + 1),
        donations=state.donations + donated,
        time=state.time + 1,
        fatigue=np.clip(fatigue, 0, MOST_FATIGUE),
        deferred=np.where(new, length, state.deferred),
        opted_out=state.opted_out | out,
        agrees=state.agrees & ~withdrew[:, None],
    )
    opened = (action > 0) & (luck.opens < 0.4)
    told = Month(action, propensity, donated, out, opened, length * new, withdrew)
    return after, told
