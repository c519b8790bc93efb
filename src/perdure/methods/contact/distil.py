"""From an optimum that nobody can read to a tree of a page.

The tree learns which action is best; the value that it keeps is measured by playing it. Growing
it on what each wrong action costs was tried and kept less (.94 against .97 of the gain with 8
leaves): months where a contact is worth little took the leaves. Situations are those that the
optimum meets (with some random contacts), then those that the tree itself meets (DAgger: Ross,
Gordon and Bagnell 2011), so that it knows what to do where its own choices lead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Floats, Ints
from perdure.methods.contact.ahead import action_values
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import ContactEnvironment
from perdure.methods.contact.planner import Plan
from perdure.methods.contact.policies.tree import described
from perdure.methods.contact.readable import Tree
from perdure.methods.contact.world import ContactWorld

EXPLORATION = 0.1
FEWEST_ROWS = 200
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Met:
    """Situations that were met, (n, 6), and the best action in each, (n,)."""

    situations: Floats
    best: Ints


def distil(
    world: ContactWorld,
    plan: Plan,
    donors: Donors,
    leaves: int,
    *,
    seed: int = 0,
    inferred: bool = False,
) -> Tree:
    """A tree of at most ``leaves`` leaves that loses little of the plan's value.

    ``inferred``: the plan was made over contact histories, and fatigue is the expected one.
    """
    rng = np.random.default_rng(seed)
    met = _meet(world, plan, donors, None, rng, inferred=inferred)
    tree = _grown(met, leaves, seed)
    for _ in range(ROUNDS - 1):
        more = _meet(world, plan, donors, tree, rng, inferred=inferred)
        met = Met(
            np.concatenate([met.situations, more.situations]),
            np.concatenate([met.best, more.best]),
        )
        tree = _grown(met, leaves, seed)
    return tree


def _meet(
    world: ContactWorld,
    plan: Plan,
    donors: Donors,
    tree: Tree | None,
    rng: np.random.Generator,
    *,
    inferred: bool,
) -> Met:
    """Follow the plan, or the tree, with some random contacts, and note where it is decided."""
    env = ContactEnvironment(world, donors)
    env.reset(rng)
    temper = np.zeros(len(donors), np.int64)
    situations, best = [], []
    while not env.done:
        seen = env.situation
        known = temper if inferred else seen.fatigue
        values = action_values(world, plan, seen, known)
        X = described(seen, world, plan.tempers if inferred else None, temper)
        situations.append(X[seen.able])
        chosen = values.argmax(axis=1)
        best.append(chosen[seen.able])
        done = chosen if tree is None else tree.choose(X)
        happened = env.step(_explored(done, rng))
        temper = plan.tempers.after(temper, happened.actions != NONE) if inferred else temper
    return Met(np.concatenate(situations), np.concatenate(best))


def _explored(best: Ints, rng: np.random.Generator) -> Ints:
    lot = rng.random(len(best)) < EXPLORATION
    return np.where(lot, rng.integers(0, len(ACTIONS), len(best)), best)


def _grown(met: Met, leaves: int, seed: int) -> Tree:
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(
        max_leaf_nodes=leaves, min_samples_leaf=FEWEST_ROWS, random_state=seed
    )
    made = model.fit(met.situations, met.best).tree_
    shares = np.zeros((made.node_count, len(ACTIONS)))
    shares[:, model.classes_] = made.value[:, 0]
    return Tree(
        made.feature.astype(np.int64).clip(-1), made.threshold, made.children_left,
        made.children_right, shares, made.n_node_samples / made.n_node_samples[0],
    )  # fmt: skip
