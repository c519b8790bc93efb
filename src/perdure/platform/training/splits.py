"""Who is learnt from and who is asked: folds that imitate the future and never share an entity.

With several index dates the last one whose past is long enough is the *report*: models learn from
entities of other groups at dates whose outcomes were already known then. With one index date,
groups of regions (or of entities) take turns in being held out. The learner is always chosen on
*selection* folds, which hold nothing that the report of the same round is measured on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import cast

import numpy as np
import numpy.typing as npt

from perdure.kernel.clock import add_months

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Fold:
    """Learn from the rows of ``train``, ask about those of ``test``.

    Folds with the same ``learnt`` have the same training rows, so one fit serves them all.
    """

    learnt: str
    train: Flags
    test: Flags


@dataclass(frozen=True, slots=True)
class Round:
    """Choose and calibrate on ``selection``, then measure on ``report``."""

    selection: tuple[Fold, ...]
    report: tuple[Fold, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All rounds, and in one sentence how rows were split.

    ``by_region``: whole regions were held out, so whole regions are what an interval draws.
    """

    rounds: tuple[Round, ...]
    words: str
    by_region: bool = False

    def folds(self) -> Iterator[Fold]:
        """Every fold of every round."""
        for turn in self.rounds:
            yield from (*turn.selection, *turn.report)


def entity_groups(entities: Sequence[str], groups: int, seed: int = 0) -> Places:
    """A group 0..groups-1 for each row, by a keyed hash of its entity.

    The group of an entity depends on nothing but its name and the seed: not on the order of the
    rows, not on which other entities there are.
    """
    names, codes = np.unique(np.asarray(entities), return_inverse=True)
    key = str(seed).encode()
    of_name = [
        int.from_bytes(hashlib.blake2b(str(n).encode(), key=key, digest_size=8).digest()) % groups
        for n in names
    ]
    return np.array(of_name, np.int64)[codes]


def region_groups(regions: Sequence[str], y: npt.ArrayLike, groups: int) -> Places:
    """A group for each row such that a region is never split and groups have alike positives.

    Regions are dealt out in order of falling positives (then rows, then name), each to the group
    that has fewest positives so far.

    >>> region_groups(["a", "b", "c", "a"], [1, 0, 1, 1], 2).tolist()
    [0, 1, 1, 0]
    """
    names, codes = np.unique(np.asarray(regions), return_inverse=True)
    rows, positive = np.bincount(codes), np.bincount(codes, np.asarray(y, np.float64))
    load = np.zeros((groups, 2))
    of_name = np.zeros(len(names), np.int64)
    for place in np.lexsort((names, -rows, -positive)):
        emptiest = int(np.lexsort((load[:, 1], load[:, 0]))[0])
        of_name[place] = emptiest
        load[emptiest] += positive[place], rows[place]
    return of_name[codes]


def grouped_plan(groups: Places, words: str) -> Plan:
    """Each group is reported once by a model that never saw it.

    For the round of group r, models that saw neither r nor s are asked about s: that is what the
    learner is chosen by. The same fit also serves the round of s, asked about r.
    """
    count = int(groups.max()) + 1
    without = {
        pair: (groups != pair[0]) & (groups != pair[1]) for pair in combinations(range(count), 2)
    }
    rounds = []
    for held in range(count):
        selection = tuple(
            Fold(f"without {pair[0]} and {pair[1]}", train, groups == sum(pair) - held)
            for pair, train in without.items()
            if held in pair
        )
        report = Fold(f"without {held}", groups != held, groups == held)
        rounds.append(Round(selection, (report,)))
    return Plan(tuple(rounds), words)


def rolling_plan(at: Sequence[datetime], groups: Places, span_months: int) -> Plan | None:
    """Learn from dates whose outcomes were known at the date that is asked about, or None.

    ``span_months`` is the time from an index date until its outcome is complete. None when no
    date has another one that far before it. Earlier dates serve to choose the learner; without
    any, the learner is chosen among entities held out of the training dates.
    """
    moments = np.asarray(at, "datetime64[us]")
    dates = np.unique(moments)
    known = {t: dates[[d < t and _after(d, span_months) <= t for d in dates]] for t in dates}
    asked = [t for t in dates if len(known[t])]
    if not asked:
        return None
    last = asked[-1]
    report = _folds_at(moments, groups, last, known[last])
    choosing = [t for t in asked if t in known[last]][-2:]
    if choosing:
        selection = [fold for t in choosing for fold in _folds_at(moments, groups, t, known[t])]
        how = f"chosen at {', '.join(str(t)[:10] for t in choosing)}"
    else:
        selection = _folds_before(moments, groups, known[last])
        how = "chosen among entities held out of the training dates"
    words = (
        f"rolling origin, reported at {str(last)[:10]}, learnt from index dates up to"
        f" {str(known[last][-1])[:10]}, {how}; never the same entity on both sides"
    )
    return Plan((Round(tuple(selection), tuple(report)),), words)


def _after(moment: np.datetime64, months: int) -> np.datetime64:
    return np.datetime64(add_months(cast(datetime, moment.item()), months), "us")


def _folds_at(
    moments: Moments,
    groups: Places,
    asked: np.datetime64,
    known: Moments,
) -> list[Fold]:
    past, present = np.isin(moments, known), moments == asked
    return [
        Fold(f"up to {known[-1]} without {g}", past & (groups != g), present & (groups == g))
        for g in np.unique(groups)
    ]


def _folds_before(moments: Moments, groups: Places, known: Moments) -> list[Fold]:
    past = np.isin(moments, known)
    return [
        Fold(f"up to {known[-1]} without {g}", past & (groups != g), past & (groups == g))
        for g in np.unique(groups)
    ]
