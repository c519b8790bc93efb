"""Every policy of the bench, and the CPU seconds that making it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from perdure.kernel.errors import MissingExtra
from perdure.kernel.progress import Progress
from perdure.methods.contact.actions import EMAIL, INCENTIVE, NONE, SMS
from perdure.methods.contact.distil import distil
from perdure.methods.contact.planner import Plan, plan
from perdure.methods.contact.policies.adaptive import Adaptive
from perdure.methods.contact.policies.belief import Inferring
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.policies.greedy import GreedyPropensity, GreedyUplift
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.policies.policy import ContactPolicy
from perdure.methods.contact.policies.rfm import RecencyRule
from perdure.methods.contact.policies.thompson import learned
from perdure.methods.contact.policies.tree import ByTree
from perdure.methods.contact.tempers import inferred
from perdure.methods.contact.worlds import WIDE, pessimistic
from perdure.solutions.donor.benchmark.setting import Setting
from perdure.solutions.donor.chooser import Served
from perdure.solutions.donor.training.choosing import trials
from perdure.solutions.donor.training.response import Believed

LEAVES = (8, 16, 32)
LEARNED = ("ppo", "maskable-ppo", "dqn")
RECOMMENDED = ("served",)
"""What the product follows where nothing but priors is known: it does not see fatigue."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A policy and what it cost to make."""

    policy: ContactPolicy
    cpu: float


@dataclass(slots=True)
class Contestants:
    """Policies by name, and notes on those that could not be made."""

    made: dict[str, Contestant]
    notes: list[str]

    def add(self, name: str, make: Callable[[], ContactPolicy]) -> None:
        """Make one and time it."""
        began = time.process_time()
        policy = make()
        self.made[name] = Contestant(policy, time.process_time() - began)


def contestants(found: Setting, learn: str, dqn_seeds: int, progress: Progress) -> Contestants:
    """All policies. ``learn``: "auto" (when the extra is there), "yes" (or fail), "no"."""
    every = Contestants({}, [])
    _rules(every, found)
    progress.step("planning")
    _planned(every, found)
    if learn == "no":
        every.notes.append("ppo, maskable-ppo and dqn were left out (--learn no)")
        return every
    try:
        _learned(every, found, dqn_seeds, progress)
    except MissingExtra as missing:
        if learn == "yes":
            raise
        every.notes.append(f"ppo, maskable-ppo and dqn were not measured: {missing}")
    return every


def _rules(every: Contestants, found: Setting) -> None:
    fixed = {"never": NONE, "sms": SMS, "email": EMAIL, "incentive": INCENTIVE}
    for name, action in fixed.items():
        every.add(name, lambda action=action: Always(action))  # type: ignore[misc]
    every.add("rfm", RecencyRule)
    every.add("greedy-propensity", lambda: GreedyPropensity(found.world))
    every.add("greedy-uplift", lambda: GreedyUplift(found.world))
    every.add("thompson", lambda: learned(found.world, found.learn, seed=found.seed))


def _planned(every: Contestants, found: Setting) -> None:
    world, careful = found.world, pessimistic(found.world)
    every.add("dp", lambda: Planned(plan(world)))
    every.add("dp-pessimistic", lambda: Planned(plan(careful), "dp-pessimistic"))
    known = inferred(world.recovery)
    every.add("dp-inferred", lambda: Inferring(plan(world, tempers=known)))
    every.add("dp-adaptive", lambda: Adaptive(world, seed=found.seed))
    nominal = plan_of(every, "dp")
    for leaves in LEAVES:
        every.add(f"tree-{leaves}", _tree(found, nominal, leaves))
    every.add("served", lambda: served(found))


def served(found: Setting) -> Served:
    """What the product would serve: chosen among cautions, on worlds of its own."""
    base = Believed(found.world, "priors", WIDE, {})
    return Served(trials(base, found.settings, found.learn, found.seed)[0].chooser)


def _tree(found: Setting, made: Plan, leaves: int) -> Callable[[], ContactPolicy]:
    def make() -> ContactPolicy:
        tree = distil(found.world, made, found.learn, leaves, seed=found.seed)
        return ByTree(tree, found.world, name=f"tree-{leaves}")

    return make


def plan_of(every: Contestants, name: str) -> Plan:
    """The plan that a planned contestant follows."""
    policy = every.made[name].policy
    if not isinstance(policy, Planned | Inferring):
        raise TypeError(f"{name} follows no plan")
    return policy.plan


def _learned(every: Contestants, found: Setting, dqn_seeds: int, progress: Progress) -> None:
    from perdure.methods.contact.learning import train_dqn, train_maskable_ppo, train_ppo

    world, donors, seed = found.world, found.start, found.seed
    progress.step("learning by trial: ppo")
    every.add("ppo", lambda: train_ppo(world, donors, seed=seed))
    progress.step("learning by trial: maskable-ppo")
    every.add("maskable-ppo", lambda: train_maskable_ppo(world, donors, seed=seed))
    for number in range(dqn_seeds):
        progress.step(f"learning by trial: dqn, seed {seed + number}")
        name = "dqn" if number == 0 else f"dqn, seed {seed + number}"
        every.add(name, lambda n=number: train_dqn(world, donors, seed=seed + n))  # type: ignore[misc]


def by_name(every: Contestants) -> Mapping[str, ContactPolicy]:
    """The policies alone."""
    return {name: one.policy for name, one in every.made.items()}
