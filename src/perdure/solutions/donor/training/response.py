"""The world behind the rows: return without a contact, and what contacts did, where it is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Floats
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.learning_world import WorldLog
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.tempers import inferred
from perdure.methods.contact.world import ContactWorld
from perdure.methods.contact.worlds import WIDE, Spread
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.training.material import Material


@dataclass(frozen=True, slots=True)
class Believed:
    """The world that planning believes in, where its effects come from, and how sure they are."""

    world: ContactWorld
    effects: str
    spread: Spread
    estimates: dict[str, Any]


def believed(found: Material, settings: DonorSettings) -> Believed:
    """Priors around the return of donors who were left alone; with a randomised log, both.

    The log moves the priors only by actions that were drawn by lot: who was chosen otherwise was
    chosen for a reason, and what followed may be that reason's doing.
    """
    prior = _prior(found, settings)
    count = found.notes["contacts drawn by lot"]
    if int(found.drawn.sum()) < settings.policy.minimum_log or not count:
        return Believed(prior, "priors from published studies and assumptions", WIDE, {})
    log = WorldLog(prior)
    _tell(log, found)
    level, spread = log.estimate()
    words = f"{count:,} contacts drawn by lot, on top of priors from published studies"
    moved = {
        f"odds ratio, {name}": _between(level[a], 1.96 * spread[a])
        for a, name in enumerate(ACTIONS) if a != NONE
    }  # fmt: skip
    world, doubt = log.world(), log.spread()
    for name, rate in zip(ACTIONS[1:], world.opt_out[1:], strict=True):
        moved[f"opt out, {name}"] = {
            "value": rate, "low": rate * doubt.opt_out[0], "high": rate * doubt.opt_out[1],
        }  # fmt: skip
    return Believed(world, words, doubt, moved)


def _between(logarithm: float, width: float) -> dict[str, float]:
    low, high = exp(logarithm - width), exp(logarithm + width)
    return {"value": exp(logarithm), "low": low, "high": high}


def chance_given(base: Believed, found: Material) -> Floats:
    """The chance of a donation in the month, given what was done with each donor, (n,)."""
    world, donors = base.world, found.donors
    alone = world.returns.probability(donors.recency, donors.donations, donors.months)
    odds = world.hazard * alone
    known = inferred(world.recovery)
    levels = known.levels[found.tempers(known)]
    lift = (levels * np.exp(world.lift()[found.action])).sum(axis=1)
    odds = odds / (1 - odds) * lift
    return np.asarray(odds / (1 + odds) * found.open_share)


def _prior(found: Material, settings: DonorSettings) -> ContactWorld:
    alone, weight = found.alone()
    donors = found.donors.take(alone)
    returns = ReturnModel.fit(
        donors.recency, donors.donations, donors.months, found.rows.y[alone],
        settings.propensity.logistic_c, weight=weight,
    )  # fmt: skip
    simulated = settings.simulator
    return simulated.prior().world(
        returns, hazard=simulated.hazard, months=simulated.months,
        defer_months=simulated.defer_months,
    )  # fmt: skip


def _tell(log: WorldLog, found: Material) -> None:
    """The rows drawn by lot, fatigue as the history tells it."""
    rows = found.drawn
    known = inferred(log.prior.recovery)
    levels = known.levels[found.tempers(known)][rows]
    donors = found.donors.take(np.flatnonzero(rows))
    nobody = np.zeros(len(donors), np.bool_)
    tired = np.zeros(len(donors), np.int64)
    seen = Situation(donors.recency, donors.donations, donors.months, tired, nobody, ~nobody, 0)
    none = np.zeros(len(donors), np.float32)
    gave = found.rows.y[rows] > 0
    log.told(seen, Happened(found.action[rows], gave, found.left[rows], none, none, none), levels)
