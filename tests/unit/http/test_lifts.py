"""The lift against the hold-out, told with the numbers it needs."""

from __future__ import annotations

import numpy as np

from perdure.interfaces.console.lifts import HEAD, lift_rows, lift_sentence
from perdure.platform.feedback.lift import measure_lift


def events(count: int, n: int) -> np.ndarray:
    return (np.arange(n) < count).astype(float)


def test_a_lift_that_cannot_be_known_names_what_it_needs() -> None:
    found = measure_lift(events(30, 900), events(2, 100), aim=0.25)
    assert lift_sentence(found).startswith("Not knowable yet: to see a lift of 25%")
    treated, held_out, difference = lift_rows(found)
    assert [len(row) for row in (treated, held_out, difference)] == [len(HEAD)] * 3
    assert found.needed is not None
    assert f"{found.needed[1]:,}" in held_out[-1].replace("\u202f", ",").replace(" ", ",")


def test_a_lift_that_is_known_has_an_interval() -> None:
    found = measure_lift(events(4_000, 20_000), events(2_000, 20_000), aim=0.25)
    assert lift_sentence(found).startswith("Acting raised the outcome by +10.00%")
    assert lift_rows(found)[2][3] == "+10.0"


def test_without_any_outcome_nothing_is_made_up() -> None:
    found = measure_lift([], [], aim=0.25)
    assert "no outcome is known so far" in lift_sentence(found)
    assert len(lift_rows(found)) == 2
    assert lift_rows(found)[0][3:] == ("–", "–", "–", "–")
