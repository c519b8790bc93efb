"""Two processes of one project: what one keeps counts in the other."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.kernel.errors import NotEnoughData
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.assistant import LISTEN_SECONDS, _Served, open_assistant
from perdure.solutions.prescription.engine.desk import Picked
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription


@pytest.fixture
def two(tmp_path):
    project = Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2024, 6, 1)))
    settings = project.settings(solution("prescription"))
    made = [open_assistant(project, settings, "default") for _ in range(2)]
    yield made
    for one in made:
        one.close()


def asked(assistant):
    """As if the last look had been long ago."""
    assistant._heard -= 2 * LISTEN_SECONDS
    with pytest.raises(NotEnoughData):
        assistant.suggest(Prescription("ann"))


class Desk:
    """Notes what it was told; picks what it was given."""

    def __init__(self, *terms):
        self.until, self.told = 0, []
        self.engine = SimpleNamespace(terms=Vocabulary({"advice": terms}, (), ()))

    def remember(self, written, _months, saved):
        self.told.append((saved, written.doctor))

    def learn_terms(self, added):
        self.told.append(added)

    def pick(self, *_):
        count = len(self.engine.terms.terms["advice"])
        raw = np.arange(count, 0, -1.0)
        return {"advice": Picked("advice", np.arange(count), raw, (), np.zeros((count, 0)), 1.0,
                                 None, None, None)}  # fmt: skip


def test_terms_merges_and_words_of_another_process_count(two):
    here, there = two
    walk, stroll = (there.add_term("advice", name, by="ann", key=name).code
                    for name in ("walk", "stroll"))  # fmt: skip
    there.alias("advice", walk, stroll, by="cy", key="1")
    there.say("ann", "d1", "never", key="k")
    assert walk not in here.codes("advice")
    asked(here)
    assert {walk, stroll} <= set(here.codes("advice"))
    assert here._stands_for("advice", walk) == stroll
    assert here._rules["ann"].said == {("", "d1"): "never"}


def test_prescriptions_of_another_process_are_remembered_once(two):
    here, there = two
    desk = Desk("rest")
    here._served = _Served(desk, "toy")
    written = Prescription("ann", entries={"advice": (Entry("rest"),)})
    saved = there.save(written, key="p", actor="ann")
    for _ in range(2):
        here._heard -= 2 * LISTEN_SECONDS
        here.suggest(Prescription("ann"))
    assert desk.told == [(saved.id, "ann")]


def test_a_merged_term_is_suggested_as_what_it_stands_for(two):
    here, _ = two
    codes = [here.add_term("advice", name, by="ann", key=name).code
             for name in ("walk", "stroll", "move")]  # fmt: skip
    here._served = _Served(Desk(*codes[:2]), "toy")
    here.alias("advice", codes[0], codes[2], by="cy", key="1")
    ann = Prescription("ann", "", Patient())
    assert [pill.code for pill in here.suggest(ann).fields["advice"]] == [codes[2], codes[1]]
    assert here.suggest(ann).fields["advice"][0].name == "move"
    entered = Prescription("ann", entries={"advice": (Entry(codes[2]),)})
    assert [pill.code for pill in here.suggest(entered).fields["advice"]] == [codes[1]]
    here._served = _Served(Desk(codes[0], codes[2]), "toy")
    assert [pill.code for pill in here.suggest(ann).fields["advice"]] == [codes[2]]
