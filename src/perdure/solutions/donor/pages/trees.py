"""The plan as a tree of a page: rules that people can read, and how much of the plan they keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Floats
from perdure.methods.contact.distil import distil
from perdure.methods.contact.planner import plan
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.policies.tree import described
from perdure.methods.contact.readable import FEATURES, Tree
from perdure.methods.contact.rollout import play
from perdure.solutions.donor.chooser import Chooser, Served, situation
from perdure.solutions.donor.pages.champion import Basis, Population
from perdure.solutions.donor.pages.grid import PLANNED

LEAVES = (8, 16, 32)
_DRAWN, _SEED = 4_000, 11
_LEFT = FEATURES.index("left")

Bounds = dict[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A leaf: its conditions in words, its action, the share of today's donors who come there."""

    conditions: tuple[str, ...]
    action: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Readable:
    """A tree as rules, the most frequent first; ``kept``: share of the plan's gain (simulated)."""

    leaves: int
    rules: tuple[Rule, ...]
    kept: float | None
    gain: float
    planned: float
    served: bool


def readable(key: Basis, leaves: int) -> Readable:
    """The policy in service as a tree of at most so many leaves.

    A tree that is in service itself is shown as it is, whatever number was asked for.
    """
    chooser, people = key.chooser, key.people
    whole = replace(chooser, tree=None)
    drawn = people.drawn(_DRAWN, _SEED)
    tree = chooser.tree
    if tree is None:
        planned = plan(chooser.world, starts=PLANNED, tempers=chooser.tempers)
        tree = distil(chooser.world, planned, drawn, leaves, seed=_SEED, inferred=True)
    never = play(Always(NONE), chooser.world, drawn, _SEED).expected
    best = (play(Served(whole), chooser.world, drawn, _SEED).expected - never).mean()
    kept = (play(Served(replace(chooser, tree=tree)), chooser.world, drawn, _SEED).expected
            - never).mean()  # fmt: skip
    rules = sorted(_rules(tree, chooser, people), key=lambda rule: -(rule.share or 0))
    return Readable(
        tree.leaves, tuple(rules), float(kept / best) if best > 0 else None, float(kept),
        float(best), chooser.tree is not None,
    )  # fmt: skip


def _rules(tree: Tree, chooser: Chooser, people: Population) -> Iterator[Rule]:
    shares = _shares(tree, chooser, people)
    for node, bounds in _leaves(tree, 0, {}, chooser.world.months):
        action = ACTIONS[int(tree.value[node].argmax())]
        yield Rule(tuple(_words(bounds)), action, float(shares[node]) if len(people) else None)


def _shares(tree: Tree, chooser: Chooser, people: Population) -> Floats:
    if not len(people):
        return np.zeros(len(tree.feature))
    X = described(situation(people.donors), chooser.world, chooser.tempers, people.temper)
    return np.bincount(tree.place(X), minlength=len(tree.feature)) / len(people)


def _leaves(tree: Tree, node: int, bounds: Bounds, months: int) -> Iterator[tuple[int, Bounds]]:
    """Leaves that a service can meet: each month is the first of a plan, so all months are left."""
    feature = int(tree.feature[node])
    if feature < 0:
        yield node, bounds
        return
    limit = float(tree.threshold[node])
    low, high = bounds.get(feature, (-inf, inf))
    if feature == _LEFT:
        side = tree.left if months <= limit else tree.right
        yield from _leaves(tree, int(side[node]), bounds, months)
        return
    yield from _leaves(tree, int(tree.left[node]), bounds | {feature: (low, min(high, limit))},
                       months)  # fmt: skip
    yield from _leaves(tree, int(tree.right[node]), bounds | {feature: (max(low, limit), high)},
                       months)  # fmt: skip


def _words(bounds: Bounds) -> Iterator[str]:
    """Bounds as sentences that a person can check against a donor's record.

    >>> list(_words({0: (2.5, 6.5), 1: (-inf, 1.5)}))
    ['last donation 3 to 6 months ago', '1 donation']
    """
    for feature in sorted(bounds):
        yield _SAID[FEATURES[feature]](*bounds[feature])


def _months(what: str, low: float, high: float) -> str:
    first, last = _whole(low, high)
    if last is None:
        return f"{what} {first} months ago or more"
    if first is None or first <= 0:
        return f"{what} at most {last} months ago"
    return f"{what} {first} months ago" if first == last else f"{what} {first} to {last} months ago"


def _count(low: float, high: float) -> str:
    first, last = _whole(low, high)
    if last is None:
        return f"{first} donations or more"
    if first is None or first <= 1:
        return "1 donation" if last == 1 else f"at most {last} donations"
    return f"{first} donations" if first == last else f"{first} to {last} donations"


def _whole(low: float, high: float) -> tuple[int | None, int | None]:
    first = None if low == -inf else int(np.floor(low)) + 1
    return first, None if high == inf else int(np.floor(high))


def _between(what: str, unit: str, digits: int, low: float, high: float) -> str:
    ends = [f"{value:.{digits}f}{unit}" for value in (low, high) if abs(value) != inf]
    if low == -inf:
        return f"{what} at most {ends[0]}"
    return f"{what} above {ends[0]}" if high == inf else f"{what} {ends[0]} to {ends[1]}"


def _recency(low: float, high: float) -> str:
    return _months("last donation", low, high)


def _time(low: float, high: float) -> str:
    return _months("first donation", low, high)


def _fatigue(low: float, high: float) -> str:
    return _between("expected fatigue (0 to 5)", "", 1, low, high)


def _chance(low: float, high: float) -> str:
    return _between("gives within a month anyway:", " %", 1, low, high)


_SAID: dict[str, Callable[[float, float], str]] = {
    "recency": _recency,
    "donations": _count,
    "months": _time,
    "fatigue": _fatigue,
    "chance": _chance,
}
