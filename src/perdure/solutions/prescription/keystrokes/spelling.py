"""Which names are still in question after each letter that is typed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from perdure.methods.recommend.membership import Ints
from perdure.solutions.prescription.search.protocol import folded

_LAST = "\U0010ffff"


class Spelling:
    """The names of one field as they are typed: small letters, no accents, no signs.

    What is typed is the beginning of a name, or of any later word of it.

    >>> names = Spelling(["Head pain", "Hearing", "Back pain"])
    >>> names.depths(0).tolist(), names.length(0)
    ([9, 3, 0], 9)
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [folded(name) for name in names]

    def length(self, item: int) -> int:
        """How many letters the whole name has."""
        return len(self._names[item])

    def depths(self, item: int) -> Ints:
        """How many letters of the item's name each item of the field shares, from any word on."""
        texts, owners = self._beginnings
        found = np.zeros(len(self._names), dtype=np.int64)
        name, low, high = self._names[item], 0, len(texts)
        for count in range(1, len(name) + 1):
            typed = name[:count]
            low, high = bisect_left(texts, typed, low, high), bisect_left(
                texts, typed + _LAST, low, high
            )  # fmt: skip
            found[owners[low:high]] = count
        return found

    @cached_property
    def _beginnings(self) -> tuple[list[str], Ints]:
        """Every name from each of its words on, in alphabetical order, and whose it is."""
        pairs = sorted(
            (" ".join(words[at:]), item)
            for item, name in enumerate(self._names)
            for words in [name.split()]
            for at in range(len(words))
        )
        return [text for text, _ in pairs], np.array([item for _, item in pairs], dtype=np.int64)


def letters_needed(ahead: Ints, length: int, shown: int, at_least: int = 0) -> int:
    """Letters until fewer than ``shown`` items stand before the wanted one; at most all of them.

    ``ahead`` holds, for each item that stands before it, the letters of its name that they share.

    >>> letters_needed(np.array([0, 2, 2, 5]), length=6, shown=2)
    3
    """
    left = np.bincount(np.minimum(ahead, length), minlength=length + 1)[::-1].cumsum()[::-1]
    enough = np.flatnonzero(left < shown)
    return max(int(enough[0]) if len(enough) else length, min(at_least, length))
