"""One prescription at a desk: the batch's answer, reasons that add up, habits that follow."""

from dataclasses import replace

import numpy as np
import pytest

from perdure.methods.recommend.accuracy import best_of_candidates
from perdure.solutions.prescription.engine import files
from perdure.solutions.prescription.engine.batches import as_written, batches
from perdure.solutions.prescription.engine.candidates import candidates
from perdure.solutions.prescription.engine.desk import Desk, histories_of, with_more_terms
from perdure.solutions.prescription.engine.fields import FIELDS, SERVED
from perdure.solutions.prescription.engine.rules import Rules
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription

PILLS = 8
FEW, MANY = 24, 60
"""More pills than are shown: a ranker of twelve trees ties many of them."""


def told(material, row, inputs):
    """A visit of the table as a prescription in which ``inputs`` are filled."""
    visits, terms = material.visits, material.terms

    def of(name):
        held = visits.sets[name]
        items = held.indices[held.indptr[row] : held.indptr[row + 1]]
        return [terms.terms[name][i] for i in items]

    entries = {
        name: tuple(Entry(code) for code in of(name))
        for name in ("complaint", "diagnosis", "lab", "advice") if name in inputs
    }  # fmt: skip
    if "molecule" in inputs:
        entries["medicine"] = (
            *(Entry(brand) for brand in of("brand")),
            *(Entry("", "", molecule) for molecule in of("molecule")),
        )
    age, sex = int(visits.age[row]), (None, "female", "male")[visits.sex[row]]
    return Prescription(
        material.doctors[visits.doctor[row]], terms.specialties[visits.specialty[row]],
        Patient(age, sex), entries,
    )  # fmt: skip


def codes(desk, found):
    return [desk.engine.terms.terms[found.field][i] for i in found.item]


@pytest.mark.parametrize("name", SERVED)
def test_the_desk_answers_as_the_batch_does(engine, material, name):
    visits = material.visits
    rows = np.arange(len(visits) - 8, len(visits))
    asked = as_written(visits, rows, name)
    _, here, scores = next(batches(engine.parts, visits, asked, name))
    found = candidates(engine.parts, scores, here)
    raw = engine.rankers[name].raw(found.numbers)
    top = best_of_candidates(found.row, found.item, raw, len(asked.rows), PILLS)
    for place, row in enumerate(asked.rows):
        desk = Desk(engine, histories_of(visits.take(np.arange(row)), material.doctors))
        written = told(material, row, FIELDS[name].inputs)
        one = desk.pick(written, float(visits.months[row]), PILLS)[name]
        assert one.item.tolist() == top[place].tolist()
        mine = raw[found.row == place]
        assert one.raw.tolist() == sorted(mine.tolist(), reverse=True)[:PILLS]


def test_reasons_add_up_to_the_score(desk, written, months):
    for found in desk.pick(written, months, PILLS).values():
        assert np.allclose(found.base + found.effects.sum(axis=1), found.raw, atol=1e-6)
        assert found.raw.tolist() == sorted(found.raw.tolist(), reverse=True)
        assert len(set(found.item.tolist())) == len(found.item)


def test_what_is_entered_is_not_suggested(desk, written, months):
    for name, found in desk.pick(written, months, 20).items():
        section = {"brand": "medicine", "molecule": "medicine"}.get(name, name)
        entered = {e.molecule if name == "molecule" else e.code for e in written.of(section)}
        assert not entered & set(codes(desk, found))


def test_files_give_the_same_answers_to_the_last_bit(engine, material, written, months):
    made = files.to_files(engine)
    again = files.from_files(made)
    assert files.to_files(again) == made
    past = histories_of(material.visits, material.doctors)
    one, two = (Desk(e, past).pick(written, months, PILLS) for e in (engine, again))
    for name in SERVED:
        assert one[name].item.tolist() == two[name].item.tolist()
        assert one[name].raw.tobytes() == two[name].raw.tobytes()
        assert one[name].effects.tobytes() == two[name].effects.tobytes()
    assert not any(b"pickle" in name.encode() for name in made)


def test_nothing_written_gives_what_is_usual_in_the_specialty(desk, months):
    heart = Prescription("nobody", "cardiology", Patient(70, "male"))
    child = Prescription("nobody", "paediatrics", Patient(4, "male"))
    started = {
        who.specialty: codes(desk, desk.pick(who, months, PILLS)["diagnosis"])
        for who in (heart, child)
    }
    assert any(code.startswith("I") for code in started["cardiology"][:4])
    assert not any(code.startswith("I") for code in started["paediatrics"][:4])
    unknown = desk.pick(Prescription("nobody"), months, PILLS)
    assert all(len(found.item) == PILLS for found in unknown.values())


def test_codes_that_nobody_knows_change_nothing(desk, written, months):
    strange = {
        section: (*written.of(section), Entry(f"no-such-{section}", "", "no-such-molecule"))
        for section in ("complaint", "diagnosis", "medicine", "lab", "advice")
    }
    plain = desk.pick(written, months, PILLS)
    for name, found in desk.pick(replace(written, entries=strange), months, PILLS).items():
        assert found.item.tolist() == plain[name].item.tolist()
        assert found.raw.tobytes() == plain[name].raw.tobytes()


def leading(desk, found, brands):
    return next((code for code in codes(desk, found) if code in brands), None)


@pytest.mark.parametrize("brand", ["known", "never seen"])
def test_a_brand_chosen_three_times_leads_its_molecule(desk, world, written, months, brand):
    last, molecule, siblings = world.unwritten(written.doctor)
    chosen = last if brand == "known" else "Entirely New"
    asked = replace(written, entries={**written.entries, "medicine": ()})
    entries = {**written.entries, "medicine": (Entry(chosen, "", molecule),)}
    for number in range(3):
        desk.remember(replace(written, entries=entries), months + number / 100)
    found = desk.pick(asked, months + 0.03, MANY)["brand"]
    assert leading(desk, found, siblings | {chosen}) == chosen
    assert desk.engine.terms.molecule_of[chosen] == molecule


def test_terms_are_suggested_once_they_were_entered(desk, written, months):
    new = {"lab": "Moon test", "diagnosis": "E11.Z", "advice": "Sing"}
    desk.learn_terms({name: [code] for name, code in new.items()})
    asked = replace(written, entries={"complaint": written.of("complaint")})
    before = desk.pick(asked, months, PILLS)
    assert not {c for found in before.values() for c in codes(desk, found)} & set(new.values())
    more = {name: (Entry(code),) for name, code in new.items()}
    for number in range(3):
        desk.remember(replace(asked, entries={**asked.entries, **more}), months + number / 100)
    after = desk.pick(asked, months + 0.03, FEW)
    for name, code in new.items():
        assert code in codes(desk, after[name])


def test_a_term_without_a_free_place_waits(engine):
    width = engine.terms.width("lab")
    many = [f"lab {number}" for number in range(width)]
    grown = with_more_terms(engine, {"lab": many})
    assert grown.terms.width("lab") == width
    assert "" not in grown.terms.terms["lab"]
    assert with_more_terms(grown, {"lab": many[:3]}) is grown


def test_a_new_diagnosis_leaves_the_learned_contexts_as_they_are(desk, written, months):
    asked = replace(written, doctor="nobody")
    before = desk.pick(asked, months, PILLS)
    # Alphabetically before all others: it may shift the number of no other category.
    desk.learn_terms({"diagnosis": ["A00.0"]})
    for name, found in desk.pick(asked, months, PILLS).items():
        assert found.raw.tobytes() == before[name].raw.tobytes()
        assert found.shares.tobytes() == before[name].shares.tobytes()


def rank(found, item):
    items = found.item.tolist()
    return items.index(item) if item in items else len(items)


def test_always_counts_like_ten_visits_and_never_ranks_nothing_up(desk, written, months):
    molecule = desk.engine.terms.terms["molecule"][5]
    asked = replace(written, doctor="nobody", entries={"diagnosis": written.of("diagnosis")})
    at = desk.engine.terms.number["molecule"][molecule]
    plain = desk.pick(asked, months, 200)["molecule"]
    always = desk.pick(asked, months, 200, Rules({("", molecule): "always"}))["molecule"]
    never = desk.pick(asked, months, 200, Rules({("", molecule): "never"}))["molecule"]
    asked_by = {"plain": plain, "always": always, "never": never}
    place = {word: rank(found, at) for word, found in asked_by.items()}
    assert place["always"] < place["plain"]
    assert place["never"] == place["plain"]
    here = written.of("diagnosis")[0].code[:3]
    scoped = desk.pick(asked, months, 200, Rules({("Z99", molecule): "always"}))["molecule"]
    assert scoped.raw.tobytes() == plain.raw.tobytes()
    narrow = desk.pick(asked, months, 200, Rules({(here, molecule): "always"}))["molecule"]
    assert narrow.raw.tobytes() == always.raw.tobytes()
