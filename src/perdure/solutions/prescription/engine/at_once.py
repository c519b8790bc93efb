"""One prescription, all fields at once: the candidates that the batch would find, in fewer steps.

A batch is scored field by field (:mod:`.scores`, :mod:`.candidates`). With a single visit each
step costs more than what it works on, so here the items of all fields stand in one row, and what
the fields share is looked up once. The numbers of a candidate are the same; only the seed's pool
is added up in double precision, and differs by what single precision rounds away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Floats, Ints
from perdure.methods.recommend.naive_bayes import softmax
from perdure.methods.recommend.side_by_side import Entries
from perdure.solutions.prescription.engine.abreast import Abreast
from perdure.solutions.prescription.engine.candidates import COMMON, SPECIAL, WIDE, columns, ranks
from perdure.solutions.prescription.engine.contexts import only
from perdure.solutions.prescription.engine.fields import FIELDS, GROUPS, PLAIN, REGRESSORS
from perdure.solutions.prescription.engine.histories import KINDS
from perdure.solutions.prescription.engine.parts import Habit, Parts
from perdure.solutions.prescription.engine.rules import ALWAYS, Rules, always
from perdure.solutions.prescription.engine.scores import Situation, habits
from perdure.solutions.prescription.engine.visits import FIELDS as CODED
from perdure.solutions.prescription.engine.words import words_of

_ALL = KINDS.index("all")
_GENERIC = GROUPS.index("specialty-age-sex")


@dataclass(frozen=True, slots=True)
class Own:
    """The doctor's history: the earlier visit and the item of each entry, and weighted counts.

    ``count`` is (kinds, items), ``support`` (fields, kinds).
    """

    visit: Ints
    item: Ints
    count: Floats
    support: Floats


@dataclass(frozen=True, slots=True)
class Linear:
    """The linear parts of every item, (items,) each; those of a brand are its molecule's."""

    ridge: Floats
    ease: Floats
    habit: Floats
    best: Floats
    choice: tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True)
class Slate:
    """Candidates of all fields: which field, which item of all, and the numbers of each.

    ``place`` is the position of each item among the candidates, or -1.
    """

    field: Ints
    item: Ints
    place: Ints
    numbers: Floats
    shares: Floats
    evidence: Floats
    own: Own


def slate(
    parts: Parts, abreast: Abreast, at: Situation, rules: Rules | None = None, wide: int = WIDE
) -> Slate:
    """The candidates of every field for one visit, not entered yet.

    ``at`` holds one visit, and as ``past`` nothing but the earlier visits of its doctor, in order.
    """
    own = _own(abreast, at)
    linear = _linear(parts, abreast, at, own)
    if rules:
        _apply(rules, parts, abreast, at, own)
    seen = abreast.counts.entries(at.active.context, at.active.group, len(GROUPS))
    words = _words(parts, abreast, at)
    pool = _pool(abreast, seen, own, words)
    views = (linear.best, pool, linear.ease, own.count[_ALL] + 1e-3 * linear.best,
             seen.of_group(_GENERIC, len(abreast.fields), abreast.width))  # fmt: skip
    item = _chosen(parts, abreast, views, at, wide)
    field = np.searchsorted(abreast.start, item, side="right") - 1
    place = np.full(abreast.width, -1, dtype=np.int64)
    place[item] = np.arange(len(item))
    shares = seen.of_items(place, len(item))
    blocks: list[Floats | Ints] = [
        *_ranked(abreast, linear, pool, field, item), shares, *_counted(seen, own, field, item),
        words[item], abreast.popularity[item], *_about(at),
    ]  # fmt: skip
    made = np.empty((len(item), COMMON + len(linear.choice) + 1), dtype=np.float32)
    _fill(made, blocks)
    _fill_brand(made, abreast, linear, field, item)
    return Slate(field, item, place, made, shares, seen.evidence, own)


def numbers_of(made: Slate, abreast: Abreast, name: str) -> Floats:
    """The rows of one field, in the columns that its ranker knows."""
    number = abreast.place(name)
    first, after = np.searchsorted(made.field, (number, number + 1))
    return np.ascontiguousarray(made.numbers[first:after, : len(columns(name))])


def _own(abreast: Abreast, at: Situation) -> Own:
    held = [at.past.sets[FIELDS[name].of] for name in abreast.fields]
    visit = np.concatenate([sets.rows for sets in held])
    starts = abreast.start[:-1]
    item = np.concatenate([s.indices + at for s, at in zip(held, starts, strict=True)])
    weight = at.histories.weight
    count = np.zeros((len(KINDS), abreast.width), dtype=np.float32)
    if len(item):
        for kind in range(len(KINDS)):
            count[kind] = np.bincount(item, weight[visit, kind], abreast.width)
    support = np.array([np.bincount(at.histories.row, weight[:, kind], 1)[0]
                        for kind in range(len(KINDS))], dtype=np.float32)  # fmt: skip
    return Own(visit, item, count, np.tile(support, (len(abreast.fields), 1)))


def _apply(rules: Rules, parts: Parts, abreast: Abreast, at: Situation, own: Own) -> None:
    """As :func:`.rules.applied` does it for a batch: ten more visits for what is always used."""
    for name in ("molecule", "brand"):
        items, kinds = always(rules, name, at.visits, parts.terms)
        for kind in kinds if len(items) else ():
            own.count[kind, abreast.of(name).start + items] += ALWAYS
            own.support[abreast.place(name), kind] += ALWAYS


def _linear(parts: Parts, abreast: Abreast, at: Situation, own: Own) -> Linear:
    ridge, habit = (np.zeros(abreast.width, dtype=np.float32) for _ in range(2))
    plain = only(at.active, PLAIN)
    ease = abreast.ease.scores(plain.row, plain.context, 1)[0]
    for number, name in enumerate(abreast.fields):
        if name == "brand":
            continue
        here, flow = abreast.of(name), only(at.active, REGRESSORS[name])
        ridge[here] = parts.ridge[name].scores(flow.row, flow.context, 1)[0]
        weights, support = parts.habit.get(name, Habit()), own.support[None, number]
        habit[here] = ridge[here] + habits(weights, name, own.count[None, :, here], support)[0]
    _hand_down(parts, abreast, (ridge, ease, habit))
    choice = _choice(parts, abreast, at, own)
    best, brands = habit.copy(), abreast.of("brand")
    best[brands] = np.maximum(habit[brands], 1e-4) * choice[2]
    return Linear(ridge, ease, habit, best, choice)


def _hand_down(parts: Parts, abreast: Abreast, views: tuple[Floats, ...]) -> None:
    """Give the molecules' scores to their brands."""
    here, molecules, to = abreast.of("brand"), abreast.of("molecule"), parts.terms.molecules
    for view in views:
        view[here] = np.where(to >= 0, view[molecules][np.maximum(to, 0)], -1.0)


def _choice(
    parts: Parts, abreast: Abreast, at: Situation, own: Own
) -> tuple[Floats, Floats, Floats]:
    """Each brand given its molecule, as everyone, the specialty and the doctor choose."""
    place, chosen = at.visits.specialty, own.count[None, _ALL, abreast.of("brand")]
    brands = parts.brands
    return brands.share, brands.of(place)[0], brands.given_molecule(place, chosen)[0]


def _words(parts: Parts, abreast: Abreast, at: Situation) -> Floats:
    """What the words say of every item; as if nothing was said where nothing was."""
    found = abreast.unspoken.copy()
    for inputs, heard in abreast.spoken.items():
        said = words_of(at.visits.showing(inputs), parts.terms)
        if not len(said.indices):
            continue
        logs, after = heard.words.logs(said), 0
        for name in heard.fields:
            here = abreast.of(name)
            first, after = after, after + here.stop - here.start
            found[here] = softmax(logs[:, first:after])[0]
    return found


def _pool(abreast: Abreast, seen: Entries, own: Own, words: Floats) -> Floats:
    """The seed's ensemble with its hand weights; see :meth:`.scores.Scores.pool`."""
    fields, groups = len(abreast.fields), len(GROUPS)
    there = np.ones((fields, groups + len(KINDS) + 1), dtype=np.float32)
    there[:, :groups] = seen.evidence > 0
    there[:, groups:-1] = own.support > 0
    used = there * abreast.hand
    used /= np.maximum(used.sum(axis=1, keepdims=True), 1e-9)
    made = seen.summed(used[:, :groups], abreast.width)
    mine = used[:, groups:-1] / np.maximum(own.support, 1e-9)
    sizes = abreast.sizes
    for kind in np.flatnonzero(mine.any(axis=0)):
        made += np.repeat(mine[:, kind], sizes) * own.count[kind]
    made += np.repeat(used[:, -1], sizes) * words
    return made.astype(np.float32)


def _chosen(
    parts: Parts, abreast: Abreast, views: tuple[Floats, ...], at: Situation, wide: int
) -> Ints:
    marked = np.zeros(abreast.width, dtype=bool)
    turned = [-view for view in views]
    for name in abreast.fields:
        here = abreast.of(name)
        if wide >= here.stop - here.start:
            marked[here] = True
        else:
            for view in turned:
                marked[here.start + np.argpartition(view[here], wide)[:wide]] = True
        entered = at.visits.sets[FIELDS[name].of]
        marked[here.start + entered.indices] = False
        marked[here.start + parts.terms.free[name]] = False
    return np.flatnonzero(marked)


def _ranked(
    abreast: Abreast, linear: Linear, pool: Floats, field: Ints, item: Ints
) -> Iterator[Floats]:
    last = linear.ridge.copy()
    brands = abreast.of("brand")
    last[brands] = linear.habit[brands]
    for view in (linear.best, linear.ease, pool, last):
        value = view[item]
        yield value
        yield value - np.maximum.reduceat(view, abreast.start[:-1])[field]
        yield ranks(field, value, len(abreast.fields))


def _counted(seen: Entries, own: Own, field: Ints, item: Ints) -> Iterator[Floats]:
    yield np.log1p(seen.evidence)[SPECIAL]
    times, support = own.count[:, item].T, own.support[field]
    yield times
    yield times / (support + 1)
    yield support


def _about(at: Situation) -> Iterator[Ints]:
    visits = at.visits
    yield from (visits.age, visits.sex, visits.specialty)
    yield from (visits.sets[name].sizes for name in CODED)


def _fill(made: Floats, blocks: Sequence[Floats | Ints]) -> None:
    """One column after the other, or several at once; what is the same for all fills its rows."""
    at = 0
    for block in blocks:
        if block.ndim == 2:
            made[:, at : at + block.shape[1]] = block
            at += block.shape[1]
        elif len(block) == len(made):
            made[:, at] = block
            at += 1
        else:
            made[:, at : at + len(block)] = block
            at += len(block)


def _fill_brand(made: Floats, abreast: Abreast, linear: Linear, field: Ints, item: Ints) -> None:
    number = abreast.place("brand")
    rows = slice(*np.searchsorted(field, (number, number + 1)))
    brands = item[rows] - abreast.of("brand").start
    for at, view in enumerate(linear.choice):
        made[rows, COMMON + at] = view[brands]
    made[rows, COMMON + len(linear.choice)] = linear.ridge[item[rows]]
