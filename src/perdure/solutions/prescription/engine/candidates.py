"""Candidates of a field for each visit, with one row of numbers each for the ranker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Floats, Ints, Membership
from perdure.solutions.prescription.engine.fields import BASE, FIELDS, GROUPS
from perdure.solutions.prescription.engine.histories import KINDS
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.scores import Scores, Situation
from perdure.solutions.prescription.engine.visits import FIELDS as CODED

WIDE = 60
"""Candidates from each scorer: a union of five of them, about a hundred in all."""


SPECIAL = [number for number, group in enumerate(GROUPS) if group not in BASE]
"""Kinds of context whose evidence a ranker sees: that of the basic ones hardly differs."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """A flat list: the visit, the item, and the numbers (candidates, columns) of each."""

    row: Ints
    item: Ints
    numbers: Floats


def columns(name: str) -> tuple[str, ...]:
    """The names of the numbers, in order."""
    made = [f"{part}-{view}" for part in _ranked(name) for view in ("score", "gap", "rank")]
    made += [f"share-{group}" for group in GROUPS]
    made += [f"evidence-{group}" for group in GROUPS if group not in BASE]
    made += [f"{view}-{kind}" for view in ("times", "rate") for kind in KINDS]
    made += [f"visits-{kind}" for kind in KINDS]
    made += ["words", "popularity", "age", "sex", "specialty"]
    made += [f"entered-{field}" for field in CODED]
    if name == "brand":
        made += ["choice-everyone", "choice-specialty", "choice-doctor", "ridge-score"]
    return tuple(made)


def _ranked(name: str) -> tuple[str, ...]:
    return ("linear", "ease", "pool", "habit" if name == "brand" else "ridge")


COMMON = len(columns("molecule"))
"""The columns that every field has; those of brands come after them."""


def candidates(parts: Parts, scores: Scores, at: Situation, wide: int = WIDE) -> Candidates:
    """The most promising items of each visit that are not entered yet."""
    pool = scores.pool()
    of = FIELDS[scores.field].of
    row, item = _chosen(scores, pool, at.visits.sets.get(of), parts.terms.free[of], wide)
    blocks = [*_linear(scores, pool, row, item), *_counted(scores, row, item)]
    blocks += _about(parts, scores, at, row, item)
    return Candidates(row, item, _side_by_side(blocks, len(row)))


def _side_by_side(blocks: list[np.ndarray], n: int) -> Floats:
    """One row a candidate from single columns (n,) and several at once (n, k)."""
    ends = np.cumsum([1 if block.ndim == 1 else block.shape[1] for block in blocks])
    made = np.empty((n, ends[-1]), dtype=np.float32)
    for end, block in zip(ends.tolist(), blocks, strict=True):
        wide = block[:, None] if block.ndim == 1 else block
        made[:, end - wide.shape[1] : end] = wide
    return made


def _chosen(
    scores: Scores, pool: Floats, entered: Membership | None, free: Ints, wide: int
) -> tuple[Ints, Ints]:
    n, width = scores.linear.shape
    if wide >= width:
        marked = np.ones((n, width), dtype=bool)
    else:
        marked = np.zeros((n, width), dtype=bool)
        rows = np.arange(n)[:, None]
        habit = scores.own[:, KINDS.index("all")] + 1e-3 * scores.linear
        generic = scores.shares[:, GROUPS.index("specialty-age-sex")]
        for view in (scores.linear, pool, scores.ease, habit, generic):
            marked[rows, np.argpartition(-view, wide, axis=1)[:, :wide]] = True
    marked[:, free] = False
    if entered is not None:
        marked[entered.rows, entered.indices] = False
    row, item = np.nonzero(marked)
    return row, item


def _linear(scores: Scores, pool: Floats, row: Ints, item: Ints) -> Iterator[Floats]:
    last = scores.habit if scores.choice is not None else scores.ridge
    for view in (scores.linear, scores.ease, pool, last):
        value = view[row, item]
        yield value
        yield value - view.max(axis=1)[row]
        yield ranks(row, value, len(view))


def ranks(row: Ints, value: Floats, n: int) -> Floats:
    """The rank of each candidate among those of its visit, 0 for the highest value."""
    order = np.lexsort((-value, row))
    start = np.searchsorted(row[order], np.arange(n))
    rank = np.empty(len(row), dtype=np.float32)
    rank[order] = np.arange(len(row)) - start[row[order]]
    return rank


def _counted(scores: Scores, row: Ints, item: Ints) -> Iterator[Floats]:
    yield scores.shares[row, :, item]
    yield np.log1p(scores.evidence[:, SPECIAL])[row]
    times, support = scores.own[row, :, item], scores.support[row]
    yield times
    yield times / (support + 1)
    yield support


def _about(parts: Parts, scores: Scores, at: Situation, row: Ints, item: Ints) -> list[Floats]:
    visits = at.visits
    popularity = np.log(parts.popularity[scores.field][item] + 1e-9)
    found = [scores.words[row, item], popularity]
    found += [visits.age[row], visits.sex[row], visits.specialty[row]]
    found += [visits.sets[name].sizes[row] for name in CODED]
    if scores.choice is not None:
        found += [view[row, item] for view in (*scores.choice, scores.ridge)]
    return found
