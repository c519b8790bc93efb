"""Terms that doctors add: merged by a curator, kept by the tables, and no trouble for the rest."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.kernel.errors import UsageError
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.assistant import open_assistant
from perdure.solutions.prescription.collecting import collect, held_until
from perdure.solutions.prescription.engine.contexts import standing
from perdure.solutions.prescription.engine.desk import Desk, with_more_terms
from perdure.solutions.prescription.engine.fields import GROUPS, SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.one import one_visit
from perdure.solutions.prescription.engine.parts import Fewest, fit_parts
from perdure.solutions.prescription.engine.rules import Rules, categories_of
from perdure.solutions.prescription.engine.vocabulary import Vocabulary, category
from perdure.solutions.prescription.memory import Memory
from perdure.solutions.prescription.opening import opened_desk
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription
from perdure.solutions.prescription.tables import ENTRY, TERM, VISIT

CODES = ("E11.9", "I10", "O20", "Z00", "", "", "")
LISTS = {name: CODES if name == "diagnosis" else (*"ab", "", "", "") for name in SERVED}


@pytest.fixture
def project(tmp_path):
    return Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2024, 6, 1)))


@pytest.fixture
def assistant(project):
    made = open_assistant(project, project.settings(solution("prescription")), "default")
    yield made
    made.close()


@pytest.fixture(scope="module")
def engine():
    terms = Vocabulary({**LISTS, "molecule-new": LISTS["molecule"]}, ("GP",), ("pain",))
    visits = one_visit(written(diagnosis=("Z00",), advice=("a",)), terms, 24_000.0, 0)
    visits = visits.take(np.zeros(20, dtype=np.int64))
    parts = fit_parts(visits, terms, 24_000.0, fields=SERVED, fewest=Fewest(2, 2, 2))
    return Engine(parts, {})


def written(doctor="ann", **codes):
    entries = {section: tuple(Entry(code) for code in found) for section, found in codes.items()}
    return Prescription(doctor, "GP", Patient(40, "female"), entries, "")


def put(project, contract, event_time=None, **values):
    now = project.clock.now()
    row = {**dict.fromkeys(contract.names()), "event_time": event_time or now, "known_at": now}
    report = ingest(project, contract, pa.Table.from_pylist([{**row, **values}]), source="list")
    assert report.stored == 1


def saved_codes(assistant, section):
    return [e.code for _, _, kept in Memory(assistant._journal).saved() for e in kept.of(section)]


def test_a_merged_term_leads_to_the_end_of_the_chain(assistant):
    walk, stroll, move = (assistant.add_term("advice", name, by="ann", key=name).code
                          for name in ("walk", "stroll", "move"))  # fmt: skip
    assistant.alias("advice", walk, stroll, by="cy", key="1")
    assistant.alias("advice", stroll, move, by="cy", key="2")
    assistant.save(written(advice=(walk, stroll)), key="p", actor="ann")
    assert saved_codes(assistant, "advice") == [move, move]


@pytest.mark.parametrize("back", [("walk", "walk"), ("stroll", "walk"), ("move", "walk")])
def test_terms_never_stand_for_each_other(assistant, back):
    code = {name: assistant.add_term("advice", name, by="ann", key=name).code
            for name in ("walk", "stroll", "move")}  # fmt: skip
    assistant.alias("advice", code["walk"], code["stroll"], by="cy", key="1")
    assistant.alias("advice", code["stroll"], code["move"], by="cy", key="2")
    with pytest.raises(UsageError, match="stand for itself"):
        assistant.alias("advice", code[back[0]], code[back[1]], by="cy", key="3")


def test_search_shows_merged_terms_once(assistant):
    walk, stroll = (assistant.add_term("advice", name, by="ann", key=name).code
                    for name in ("walk slowly", "walk a bit"))  # fmt: skip
    assert [hit.code for hit in assistant.search("walk", "advice")] != []
    assistant.alias("advice", walk, stroll, by="cy", key="1")
    assert [hit.code for hit in assistant.search("walk", "advice")] == [stroll]


@pytest.mark.parametrize("added", [1, 2, 3])
def test_an_added_diagnosis_leaves_what_was_learned_of_the_others(engine, added):
    more = with_more_terms(engine, {"diagnosis": ["new:lame", "new:odd", "new:sore"][:added]})
    for terms in (engine.terms, more.terms):
        visit = one_visit(written(diagnosis=("Z00",)), terms, 24_000.0, 0)
        active = engine.parts.index.active(standing(visit, terms))
        known = {GROUPS[group] for group in active.group}
        assert {"category", "chapter", "category-age-sex", "category-specialty"} <= known


def test_a_term_that_two_doctors_added_takes_one_place(engine):
    more = with_more_terms(engine, {"advice": ["new:walk", "new:walk", "new:rest"]})
    assert list(more.terms.terms["advice"]) == ["a", "b", "new:walk", "new:rest", ""]


def test_a_word_about_an_added_diagnosis_is_not_about_all_of_them(engine):
    terms = with_more_terms(engine, {"diagnosis": ["new:lame", "new:odd"]}).terms
    rules = Rules({(category("new:lame"), "m"): "never"})
    here = {code: categories_of(one_visit(written(diagnosis=(code,)), terms, 24_000.0, 0), terms)
            for code in ("new:lame", "new:odd")}  # fmt: skip
    assert rules.of("m", here["new:lame"]) == "never"
    assert rules.of("m", here["new:odd"]) is None


def test_habits_with_added_terms_survive_the_way_into_the_tables(assistant, project, engine):
    walk = assistant.add_term("advice", "walk", by="ann", key="1").code
    assistant.save(written(advice=(walk, "a")), key="p", actor="ann")
    memory = Memory(assistant._journal)
    before = opened_desk(project, engine, memory)[1].entered("ann", "advice")
    settings = project.settings(solution("prescription"))
    collect(project, settings, "default")
    put(project, TERM, field="advice", code="b", name="B")
    after = opened_desk(project, engine, memory)[1].entered("ann", "advice")
    assert before == after == {walk: 1, "a": 1}


def test_a_corrected_visit_counts_once(assistant, project, engine):
    assistant.save(written(advice=("a",)), key="p", actor="ann")
    collect(project, project.settings(solution("prescription")), "default")
    put(project, TERM, field="advice", code="b", name="B")
    at = project.clock.at
    project.clock.at += timedelta(days=1)
    found = pl.DataFrame(project.lake.dataset(VISIT.name).to_table()).row(0, named=True)
    put(project, VISIT, at, visit=found["visit"], doctor="ann", age=41)
    desk = opened_desk(project, engine, Memory(assistant._journal))[1]
    assert desk.visits_of("ann") == 1
    assert desk.entered("ann", "advice") == {"a": 1}


def test_only_what_was_saved_since_is_collected(assistant, project, monkeypatch):
    settings = project.settings(solution("prescription"))
    read, since = Memory.saved, []

    def noted(self, after=0):
        since.append(after)
        return read(self, after)

    monkeypatch.setattr(Memory, "saved", noted)
    collected = []
    for key in "ab":
        assistant.save(written(advice=("a", "b")), key=key, actor="ann")
        collected += [collect(project, settings, "default") for _ in range(2)]
    assert collected == [3, 0, 3, 0]  # a visit and two entries
    first, second = since[1], since[3]
    assert since == [0, first, first, second]
    assert 0 < first < second


def test_another_case_is_collected_from_its_own_place(assistant, project):
    settings = project.settings(solution("prescription"))
    with Journal(project, "prescription", "other") as journal:
        Memory(journal).save(written("bob", advice=("a",)), "k", "bob")
    assistant.save(written(advice=("a",)), key="p", actor="ann")
    assert collect(project, settings, "default") == 2
    assert collect(project, settings, "other") == 2


def test_what_was_saved_is_read_again_when_an_older_table_came_back(assistant, project, tmp_path):
    settings = project.settings(solution("prescription"))
    table, copy = project.lake._path(ENTRY.name), tmp_path / "copy"
    for key, code in (("p", "a"), ("q", "b")):
        assistant.save(written(advice=(code,)), key=key, actor="ann")
        assert collect(project, settings, "default") == 2
        if key == "p":
            shutil.copytree(table, copy)
    shutil.rmtree(table)
    shutil.copytree(copy, table)
    memory = Memory(assistant._journal)
    assert held_until(project, memory) == 0
    assert collect(project, settings, "default") == 1
    assert held_until(project, memory) > 0


def test_opening_reads_only_what_the_tables_do_not_hold(assistant, project, engine, monkeypatch):
    put(project, TERM, field="advice", code="b", name="B")
    assistant.save(written(advice=("a",)), key="p", actor="ann")
    collect(project, project.settings(solution("prescription")), "default")
    assistant.save(written(advice=("b",)), key="q", actor="ann")
    memory = Memory(assistant._journal)
    taken = []
    monkeypatch.setattr(Desk, "remember", lambda _self, what, *_: taken.append(what))
    desk = opened_desk(project, engine, memory)[1]
    assert [[e.code for e in one.of("advice")] for one in taken] == [["b"]]
    assert desk.until > held_until(project, memory) > 0
