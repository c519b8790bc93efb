"""The grid of situations that the policy explorer shows, and the best action in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.actions import INCENTIVE, NONE, Bools, Floats, Ints
from perdure.methods.contact.donors import Donors
from perdure.solutions.donor.chooser import Chooser
from perdure.solutions.donor.history import temper_of

RECENCY: Ints = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 21, 24])
"""Months since the last donation: the rows."""
DONATIONS: Ints = np.array([1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25])
"""Donations so far: the columns."""
STARTS: Ints = np.array([6, 24, 60, 108])
"""Months since the first donation: those that can be chosen."""
PLANNED: Ints = np.array([6, 12, 24, 36, 48, 60, 84, 108])
"""Those that variants are planned for; donors between them follow the nearest. Measured on the
sample world: eight keep 93 % of the gain of planning every half year, four 85 %."""
HISTORIES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("Not contacted lately", ()),
    ("Once, 3 months ago", (3,)),
    ("Once, last month", (1,)),
    ("Twice in 3 months", (1, 3)),
    ("Each of 3 months", (1, 2, 3)),
    ("Each of 6 months", (1, 2, 3, 4, 5, 6)),
)
"""Contact histories: how many months ago the contacts were. They tell of fatigue."""
OPEN, NO_INCENTIVE = 0, 1
IMPOSSIBLE = 255
"""The mark of a situation that cannot be: more donations than the months allow."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Best actions (incentive or not, starts, histories, R, F) and what each adds over none."""

    best: npt.NDArray[np.uint8]
    gain: Floats


def grid(chooser: Chooser) -> Grid:
    """The chooser's answer in every situation of the grid, with and without incentives."""
    s, h, r, f = (
        axis.ravel()
        for axis in np.indices((len(STARTS), len(HISTORIES), len(RECENCY), len(DONATIONS)))
    )
    donors = Donors(RECENCY[r], DONATIONS[f], STARTS[s])
    worth = chooser.worth(donors, _tempers(chooser)[h])
    shape = (len(STARTS), len(HISTORIES), len(RECENCY), len(DONATIONS))
    served = chooser.best(donors, _tempers(chooser)[h])
    made = [_chosen(worth, served, closed) for closed in (False, True)]
    gain = [w[np.arange(len(w)), b] - w[:, NONE] for w, b in ((worth, b) for b in made)]
    best = np.stack([np.where(_impossible(donors), IMPOSSIBLE, b).reshape(shape) for b in made])
    return Grid(best.astype(np.uint8), np.stack([g.reshape(shape) for g in gain]))


def _chosen(worth: Floats, served: Ints, without_incentive: bool) -> Ints:
    """What is served; where that is an incentive and none is allowed, the best of the others."""
    if not without_incentive:
        return served
    others = np.delete(np.nan_to_num(worth, nan=-np.inf), INCENTIVE, axis=1)
    return np.where(served == INCENTIVE, others.argmax(axis=1), served)


def _impossible(donors: Donors) -> Bools:
    """The last donation lies before the first, or they follow each other more than monthly."""
    found: Bools = (donors.recency > donors.months) | (
        (donors.donations > 1) & (donors.months - donors.recency < donors.donations - 1)
    )
    once: Bools = (donors.donations == 1) & (donors.recency == donors.months)
    return np.asarray(found & ~once)


def _tempers(chooser: Chooser) -> Ints:
    """What each history tells of fatigue."""
    months = max(max(ago, default=0) for _, ago in HISTORIES)
    contacted = np.zeros((len(HISTORIES), months), np.bool_)
    for row, (_, ago) in enumerate(HISTORIES):
        contacted[row, [a - 1 for a in ago]] = True
    return temper_of(contacted, chooser.tempers)
