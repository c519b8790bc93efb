"""The words of a reason are facts that a doctor can check."""

from types import SimpleNamespace

import numpy as np
import pytest

from perdure.solutions.prescription.engine.desk import Habits
from perdure.solutions.prescription.prescription import Prescription
from perdure.solutions.prescription.reasons import Telling


def words(habit, field="molecule"):
    picked = SimpleNamespace(field=field, item=np.array([7]), habit=habit)
    (told,) = Telling(picked, Prescription("ann"), lambda _field, code: code).habit()
    return told


@pytest.mark.parametrize(
    ("habit", "told"),
    [
        (Habits(np.array([0]), 0, np.array([0]), 0), "no earlier visits of yours are known"),
        (Habits(np.array([3]), 4, np.array([5]), 90), "your own entry in 3 of 4 visits like this"),
        (Habits(np.array([0]), 0, np.array([2]), 9), "your own entry in 2 of your latest 9 visits"),
    ],
)
def test_visits_are_counted_as_they_happened(habit, told):
    assert words(habit) == told


def test_every_visit_is_alike_before_anything_is_entered():
    habit = Habits(np.array([2]), 9, np.array([2]), 9)
    assert words(habit, "complaint") == "your own entry in 2 of your latest 9 visits"
