"""A doctor's templates: kept on the server, replaced and forgotten by name, each doctor's own."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.kernel.errors import UsageError
from perdure.platform.storage.project import Project
from perdure.solutions.prescription import assistant as module
from perdure.solutions.prescription.api.templates import (
    KeepRequest,
    TemplatesRequest,
    keep,
    templates,
)
from perdure.solutions.prescription.assistant import open_assistant


@pytest.fixture
def two(tmp_path):
    project = Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2024, 6, 1)))
    settings = project.settings(solution("prescription"))
    made = [open_assistant(project, settings, "default") for _ in range(2)]
    yield made
    for one in made:
        one.close()


def kept(service, name, *codes, doctor="ann", key=""):
    entries = {"lab": [{"code": code, "name": code.upper()} for code in codes]}
    return keep(service, KeepRequest(doctor=doctor, name=name, entries=entries, key=key or name))


def names(service, doctor="ann"):
    found = templates(service, TemplatesRequest(doctor=doctor)).templates
    return {each.name: [e.code for e in each.entries["lab"]] for each in found}


def test_a_template_is_there_in_every_process_for_its_doctor(two):
    here, there = two
    assert kept(here, "fever", "cbc", "crp").recorded
    assert not kept(here, "fever", "cbc", "crp").recorded
    kept(here, "Anaemia", "hb")
    assert list(names(there).items()) == [("Anaemia", ["hb"]), ("fever", ["cbc", "crp"])]
    assert names(there, "bob") == {}


def test_the_last_word_of_a_name_counts_and_no_entry_forgets_it(two):
    here, _ = two
    for key, codes in (("1", ["cbc"]), ("2", ["crp"])):
        kept(here, "fever", *codes, key=key)
    assert names(here) == {"fever": ["crp"]}
    kept(here, "fever", key="3")
    assert names(here) == {}


def test_there_is_an_end_to_templates_and_a_name_can_still_be_replaced(two, monkeypatch):
    here, _ = two
    monkeypatch.setattr(module, "MOST_TEMPLATES", 1)
    kept(here, "fever", "cbc")
    with pytest.raises(UsageError, match="already"):
        kept(here, "cough", "cbc")
    kept(here, "fever", "crp", key="other")
    assert names(here) == {"fever": ["crp"]}


@pytest.mark.parametrize(
    "wrong", [{"name": "x" * 61}, {"name": ""}, {"patient": {}}, {"doctor": " "}]
)
def test_a_template_holds_entries_and_nothing_else(wrong):
    whole = {"doctor": "ann", "name": "fever", "key": "k", "entries": {}}
    with pytest.raises(ValidationError):
        KeepRequest.model_validate({**whole, **wrong})
