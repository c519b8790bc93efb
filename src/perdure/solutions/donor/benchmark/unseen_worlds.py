"""Worlds that nobody planned for: gain over never contacting, and regret to each one's optimum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.kernel.progress import Progress
from perdure.methods.contact.actions import Floats
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.planner import EVERY_START, plan
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.policies.policy import ContactPolicy
from perdure.methods.contact.rollout import play
from perdure.methods.contact.world import ContactWorld
from perdure.methods.contact.worlds import worlds
from perdure.solutions.donor.benchmark.contestants import Contestants, by_name
from perdure.solutions.donor.benchmark.nominal import mean_row
from perdure.solutions.donor.benchmark.setting import Setting

CASE = "worlds"
ORACLE = "oracle"
_DONORS = 6000


def world_rows(
    found: Setting, every: Contestants, count: int, progress: Progress
) -> list[Measured]:
    """Per world the return, gain over never and regret of each policy; over worlds their mean,
    the worst gain, and the mean regret.
    """
    policies = {n: p for n, p in by_name(every).items() if n not in _LEFT_OUT}
    donors = found.play.take(np.arange(min(_DONORS, len(found.play))))
    rows: list[Measured] = []
    gains: dict[str, list[float]] = {name: [] for name in (*policies, ORACLE)}
    for number, world in enumerate(worlds(found.world, count, found.seed), 1):
        progress.step(f"world {number} of {count}")
        returns = _played(world, donors, policies, found.seed + number)
        case = f"world-{number}"
        for name, values in returns.items():
            gain = values - returns["never"]
            gains[name].append(float(gain.mean()))
            rows.append(mean_row(case, name, "return", values))
            rows.append(mean_row(case, name, "gain-over-never", gain))
            rows.append(mean_row(case, name, "regret", returns[ORACLE] - values))
    return [*rows, *_over_worlds(gains)]


_LEFT_OUT = ("sms", "email", "incentive")
"""Lose everywhere; the nominal world shows by how much."""


def _played(
    world: ContactWorld, donors: Donors, policies: Mapping[str, ContactPolicy], seed: int
) -> dict[str, Floats]:
    oracle = Planned(plan(world, starts=EVERY_START[::3]), ORACLE)
    everybody = {**policies, ORACLE: oracle}
    return {name: play(p, world, donors, seed).expected for name, p in everybody.items()}


def _over_worlds(gains: Mapping[str, list[float]]) -> list[Measured]:
    """The unit of these intervals is the world."""
    rows = []
    best = np.array(gains[ORACLE])
    for name, values in gains.items():
        own = np.array(values)
        rows.append(mean_row(CASE, name, "gain-over-never", own))
        rows.append(Measured(CASE, name, "worst-gain-over-never", float(own.min()), n=len(own)))
        rows.append(mean_row(CASE, name, "regret", best - own))
    return rows
