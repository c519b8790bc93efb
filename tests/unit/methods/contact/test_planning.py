"""The planner against the simulator, and against a plain recursion that shares no code with it."""

from dataclasses import replace

import numpy as np
import pytest

from perdure.methods.contact.actions import ACTIONS, NONE
from perdure.methods.contact.ahead import action_values
from perdure.methods.contact.environment import Situation
from perdure.methods.contact.planner import plan
from perdure.methods.contact.policies.belief import Inferring
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.policies.greedy import GreedyPropensity, GreedyUplift
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.policies.rfm import RecencyRule
from perdure.methods.contact.rollout import play
from perdure.methods.contact.tempers import inferred, known

LEVELS = 6


def plainly(world, recency, donations, months, fatigue, out, month) -> float:
    """The value of one donor by the words of the model, one branch at a time."""
    if month == world.months:
        return 0.0
    best = -np.inf
    able = recency >= world.defer_months
    p = 1 / (1 + np.exp(-world.returns.log_odds(recency, donations, months)))
    base = world.hazard * p / (1 - world.hazard * p)
    for action in range(len(ACTIONS)) if able and not out else [NONE]:
        odds = base * np.exp(world.effect[action] * np.exp(-world.fading * fatigue))
        chance = odds / (1 + odds) if able else 0.0
        leave = min(0.5, world.opt_out[action] * (1 + fatigue) ** 1.5)
        value = chance * (1 - world.displaced[action]) - world.cost[action]
        value -= leave * world.opt_out_loss
        levels = (
            {min(fatigue + 1, 5): 1.0}
            if action
            else {max(fatigue - 1, 0): world.recovery, fatigue: 1 - world.recovery}
        )
        if action == NONE and fatigue == 0:
            levels = {0: 1.0}
        for gave, weight in ((True, chance), (False, 1 - chance)):
            then = (1, min(donations + 1, 25)) if gave else (min(recency + 1, 24), donations)
            for gone, share in ((True, leave), (False, 1 - leave)):
                for level, part in levels.items():
                    if weight * share * part:
                        value += (
                            weight
                            * share
                            * part
                            * plainly(
                                world, *then, min(months + 1, 125), level, out or gone, month + 1
                            )
                        )
        best = max(best, value)
    return best


@pytest.mark.parametrize("state", [(1, 1, 3, 0), (6, 3, 20, 2), (24, 25, 125, 5), (3, 25, 124, 1)])
def test_the_plan_is_the_plain_recursion(world, state) -> None:
    short = replace(world, months=3)
    made = plan(short, starts=np.array([state[2]]))
    found = made.values[0, state[0], state[1] - 1, 0, state[3]]
    assert found == pytest.approx(plainly(short, *state, False, 0), abs=1e-6)
    gone = made.gone[0, state[0], state[1] - 1, 0]
    assert gone == pytest.approx(plainly(short, *state, True, 0), abs=1e-6)


def test_the_value_of_the_plan_is_what_playing_it_brings(world, donors) -> None:
    made = plan(world)
    played = play(Planned(made), world, donors, seed=1)
    wanted = made.value(donors.recency, donors.donations, donors.months).mean()
    error = played.expected.std() / np.sqrt(len(donors))
    assert abs(played.expected.mean() - wanted) < 3 * error


def test_no_rule_beats_the_optimum(world, donors) -> None:
    made = plan(world)
    best = play(Planned(made), world, donors).expected
    rules = [Always(a) for a in range(4)]
    for rule in [*rules, RecencyRule(), GreedyPropensity(world), GreedyUplift(world)]:
        behind = best - play(rule, world, donors).expected
        assert behind.mean() > -3 * behind.std() / np.sqrt(len(donors)), rule.name


def test_not_seeing_fatigue_costs_value_and_less_than_doing_nothing(world, donors) -> None:
    blind = plan(world, tempers=inferred(world.recovery))
    values = [
        made.value(donors.recency, donors.donations, donors.months).mean()
        for made in (plan(world, allowed=(NONE,)), blind, plan(world))
    ]
    assert values[0] < values[1] < values[2]
    played = play(Inferring(blind), world, donors, seed=2).expected
    assert abs(played.mean() - values[1]) < 3 * played.std() / np.sqrt(len(donors)) + 0.01


def test_the_value_of_actions_is_that_of_the_plan(world) -> None:
    made, rows = plan(world), np.arange(25)
    state = Situation(
        rows, rows % 5 + 1, rows * 3, rows % LEVELS, np.zeros(25, bool), rows >= 2, month=0
    )
    values = action_values(world, made, state, state.fatigue)
    wanted = made.quality[rows, rows % 5, made.start(rows * 3), rows % LEVELS]
    np.testing.assert_allclose(values, wanted, atol=1e-5)


def test_a_barred_action_is_never_planned(world) -> None:
    made = plan(world, allowed=(0, 2))
    assert set(np.unique(made.best)) <= {0, 2}
    assert not made.best[:, : world.defer_months].any()


def test_knowledge_of_fatigue_is_a_distribution() -> None:
    for tempers in (known(0.3), inferred(0.3)):
        for table in (tempers.levels, tempers.rest, tempers.contact):
            np.testing.assert_allclose(table.sum(axis=1), 1)
            assert (table >= 0).all()
