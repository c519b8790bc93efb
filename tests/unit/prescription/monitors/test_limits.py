"""What is usual, and how far from it is an alarm."""

from __future__ import annotations

import pytest

from perdure.solutions.prescription.watch.brands import moved
from perdure.solutions.prescription.watch.limits import Question, Usual, read, share_error, usual

STEADY = Usual(0.7, 0.01, 20)
HITS = Question("one@8 by week", "brand", 0.05, +1)


@pytest.mark.parametrize(
    ("value", "severity"), [(0.7, "ok"), (0.9, "ok"), (0.66, "watch"), (0.64, "alarm")]
)
def test_a_fall_is_an_alarm_a_rise_is_not(value, severity):
    assert read(HITS, value, 0.01, STEADY, "").severity == severity


def test_a_rise_is_an_alarm_where_less_is_better():
    asked = Question("unknown entries", "brand", 0.05, -1)
    assert read(asked, 0.76, 0.0, STEADY, "").severity == "alarm"
    assert read(asked, 0.5, 0.0, STEADY, "").severity == "ok"


def test_a_certain_but_small_change_is_no_alarm_and_an_uncertain_one_neither():
    assert read(HITS, 0.67, 0.0001, STEADY, "").severity == "ok"
    assert read(HITS, 0.6, share_error(STEADY, 11), STEADY, "").severity == "ok"
    assert read(HITS, 0.6, 0.01, Usual(0.7, 0.1, 20), "").severity == "ok"


def test_the_worst_of_many_may_be_farther_out():
    many = Question("one@8 by doctor", "least helped", 0.05, +1, looks=1_000)
    one = Question("one@8 by doctor", "least helped", 0.05, +1)
    assert read(one, 0.39, 0.1, STEADY, "").severity == "alarm"
    assert read(many, 0.39, 0.1, STEADY, "").severity != "alarm"


def test_nothing_is_usual_without_values():
    assert usual([]) == Usual(0.0, 0.0, 0)


def test_chance_is_no_movement_and_a_new_brand_is():
    before = {"m": {"a": 500, "b": 500}, "n": {"c": 900}}
    still, _ = moved(before, {"m": {"a": 51, "b": 49}, "n": {"c": 30}})
    away, by = moved(before, {"m": {"z": 100}, "n": {"c": 30}})
    assert still < 0.005
    assert away > 0.9
    assert list(by) == ["m"]


def test_brands_of_few_entries_are_not_read():
    value, by = moved({"m": {"a": 500, "b": 500}}, {"m": {"a": 10}})
    assert value != value
    assert by == {}
