"""The sample practice: the same again, true to its probabilities, and within its contracts."""

import time
from datetime import datetime

import numpy as np
import pytest

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.engine.fields import PILLS
from perdure.solutions.prescription.prescription import SECTIONS
from perdure.solutions.prescription.sample.practice import practice
from perdure.solutions.prescription.sample.rates import Drawn
from perdure.solutions.prescription.sample.truth import best_one
from perdure.solutions.prescription.sample.world import PrescriptionWorld, sample
from perdure.solutions.prescription.tables import TABLES


@pytest.fixture(scope="module")
def world():
    return PrescriptionWorld(seed=1, visits=6_000)


def test_the_same_seed_makes_the_same_tables_and_another_does_not(world):
    one, again, other = (PrescriptionWorld(seed, 300).tables(world.horizon) for seed in (1, 1, 2))
    assert all(table.equals(again[name]) for name, table in one.items())
    assert not one["prescription_entry"].equals(other["prescription_entry"])


def test_tables_have_the_columns_of_their_contracts(world):
    made = world.tables(world.horizon)
    for contract in TABLES:
        assert set(made[contract.name].column_names) == {column.name for column in contract}
    assert made["prescription_visit"].num_rows == 6_000


def test_two_spans_of_time_are_the_whole(world):
    middle = datetime(2025, 6, 1)
    early, late = world.tables(middle), world.tables(world.horizon, since=middle)
    for name, table in world.tables(world.horizon).items():
        assert early[name].num_rows + late[name].num_rows == table.num_rows
    assert late["prescription_term"].num_rows == 0
    split = world.between(world.start, middle)
    assert early["prescription_visit"].num_rows == len(split)
    assert len(world.between(middle, world.horizon)) == 6_000 - len(split)


@pytest.mark.parametrize("field", ["complaint", "diagnosis", "molecule", "brand", "lab", "advice"])
def test_entries_come_as_often_as_their_probability_says(world, field):
    drawn = world.drawn
    chance, entered = drawn.chance[field], drawn.entered[field]
    spread = np.sqrt((chance * (1 - chance)).sum())
    assert abs(entered.sum() - chance.sum()) < 4 * spread
    if field != "brand":
        return
    # Every molecule that is entered has exactly one brand.
    molecules = np.zeros_like(drawn.entered["molecule"], dtype=int)
    np.add.at(molecules.T, world.practice.molecule, entered.T)
    assert (molecules == drawn.entered["molecule"]).all()


@pytest.mark.parametrize("field", ["complaint", "diagnosis", "molecule", "brand", "lab", "advice"])
def test_the_best_possible_is_what_the_true_probabilities_reach(world, field):
    drawn, every = world.drawn, np.arange(world.visits)
    asked = drawn.entered[field].any(axis=1)
    top = np.argsort(-drawn.chance[field][asked], axis=1, kind="stable")[:, :PILLS]
    hit = np.take_along_axis(drawn.entered[field][asked], top, axis=1).any(axis=1)
    best = world.best_one(field, every)
    assert abs(hit.mean() - best) < 4 * np.sqrt(best * (1 - best) / len(hit)) + 1e-3
    popular = np.argsort(-drawn.entered[field].sum(axis=0))[:PILLS]
    assert drawn.entered[field][asked][:, popular].any(axis=1).mean() < best


def test_best_one_by_hand():
    # One visit; nine labs: eight of them with 1/2, one with 1/4.
    chance = np.array([[0.5] * 8 + [0.25]])
    drawn = Drawn(None, {"lab": chance > 0}, {"lab": chance})
    any_of = 1 - 0.5**8
    assert best_one(practice(), drawn, "lab", np.array([0])) == pytest.approx(
        any_of / (1 - 0.5**8 * 0.75)
    )
    nothing = Drawn(None, {"lab": chance > 1}, {"lab": chance})
    assert np.isnan(best_one(practice(), nothing, "lab", np.array([0])))


def test_habits_differ_and_drift(world):
    doctors = world.doctors
    assert len(doctors) == 40
    assert np.ptp(doctors.brands[0], axis=0).max() > 0.9
    changed = doctors.brand_month < 18
    assert 0.2 < changed.mean() < 0.4
    late = world.drawn.people.months > doctors.brand_month[world.drawn.people.doctor].min(axis=1)
    assert late.any()


def test_age_sex_and_specialty_matter(world):
    drawn, codes = world.drawn, world.practice.codes["diagnosis"]
    held = drawn.entered["diagnosis"]
    period, heart = codes.index("N94.6"), codes.index("I48.91")
    assert drawn.people.female[held[:, period]].mean() > 0.95
    assert drawn.people.age[held[:, heart]].mean() > drawn.people.age.mean() + 15
    place = world.doctors.specialty[drawn.people.doctor]
    assert (place[held[:, heart]] == 2).mean() > 0.8


def test_a_prescription_of_the_desk_is_whole_and_repeatable(world):
    one, again = (world.desk(20, world.horizon) for _ in range(2))
    assert one == again
    assert {section for rx in one for section in SECTIONS if rx.of(section)} == set(SECTIONS)
    assert all(entry.molecule for rx in one for entry in rx.of("medicine"))


def test_a_brand_that_a_doctor_never_wrote(world):
    brand, molecule, siblings = world.unwritten("doctor-05")
    column = world.practice.codes["molecule"].index(molecule)
    mine = world.drawn.people.doctor == 4
    assert not world.drawn.entered["molecule"][mine, column].any()
    assert brand in siblings
    assert len(siblings) >= 2


def test_size_is_a_parameter_and_too_many_are_refused():
    assert (sample(0, 20_000).visits, sample(0, 4_000).visits) == (3_500, 1_900)
    with pytest.raises(UsageError, match="do not fit"):
        PrescriptionWorld(0, 10**6).drawn  # noqa: B018


def test_the_demo_size_is_made_within_a_second():
    practice()
    began = time.process_time()
    made = sample()
    made.tables(made.horizon)
    assert time.process_time() - began < 1
