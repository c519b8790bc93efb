"""Another model comes into service in the middle of an answer."""

from types import SimpleNamespace

import numpy as np

from perdure.kernel.discovery import solution
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.assistant import _Served, open_assistant
from perdure.solutions.prescription.engine.desk import Picked
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.prescription import Patient, Prescription


def desk_of(*terms, meanwhile=lambda: None):
    def pick(*_):
        meanwhile()
        return {"advice": Picked("advice", np.array([0]), np.array([1.0]), (), np.zeros((1, 0)),
                                 1.0, None, None, None)}  # fmt: skip

    return SimpleNamespace(pick=pick, engine=SimpleNamespace(terms=Vocabulary({"advice": terms},
                                                                              (), ())))  # fmt: skip


def test_numbers_are_read_in_the_terms_of_the_model_that_gave_them(tmp_path):
    project = Project.create(tmp_path / "clinic")
    made = open_assistant(project, project.settings(solution("prescription")), "default")

    def promoted():
        made._served = _Served(desk_of("walk", "rest"), "later")

    made._served = _Served(desk_of("rest", "walk", meanwhile=promoted), "earlier")
    found = made.suggest(Prescription("ann", "GP", Patient(40, "female"), {}, ""))
    assert [(pill.code, found.model) for pill in found.fields["advice"]] == [("rest", "earlier")]
    made.close()
