"""No entity on both sides, no outcome from the future, nothing chosen on what is reported."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure.kernel.clock import add_months
from perdure.platform.training.splits import (
    entity_groups,
    grouped_plan,
    region_groups,
    rolling_plan,
)

START = datetime(2023, 1, 31)


def rolling(months, span, entities=30, groups=3):
    """Every entity at each of the given months after the start."""
    at = [add_months(START, m) for m in months for _ in range(entities)]
    entity = [f"e{i}" for _ in months for i in range(entities)]
    return np.array(at), np.array(entity), rolling_plan(at, entity_groups(entity, groups), span)


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8, unique=True), st.integers(0, 12))
def test_rolling_origin_never_sees_the_future_or_the_entity(months, span):
    at, entity, plan = rolling(sorted(months), span)
    if plan is None:
        assert len(months) == 1 or max(months) - min(months) < span
        return
    (turn,) = plan.rounds
    asked = np.logical_or.reduce([fold.test for fold in turn.report])
    moment = at[asked].min()
    assert (at[asked] == moment).all()
    for fold in plan.folds():
        assert not set(entity[fold.train]) & set(entity[fold.test])
        assert not (fold.train & fold.test).any()
    for fold in turn.report:
        known = [add_months(t, span) for t in at[fold.train]]
        assert max(known) <= moment
    for fold in turn.selection:
        assert not (fold.test & asked).any()
        # What the choice is made by was known before the report's date.
        assert max(add_months(t, span) for t in at[fold.test]) <= moment
        if at[fold.test].min() > at[fold.train].max():
            assert max(add_months(t, span) for t in at[fold.train]) <= at[fold.test].min()


def test_dates_too_close_together_give_no_rolling_plan():
    assert rolling([0, 1, 2], span=6)[2] is None
    assert rolling([0], span=0)[2] is None


def test_earlier_dates_serve_to_choose():
    _, _, plan = rolling([0, 6, 12, 18], span=6)
    assert "reported at 2024-07-31" in plan.words
    assert "chosen at 2023-07-31, 2024-01-31" in plan.words


def test_without_earlier_dates_the_choice_is_made_within_the_training_dates():
    at, _, plan = rolling([0, 6], span=6)
    assert "held out of the training dates" in plan.words
    for fold in plan.rounds[0].selection:
        assert (at[fold.test] == START).all()
    learnt = {fold.learnt for fold in plan.folds()}
    assert len(learnt) == 3  # each fit serves selection and report


def test_grouped_plan_asks_everyone_once_and_chooses_elsewhere():
    groups = entity_groups([f"e{i}" for i in range(200)], 5)
    plan = grouped_plan(groups, "words")
    assert sum(fold.test.sum() for turn in plan.rounds for fold in turn.report) == 200
    for turn in plan.rounds:
        (report,) = turn.report
        for fold in turn.selection:
            assert not (fold.test & report.test).any()
            assert not (fold.train & report.test).any()
            assert not (fold.train & fold.test).any()
    assert len({fold.learnt for fold in plan.folds()}) == 5 + 10


def test_an_entity_keeps_its_group_whoever_else_is_there():
    names = [f"e{i}" for i in range(500)]
    whole = dict(zip(names, entity_groups(names, 5), strict=True))
    some = names[100:300][::-1]
    assert [whole[n] for n in some] == entity_groups(some, 5).tolist()
    assert np.bincount(list(whole.values())).min() > 60
    assert [whole[n] for n in names] != entity_groups(names, 5, seed=1).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_region_groups_split_no_region_and_balance_positives(seed):
    rng = np.random.default_rng(seed)
    regions = rng.choice([f"r{i}" for i in range(40)], 5000)
    y = (rng.random(5000) < 0.05).astype(float)
    groups = region_groups(regions, y, 5)
    for region in set(regions):
        assert len(set(groups[regions == region])) == 1
    positives = np.bincount(groups, y)
    assert positives.max() - positives.min() <= 8
    order = rng.permutation(5000)
    assert np.array_equal(region_groups(regions[order], y[order], 5), groups[order])
