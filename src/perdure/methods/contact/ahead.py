"""One exact step ahead of a plan: what each action is worth to donors in a situation."""

from __future__ import annotations

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Floats, Ints
from perdure.methods.contact.environment import Situation
from perdure.methods.contact.planner import Plan
from perdure.methods.contact.world import MOST_DONATIONS, MOST_RECENCY, ContactWorld


def action_values(world: ContactWorld, plan: Plan, seen: Situation, temper: Ints) -> Floats:
    """The expected return from now on of each action, (n, actions); the plan is followed after.

    ``temper`` (n,) is what is known of fatigue, as places of ``plan.tempers``; the fatigue in
    ``seen`` is not looked at. Actions that are barred are minus infinity.
    """
    odds = world.base_log_odds(seen.recency, seen.donations, seen.months)
    able = world.eligible(seen.recency)[:, None]
    start = plan.start(seen.months, seen.month)
    values, gone = plan.values[seen.month + 1], plan.gone[seen.month + 1]
    wait = (np.minimum(seen.recency + 1, MOST_RECENCY), seen.donations - 1, start)
    gave = (np.ones_like(start), np.minimum(seen.donations, MOST_DONATIONS - 1), start)
    levels, lift, leaving = plan.tempers.levels, world.lift(), world.leaving()[:, :, 1]
    found = np.full((len(seen), len(ACTIONS)), -np.inf)
    for action in range(len(ACTIONS)):
        faded = able / (1 + np.exp(-(odds[:, None] + lift[action])))
        chance = (faded * levels[temper]).sum(axis=1)
        out = (levels @ leaving[action])[temper]
        moves = (plan.tempers.rest if action == NONE else plan.tempers.contact)[temper]
        later, given = ((values[place] * moves).sum(axis=1) for place in (wait, gave))
        made = chance * world.worth()[action] - world.cost[action]
        made += (1 - out) * (later + chance * (given - later))
        made += out * (gone[wait] + chance * (gone[gave] - gone[wait]) - world.opt_out_loss)
        found[:, action] = np.where(seen.able | (action == NONE), made, -np.inf)
    return found
