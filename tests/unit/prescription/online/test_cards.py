"""What a card told can be found again when something is said about it."""

from datetime import datetime

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.assistant import open_assistant

CARD = "0f" * 16


@pytest.fixture
def assistant(tmp_path):
    project = Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2024, 6, 1)))
    made = open_assistant(project, project.settings(solution("prescription")), "default")
    yield made
    made.close()


def test_a_warning_is_known_by_its_card(assistant):
    assert assistant.shown(CARD) is None
    assistant.warned({CARD: ("onc.02", "onc.07")}, doctor="ann")
    # A client that uses the number of a call twice, for another doctor, changes nothing.
    assistant.warned({CARD: ("onc.99",)}, doctor="bob")
    assert assistant.shown(CARD) == {"alert": ("onc.02", "onc.07")}
    told = {"by": "cds-hooks", "key": "k", "note": "watched"}
    assert assistant.take(CARD, "ignored", "alert", "onc.02", **told)
    assert not assistant.take(CARD, "ignored", "alert", "onc.02", **told)


def test_no_warning_keeps_nothing(assistant):
    assistant.warned({}, doctor="ann")
    assert list(assistant._journal.read()) == []
