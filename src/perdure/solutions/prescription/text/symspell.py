"""Words that are a few edits away, by symmetric deletion.

A word and its typing error share a fragment: what is left of both when one or two letters are
deleted. Fragments are looked up in a table, so the cost does not grow with the vocabulary
(W. Garbe's SymSpell, 2012, with the prefix length 7 of its version 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from .distance import Typed

PREFIX = 7
LONGEST = 40


def edits_allowed(word: str) -> int:
    """How many edits a typed word may be away: short words have too many neighbours for two.

    >>> edits_allowed("cou"), edits_allowed("fevre"), edits_allowed("vomitting")
    (0, 1, 2)
    """
    return 0 if len(word) < 4 else 1 if len(word) <= 6 else 2


def fragments(word: str, edits: int) -> set[str]:
    """What is left of the beginning of a word when up to ``edits`` letters are deleted.

    >>> sorted(fragments("abc", 1))
    ['ab', 'abc', 'ac', 'bc']
    """
    start = word[:PREFIX]
    found = {start}
    for deleted in range(1, min(edits, len(start) - 1) + 1):
        found.update("".join(kept) for kept in combinations(start, len(start) - deleted))
    return found


def nearest(
    typed: str, candidates: Iterable[tuple[str, int]], edits: int, *, prefix: bool = False
) -> list[str]:
    """The candidates (word, frequency) within ``edits``, nearest first, then most frequent.

    >>> nearest("vomitting", [("vomiting", 9), ("voting", 90), ("cough", 1)], 2)
    ['vomiting']
    """
    pattern = Typed(typed)
    measured = (
        (pattern.distance(word, edits, prefix=prefix), -frequency, word)
        for word, frequency in candidates
    )
    return [word for distance, _, word in sorted(measured) if distance <= edits]


class SymSpell:
    """The nearest known words to a mistyped one, from a vocabulary held in memory.

    >>> SymSpell({"vomiting": 12, "cough": 30}).nearest("vomitting")
    ['vomiting']
    """

    __slots__ = ("_table", "vocabulary")

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self.vocabulary = {w: n for w, n in vocabulary.items() if len(w) <= LONGEST}
        self._table: dict[str, list[str]] = {}
        for word in self.vocabulary:
            for fragment in fragments(word, 2):
                self._table.setdefault(fragment, []).append(word)

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary

    def nearest(self, typed: str, edits: int | None = None) -> list[str]:
        """Known words near ``typed``, best first; the word itself alone when it is known."""
        if typed in self.vocabulary:
            return [typed]
        allowed = edits_allowed(typed) if edits is None else edits
        if not allowed or len(typed) > LONGEST:
            return []
        near = {w for f in fragments(typed, allowed) for w in self._table.get(f, ())}
        close = [(w, self.vocabulary[w]) for w in near if abs(len(w) - len(typed)) <= allowed]
        return nearest(typed, close, allowed)
