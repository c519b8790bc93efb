"""Without a script the pad is a form: read, checked, kept once, and only from our own page."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from perdure.interfaces.http.app import create_app
from perdure.kernel.clock import FixedClock
from perdure.kernel.errors import UsageError
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.memory import SAVED, TAKEN, TERM, from_body
from perdure.solutions.prescription.pad.plain import posted

KEY = "0a" * 16
PAD = "/solutions/prescription/default/pages/pad"
OWN = {"sec-fetch-site": "same-origin"}
FORM = {"doctor": "dr-demo", "key": KEY, "age": "34", "sex": "female", "pregnant": "no",
        "allergies": "penicillin, latex", "complaint": "fever; Lame left toe",
        "notes": "Twice\r\na day"}  # fmt: skip


@pytest.fixture
def project(tmp_path):
    return Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2026, 2, 3)))


@pytest.fixture
def client(project):
    with TestClient(create_app(project, None), base_url="http://127.0.0.1") as found:
        yield found
    project.ops.close()


def kept(project, kind=SAVED):
    with Journal(project, "prescription", "default") as journal:
        return [entry.body for entry in journal.read(kind)]


def test_what_is_typed_is_saved_once_and_printed(client, project):
    key = re.search(r'name="key" value="([0-9a-f]{32})"', client.get(PAD).text)[1]
    for _ in range(2):
        answer = client.post(PAD, data={**FORM, "key": key}, headers=OWN)
        assert answer.status_code == 200, answer.text
        assert "Lame left toe" in answer.text
        assert answer.url.path.endswith("/pages/print")
    (body,) = kept(project)
    written = from_body(body)
    assert written.patient.allergies == ("penicillin", "latex")
    assert (written.patient.age, written.patient.pregnant) == (34, False)
    assert [e.name for e in written.of("complaint")] == ["fever", "Lame left toe"]
    assert written.notes == "Twice\na day"


def test_another_site_cannot_post_the_form(client, project):
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        assert client.post(PAD, data=FORM, headers=headers).status_code == 403
    assert kept(project) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"doctor": ""}, "doctor"), ({"age": "-1"}, "age"), ({"age": "300"}, "age"),
     ({"sex": "x"}, "sex"), ({"key": ""}, "key"), ({"complaint": "", "notes": ""}, "empty"),
     ({"complaint": "a\0b"}, "control"), ({"complaint": "x" * 300}, "200")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words_and_keeps_nothing(client, project, wrong, told):
    answer = client.post(PAD, data={**FORM, **wrong}, headers=OWN)
    assert answer.status_code == 400
    assert told in answer.text
    assert kept(project) == kept(project, TERM) == []


def test_a_page_without_a_form_takes_none(client):
    assert client.post(PAD.replace("pad", "print"), data=FORM, headers=OWN).status_code == 404


def test_long_notes_are_taken_and_longer_ones_refused(client, project):
    assert client.post(PAD, data={**FORM, "notes": "n" * 20_000}, headers=OWN).status_code == 200
    assert client.post(PAD, data={**FORM, "notes": "n" * 20_001}, headers=OWN).status_code == 400
    assert len(kept(project)) == 1


def test_a_loud_warning_stops_the_form_until_a_reason_is_given(client, project):
    both = {**FORM, "complaint": "", "medicine": "atazanavir; omeprazole"}
    answer = client.post(PAD, data=both, headers=OWN)
    assert answer.status_code == 400
    assert "ONC" in answer.text
    assert kept(project) == kept(project, TERM) == []
    answer = client.post(PAD, data={**both, "reason": "for <2> days"}, headers=OWN)
    assert answer.status_code == 200
    (body,) = kept(project)
    assert "for <2> days" in body["notes"]
    assert [each["note"] for each in kept(project, TAKEN)] == ["for <2> days"]


def test_a_name_of_a_list_becomes_its_code(service):
    posted(service, {**FORM, "complaint": "FEVER", "lab": "cbc; blood c"})
    written = service.seen[-1]
    assert [e.code for e in written.of("complaint")] == ["fever"]
    assert [e.code for e in written.of("lab")] == ["new:cbc", "cbc"]


def test_a_form_without_a_key_is_refused(service):
    with pytest.raises(UsageError, match="key"):
        posted(service, {**FORM, "key": "<b>"})
