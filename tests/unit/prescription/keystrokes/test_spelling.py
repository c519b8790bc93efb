"""Letters that are shared, and how many of them are needed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from perdure.solutions.prescription.keystrokes.spelling import Spelling, letters_needed

NAMES = st.lists(st.text("ab ", min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=8)


@given(NAMES)
def test_depths_are_those_of_a_plain_comparison(names):
    spelling = Spelling(names)
    plain = [" ".join(name.split()) for name in names]
    for item, name in enumerate(plain):
        expected = [
            max(k for k in range(len(name) + 1) if k == 0 or f" {name[:k]}" in f" {other}")
            for other in plain
        ]
        assert spelling.depths(item).tolist() == expected


def test_a_later_word_is_found_and_signs_do_not_count():
    spelling = Spelling(["Pain", "Chest-pain", "Spain"])
    assert spelling.depths(0).tolist() == [4, 4, 0]
    assert spelling.length(1) == len("chest pain")


def test_nothing_is_typed_when_the_wanted_one_is_among_the_first():
    assert letters_needed(np.array([3, 3]), length=5, shown=3) == 0
    assert letters_needed(np.array([3, 3]), length=5, shown=3, at_least=1) == 1


def test_letters_are_typed_until_few_enough_stand_before():
    ahead = np.array([0, 1, 2, 3])
    assert [letters_needed(ahead, 5, shown) for shown in (5, 4, 3, 2, 1)] == [0, 1, 2, 3, 4]


def test_who_is_hidden_behind_longer_names_is_typed_in_full():
    assert letters_needed(np.array([9, 9]), length=4, shown=1) == 4
