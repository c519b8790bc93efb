"""Only what strictly came before counts, and only the newest 200 visits of it."""

from dataclasses import replace

import numpy as np

from perdure.methods.recommend.membership import Membership
from perdure.solutions.prescription.engine.batches import as_written, batches
from perdure.solutions.prescription.engine.desk import Desk
from perdure.solutions.prescription.engine.histories import LONGEST, earlier
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription


def test_pairs_are_the_strict_prefix(material):
    visits = material.visits
    rows = np.arange(len(visits))
    pair, of = earlier(visits, rows)
    wanted = {
        (i, j) for i in rows for j in rows
        if visits.doctor[i] == visits.doctor[j] and visits.order[j] < visits.order[i]
    }  # fmt: skip
    assert set(zip(pair.tolist(), of.tolist(), strict=True)) == wanted
    assert len(pair) == len(wanted)


def test_visits_of_the_same_place_are_not_earlier(material):
    visits = material.visits.take(np.zeros(3, dtype=np.int64))
    assert len(earlier(visits, np.arange(3))[0]) == 0


def test_only_the_newest_200_count(material):
    many = LONGEST + 30
    visits = replace(material.visits.take(np.zeros(many, dtype=np.int64)), order=np.arange(many))
    _, of = earlier(visits, np.array([many - 1]))
    assert sorted(of.tolist()) == list(range(many - 1 - LONGEST, many - 1))


def answer(engine, visits, row, name="molecule"):
    asked = as_written(visits, np.array([row]), name)
    _, _, scores = next(batches(engine.parts, visits, asked, name))
    return scores.own.tobytes() + scores.linear.tobytes() + scores.support.tobytes()


def test_later_visits_change_nothing(engine, material):
    visits, row = material.visits, 250
    while not visits.sets["molecule"].sizes[row]:
        row += 1
    rng = np.random.default_rng(0)
    later = rng.permutation(np.arange(row + 1, len(visits)))
    mixed = {
        name: Membership.of(
            [*np.split(held.take(np.arange(row + 1)).indices, held.indptr[1 : row + 1]),
             *np.split(held.take(later).indices, np.cumsum(held.sizes[later])[:-1])], held.width)
        for name, held in visits.sets.items()
    }  # fmt: skip
    changed = replace(visits, sets=mixed)
    assert any((mixed[n].indices != visits.sets[n].indices).any() for n in ("lab",)
               if len(mixed[n].indices) == len(visits.sets[n].indices))  # fmt: skip
    assert answer(engine, changed, row) == answer(engine, visits, row)
    assert answer(engine, visits.take(np.arange(row + 1)), row) == answer(engine, visits, row)


def test_the_desk_keeps_200_visits_of_a_doctor(engine, months):
    desk = Desk(engine)
    one = Prescription("busy", entries={"lab": (Entry("cbc"),)}, patient=Patient(30, "male"))
    for number in range(LONGEST + 5):
        desk.remember(one, months + number / 100)
    assert desk.visits_of("busy") == LONGEST
    assert desk.entered("busy", "lab") == {"cbc": LONGEST}
