"""Policies of different caution, played in worlds that the truth might be; one is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.kernel.progress import SILENT, Progress
from perdure.methods.contact.actions import NONE, Ints
from perdure.methods.contact.distil import distil
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.planner import EVERY_START, Plan, plan
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.readable import Tree
from perdure.methods.contact.rollout import Played, play
from perdure.methods.contact.world import ContactWorld
from perdure.methods.contact.worlds import pessimistic, worlds
from perdure.solutions.donor.chooser import Chooser, Served, knowledge
from perdure.solutions.donor.intervals import Intervals
from perdure.solutions.donor.policy_settings import PolicySettings
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.training.response import Believed

STARTS: Ints = EVERY_START[::6]
_CHOSEN_ON = 10_000
"""Added to the seed for the worlds that the choice is made on: evidence comes from others."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One caution: its policy, and its gain over never-contact on the worlds it is chosen on."""

    caution: str
    chooser: Chooser
    mean: float
    worst: float
    cvar: float

    def by(self, rule: str) -> tuple[bool, float]:
        """What it is compared by: first of all it must lose to never-contact in no world."""
        told = {"mean": self.mean, "worst": self.worst, "cvar": self.cvar}[rule]
        return self.worst >= 0, told


def trials(
    base: Believed, settings: DonorSettings, donors: Donors, seed: int, progress: Progress = SILENT
) -> list[Trial]:
    """Every caution of the settings, the best first."""
    drawn = donors.resampled(settings.simulator.donors, np.random.default_rng(seed))
    tried = worlds(base.world, settings.simulator.chosen_on, seed + _CHOSEN_ON, base.spread)
    never = [play(Always(NONE), world, drawn, n) for n, world in enumerate(tried)]
    made = []
    for caution, factors in settings.policy.caution.items():
        progress.step(f"planning, {caution}")
        world = pessimistic(base.world, *factors)
        chooser = planned(world, base, settings, caution, drawn, seed)
        played = [play(Served(chooser), world, drawn, n) for n, world in enumerate(tried)]
        made.append(_trial(caution, chooser, played, never))
    return sorted(made, key=lambda t: t.by(settings.policy.choose_by), reverse=True)


def planned(
    world: ContactWorld, base: Believed, settings: DonorSettings, caution: str, donors: Donors,
    seed: int,
) -> Chooser:  # fmt: skip
    """The plan for a world, over what a service knows; with a tree of it when one is served."""
    made = plan(world, starts=STARTS, tempers=knowledge(world))
    signed = settings.policy.signed_off_by
    tree = _tree(world, made, donors, settings.policy, seed) if signed else None
    return Chooser.of(
        world, made, settings.features.contact_months, caution, base.effects, tree, signed,
        Intervals.of(settings.country_rules()),
    )  # fmt: skip


def _tree(
    world: ContactWorld, made: Plan, donors: Donors, policy: PolicySettings, seed: int
) -> Tree | None:
    if policy.form == "plan":
        return None
    leaves = int(policy.form.removeprefix("tree-"))
    return distil(world, made, donors, leaves, seed=seed, inferred=True)


def _trial(caution: str, chooser: Chooser, played: list[Played], never: list[Played]) -> Trial:
    gains = [
        float((one.expected - none.expected).mean())
        for one, none in zip(played, never, strict=True)
    ]
    cvar = float(np.mean([one.cvar() for one in played]))
    return Trial(caution, chooser, float(np.mean(gains)), min(gains), cvar)
