"""Words about a doctor's own visits, which weigh less with time."""

from types import SimpleNamespace

import numpy as np
import pytest

from perdure.solutions.prescription.engine.histories import KINDS
from perdure.solutions.prescription.reasons import Telling


@pytest.mark.parametrize(
    ("weight", "told"),
    [(0.0, "no earlier visits of yours are known"),
     (0.4, "your earlier visits are too long ago to say much"),
     (3.8, "your own entry in 4 of 4 visits like this one")],
)  # fmt: skip
def test_old_visits_are_not_told_as_none(weight, told):
    scores = SimpleNamespace(
        field="molecule",
        own=np.full((1, len(KINDS), 1), weight),
        support=np.full((1, len(KINDS)), weight),
    )
    assert Telling(SimpleNamespace(scores=scores), None, None).habit(0) == told
