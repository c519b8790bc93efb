"""All fields of one visit at once: the batch's candidates with the batch's numbers."""

from dataclasses import replace

import numpy as np
import pytest

from perdure.methods.recommend.side_by_side import SideBySide, completions_side_by_side
from perdure.solutions.prescription.engine.abreast import Abreast
from perdure.solutions.prescription.engine.at_once import numbers_of, slate
from perdure.solutions.prescription.engine.batches import Asked, batches
from perdure.solutions.prescription.engine.candidates import candidates, columns
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.rules import Rules
from perdure.solutions.prescription.engine.vocabulary import category

WIDE = 5
"""Candidates of each view: the tiny practice has fewer terms than are drawn otherwise."""


@pytest.fixture(scope="module")
def abreast(engine):
    return Abreast.of_parts(engine.parts)


def situations(engine, visits, rows):
    """Whole visits, one at a time, with what came before."""
    for row in rows:
        asked = Asked(np.array([row]), visits.take(np.array([row])), None)
        for name in SERVED:
            _, here, scores = next(batches(engine.parts, visits, asked, name))
            of = here.histories.of
            alone = replace(here.histories, of=np.arange(len(of)))
            yield name, replace(here, past=visits.take(of), histories=alone), scores


@pytest.mark.parametrize("wide", [WIDE, 60])
def test_candidates_and_their_numbers_are_those_of_the_batch(engine, material, abreast, wide):
    for name, here, scores in situations(engine, material.visits, range(410, 420)):
        found = candidates(engine.parts, scores, here, wide)
        made = slate(engine.parts, abreast, here, wide=wide)
        mine = made.item[made.field == abreast.place(name)] - abreast.of(name).start
        assert mine.tolist() == found.item.tolist()
        numbers = numbers_of(made, abreast, name)
        pooled = [column.startswith("pool-") for column in columns(name)]
        assert np.allclose(numbers[:, pooled], found.numbers[:, pooled], rtol=1e-5, atol=1e-7)
        rest = np.logical_not(pooled)
        assert numbers[:, rest].tobytes() == found.numbers[:, rest].tobytes()


def test_always_counts_like_ten_visits_of_that_kind(engine, material, abreast):
    _, here, _ = next(situations(engine, material.visits, [415]))
    molecule = engine.terms.terms["molecule"][5]
    item = abreast.of("molecule").start + 5
    diagnosis = engine.terms.terms["diagnosis"][here.visits.sets["diagnosis"].indices[0]]
    plain = slate(engine.parts, abreast, here).own
    for scope, added in (("", 10), (category(diagnosis), 10), ("Z99", 0)):
        told = slate(engine.parts, abreast, here, Rules({(scope, molecule): "always"})).own
        assert told.count[0, item] == plain.count[0, item] + added
        place = abreast.place("molecule")
        assert told.support[place, 0] == plain.support[place, 0] + added
        assert told.support[abreast.place("lab")].tolist() == plain.support[0].tolist()


def test_parts_of_two_engines_do_not_stand_side_by_side(engine):
    counts = list(engine.parts.counts.values())
    other = type(counts[1])(*(getattr(counts[1], name) for name in ("indptr", "indices", "share")),
                            counts[1].weight + 1, counts[1].items)  # fmt: skip
    with pytest.raises(ValueError, match="other contexts"):
        SideBySide.of([counts[0], other])
    one = engine.parts.ease["lab"]
    two = type(one)(one.feature + 1, one.rows, one.items, one.width)
    with pytest.raises(ValueError, match="other features"):
        completions_side_by_side([(one, 0), (two, one.width)], 2 * one.width)
