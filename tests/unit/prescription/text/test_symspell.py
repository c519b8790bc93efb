"""Words a few edits away: the table finds what a full scan finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.solutions.prescription.text.distance import edit_distance
from perdure.solutions.prescription.text.symspell import SymSpell, edits_allowed

WORDS = st.text("abcd", min_size=1, max_size=10)


def plain_distance(a: str, b: str) -> int:
    """Optimal string alignment, written down without any shortcut."""
    d = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = a[i - 1] != b[j - 1]
            best = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, d[i - 2, j - 2] + 1)
            d[i, j] = best
    return d[len(a), len(b)]


@given(WORDS, WORDS, st.integers(0, 3))
def test_distance_is_the_textbook_one(a, b, limit) -> None:
    assert edit_distance(a, b, limit) == min(plain_distance(a, b), limit + 1)


@given(WORDS, WORDS, st.integers(0, 2))
def test_prefix_distance_is_the_nearest_beginning(a, b, limit) -> None:
    nearest = min(plain_distance(a, b[:n]) for n in range(len(b) + 1))
    assert edit_distance(a, b, limit, prefix=True) == min(nearest, limit + 1)


@given(st.dictionaries(WORDS, st.integers(1, 9), max_size=20), WORDS)
def test_the_table_finds_what_a_scan_finds(vocabulary, typed) -> None:
    near = SymSpell(vocabulary).nearest(typed)
    allowed = edits_allowed(typed)
    scan = {w for w in vocabulary if plain_distance(typed, w) <= allowed}
    if typed in vocabulary:
        assert near == [typed]
    elif allowed:
        assert set(near) == scan
        ranks = [(plain_distance(typed, w), -vocabulary[w], w) for w in near]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("typed", ["", "a" * 10_000, "\ud800" * 50])
def test_odd_words_have_no_neighbours(typed) -> None:
    assert SymSpell({"fever": 1}).nearest(typed) == []
