"""The pages around the pad: what they read from the journal, and what they never show."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.refs import load
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription import pad
from perdure.solutions.prescription.memory import ALIAS, SAVED, TERM, Memory
from perdure.solutions.prescription.pad import curating, saved, writing
from perdure.solutions.prescription.pad.page import PAGES
from perdure.solutions.prescription.pad.sections import TITLED
from perdure.solutions.prescription.prescription import SECTIONS, Entry, Patient, Prescription

HERE = Path(pad.__file__).parent
NOW = datetime(2026, 2, 3, 9, 12)
WRITTEN = Prescription(
    "dr-demo",
    "General practice",
    Patient(34, "female", None, ("penicillin",)),
    {
        "complaint": (Entry("fever", "Fever"), Entry("new:tired", "Tired")),
        "medicine": (Entry("dolo", "DOLO 650MG TAB 8's", "paracetamol"),),
    },
    "Twice a day",
)


@pytest.fixture
def project(tmp_path):
    return Project.create(tmp_path / "clinic", clock=FixedClock(NOW))


@pytest.fixture
def memory(project):
    with Journal(project, "prescription", "default") as journal:
        yield Memory(journal)


def save(memory, written=WRITTEN, key="k1"):
    from perdure.solutions.prescription.memory import saved_id

    return saved_id(memory.save(written, key, "dr-demo"))


def test_every_file_and_function_of_the_pages_is_there():
    for page in PAGES:
        assert callable(load(page.context))
        for reference in (page.template, *page.scripts, *page.styles):
            package, _, name = reference.partition(":")
            assert (HERE / name).is_file(), reference
            assert package == pad.__name__


def test_files_stay_small_and_texts_stay_texts():
    for path in [*HERE.glob("*.js"), *HERE.glob("*.css"), *HERE.glob("*.html")]:
        text = path.read_text()
        assert len(text.splitlines()) < 400, path.name
        assert not re.search(r"https?:|innerHTML|insertAdjacentHTML|document\.write|eval\(", text)
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script", text), path.name


def test_pages_are_listed_without_anything_heavy():
    code = (
        "import sys; from perdure.solutions.prescription.pad.page import PAGES; assert PAGES;"
        "print(sorted({'polars','sqlalchemy','numpy','fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_section_has_its_words():
    assert tuple(titled.name for titled in TITLED) == SECTIONS


def test_the_pad_knows_who_saved_lately_and_takes_a_choice_from_the_address(project, memory):
    assert writing.pad(project, "default", {})["doctors"] == []
    save(memory)
    save(memory, replace(WRITTEN, doctor="dr-two"), key="k2")
    save(memory, replace(WRITTEN, doctor="dr-demo"), key="k3")
    values = writing.pad(project, "default", {"doctor": "x" * 300})
    assert values["doctors"] == ["dr-demo", "dr-two"]
    assert values["doctor"] == "x" * 128
    assert values["pills"] == 8
    assert values["specialties"] == []


def test_the_printed_sheet_says_what_was_saved_and_what_is_empty(project, memory):
    sheet = saved.print_view(project, "default", {"id": save(memory)})["sheet"]
    assert sheet.doctor == "dr-demo"
    assert sheet.at == NOW
    assert [(title, len(found)) for title, found in sheet.sections] == [
        ("Complaints", 2),
        ("Medicines", 1),
    ]
    assert sheet.empty == ("Diagnoses", "Lab tests", "Advice")
    assert sheet.patient == (("Age", "34"), ("Sex", "female"), ("Allergies", "penicillin"))


@pytest.mark.parametrize("wanted", ["", "rx-", "rx-99999", "1", "rx-1'", "rx-٣", "rx-" + "9" * 36])
def test_an_id_of_nothing_ends_in_the_list(project, memory, wanted):
    made = save(memory)
    values = saved.print_view(project, "default", {"id": wanted})
    assert values["sheet"] is None
    assert [(line.id, line.entries) for line in values["lines"]] == [(made, 3)]


def test_only_prescriptions_can_be_printed(project, memory):
    memory.term(TERM, "t", "dr-demo", {"section": "lab", "code": "new:x", "name": "x"})
    save(memory)
    assert saved.print_view(project, "default", {"id": "rx-1"})["sheet"] is None


def test_a_case_does_not_show_another_ones_prescriptions(project, memory):
    made = save(memory)
    values = saved.print_view(project, "other", {"id": made})
    assert (values["sheet"], values["lines"]) == (None, [])


def test_added_terms_come_with_their_uses_until_they_are_merged(project, memory):
    for name in ("rare", "tired"):
        body = {"section": "complaint", "code": f"new:{name}", "name": name}
        memory.term(TERM, name, "dr-demo", body)
    save(memory)
    values = curating.curate(project, "default", {})
    assert [(term.name, term.uses) for term in values["terms"]] == [("tired", 1), ("rare", 0)]
    body = {"section": "complaint", "code": "new:tired", "alias_of": "fatigue"}
    memory.term(ALIAS, "a", "curator-1", body)
    values = curating.curate(project, "default", {"view": "merged"})
    assert [(term.name, term.alias_of) for term in values["terms"]] == [("tired", "fatigue")]
    assert (values["open"], values["merged"]) == (1, 1)


def test_only_prescriptions_that_are_new_are_counted(project, memory, monkeypatch):
    body = {"section": "complaint", "code": "new:tired", "name": "tired"}
    memory.term(TERM, "t", "dr-demo", body)
    read, since = Journal.read, []

    def noted(self, kind=None, subject=None, since_sequence=0, limit=None):
        if kind == SAVED:
            since.append(since_sequence)
        return read(self, kind, subject, since_sequence, limit)

    monkeypatch.setattr(Journal, "read", noted)
    uses = []
    for key in "abc":
        save(memory, key=key)
        uses += [term.uses for term in curating.curate(project, "default", {})["terms"]]
    assert uses == [1, 2, 3]
    assert since == [0, 2, 3]
