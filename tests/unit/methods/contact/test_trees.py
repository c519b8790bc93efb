"""Distilled trees: readable, storable, and close to the optimum they were made from."""

import json

import numpy as np
import pytest

from perdure.methods.contact.distil import distil
from perdure.methods.contact.planner import plan
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.policies.tree import ByTree
from perdure.methods.contact.readable import FEATURES, Tree
from perdure.methods.contact.rollout import play


@pytest.fixture(scope="module")
def tree(world, donors) -> Tree:
    return distil(world, plan(world), donors, 8)


def test_eight_leaves_keep_most_of_the_gain(world, donors, tree) -> None:
    policies = (Always(0), Planned(plan(world)), ByTree(tree, world))
    never, best, kept = (play(p, world, donors).expected.mean() for p in policies)
    assert tree.leaves <= 8
    assert (kept - never) / (best - never) > 0.85


def test_a_tree_survives_its_file(tree) -> None:
    again = Tree.from_dict(json.loads(json.dumps(tree.to_dict())))
    X = np.random.default_rng(0).uniform(0, 30, (500, len(FEATURES)))
    np.testing.assert_array_equal(tree.choose(X), again.choose(X))


def test_the_rules_cover_every_situation_once(tree) -> None:
    rules = list(tree.rules())
    assert len(rules) == tree.leaves
    assert sum(share for _, _, share in rules) == pytest.approx(1)


def test_a_tree_that_points_backwards_is_refused(tree) -> None:
    form = tree.to_dict()
    form["left"] = [0] * len(form["left"])
    with pytest.raises(ValueError, match="no later node"):
        Tree.from_dict(form)
