"""What the chosen policy brings to donors and in worlds that it was not chosen on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.methods.contact.actions import NONE, Floats, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.planner import EVERY_START, plan
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.policies.greedy import GreedyPropensity, GreedyUplift
from perdure.methods.contact.policies.policy import ContactPolicy
from perdure.methods.contact.policies.rfm import RecencyRule
from perdure.methods.contact.policies.unseen import Unseen
from perdure.methods.contact.rollout import Played, play
from perdure.methods.contact.world import ContactWorld
from perdure.methods.contact.worlds import worlds
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.evidence import ADMISSIBLE, CONSTRAINT, SERVED, difference
from perdure.solutions.donor.chooser import Chooser, Served, knowledge
from perdure.solutions.donor.predictor import DonorPredictor
from perdure.solutions.donor.training.response import Believed

BASELINES = ("never", "rfm", "greedy-propensity", "greedy-uplift")
CHAMPION = "champion"
OPTIMUM = "optimum"
"""The plan of a policy that was told the world it is played in: what regret is measured to."""
_OPTIMUM_STARTS: Ints = EVERY_START[::12]
_REGRET_WORLDS = 8
"""So many worlds tell the regret well enough; each of them is planned, which takes its time."""
METRIC = "return"
_Z = 1.959964


def policies(world: ContactWorld, chooser: Chooser) -> dict[str, ContactPolicy]:
    """The policy and the simple rules that it must beat; none of them sees fatigue."""
    return {
        SERVED: Served(chooser),
        "never": Always(NONE),
        "rfm": RecencyRule(),
        "greedy-propensity": GreedyPropensity(world),
        "greedy-uplift": Unseen(GreedyUplift(world), knowledge(world)),
    }


def evidence(
    context: TrainingContext, base: Believed, chooser: Chooser, donors: Donors
) -> list[Measured]:
    """Rows of the believed world with intervals over donors, and of perturbed worlds.

    ``donors`` are others than those the policy was chosen on. All policies meet the same luck.
    """
    simulated, case, world = context.settings.simulator, context.case, base.world
    drawn = donors.resampled(simulated.donors, np.random.default_rng(context.seed + 1))
    made = policies(world, chooser)
    made |= _champion(context)
    played = {name: play(policy, world, drawn, context.seed) for name, policy in made.items()}
    rows = [*_values(case, played), *_differences(case, played), *_facts(case, played)]
    losing = dict.fromkeys(made, 0)
    for number, other in enumerate(worlds(world, simulated.worlds, context.seed, base.spread), 1):
        gains = _gains(made | _told(other, chooser, number), other, drawn, number)
        rows += _of_world(f"{case}, world {number}", gains)
        for name in gains.keys() & losing.keys():
            losing[name] += int(_upper(gains[name]) < 0)
    return [*rows, *_losing(case, losing, simulated.worlds), _masked(case, chooser)]


def _losing(case: str, losing: Mapping[str, int], count: int) -> Iterator[Measured]:
    """The constraint on the policy, and which rules keep it too: only those are alternatives."""
    words = "worlds where it does worse than never contacting"
    yield Measured(case, CONSTRAINT, words, float(losing[SERVED]), n=count)
    for name in BASELINES:
        yield Measured(case, name, ADMISSIBLE, float(losing[name] == 0), n=count)


def _told(world: ContactWorld, chooser: Chooser, number: int) -> dict[str, ContactPolicy]:
    """Of the first worlds: the best of a service that knew them, though not anybody's fatigue."""
    if number > _REGRET_WORLDS:
        return {}
    best = plan(world, starts=_OPTIMUM_STARTS, tempers=knowledge(world))
    told = Chooser.of(world, best, chooser.contact_months, OPTIMUM, chooser.effects)
    return {OPTIMUM: Served(told, OPTIMUM)}


def _champion(context: TrainingContext) -> dict[str, ContactPolicy]:
    held = context.champion.predictor if context.champion else None
    return {CHAMPION: Served(held.chooser, CHAMPION)} if isinstance(held, DonorPredictor) else {}


def _values(case: str, played: Mapping[str, Played]) -> Iterator[Measured]:
    for name, one in played.items():
        yield _row(case, name, METRIC, one.expected)
        yield _row(case, name, "donations", one.donations)
        yield _row(case, name, "contacts", one.contacts)
        yield _row(case, name, "opt-outs", one.opted_out)
        yield Measured(case, name, "cvar10", one.cvar(), n=len(one.returns))


def _differences(case: str, played: Mapping[str, Played]) -> Iterator[Measured]:
    for name, one in played.items():
        if name != SERVED:
            apart = played[SERVED].expected - one.expected
            yield _row(case, difference(name), METRIC, apart)


def _facts(case: str, played: Mapping[str, Played]) -> Iterator[Measured]:
    served = played[SERVED]
    for action, count in served.actions.items():
        yield Measured(case, SERVED, f"share {action}", count / sum(served.actions.values()),
                       n=len(served.returns))  # fmt: skip


def _gains(
    made: Mapping[str, ContactPolicy], world: ContactWorld, donors: Donors, seed: int
) -> dict[str, Floats]:
    never = play(made["never"], world, donors, seed).expected
    return {
        name: play(policy, world, donors, seed).expected - never
        for name, policy in made.items()
        if name != "never"
    }


def _of_world(case: str, gains: Mapping[str, Floats]) -> Iterator[Measured]:
    for name, gain in gains.items():
        yield _row(case, name, "gain over never", gain)


def _masked(case: str, chooser: Chooser) -> Measured:
    """Every state of the grid in which nobody may be contacted: is a contact chosen in any?"""
    shape = chooser.values.shape[:4]
    recency, donations, start, temper = (axis.ravel() for axis in np.indices(shape))
    deferred = recency < chooser.world.defer_months
    held = Donors(recency[deferred], donations[deferred] + 1, chooser.starts[start[deferred]])
    wrong = chooser.best(held, temper[deferred]) != NONE
    return Measured(case, CONSTRAINT, "deferred donor contacted", float(wrong.sum()), n=len(wrong))


def _row(case: str, method: str, metric: str, values: Floats | Ints) -> Measured:
    numbers = np.asarray(values, np.float64)
    return Measured(case, method, metric, float(numbers.mean()), _lower(numbers),
                    _upper(numbers), len(numbers))  # fmt: skip


def _lower(values: Floats) -> float:
    return float(values.mean() - _Z * values.std(ddof=1) / np.sqrt(len(values)))


def _upper(values: Floats) -> float:
    return float(values.mean() + _Z * values.std(ddof=1) / np.sqrt(len(values)))
