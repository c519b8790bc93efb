"""How many edits lie between two words."""

from __future__ import annotations


class Typed:
    """A typed word, prepared to be compared with many others.

    All cells of a column are computed at once in the bits of a number (Hyyrö 2003), so that a
    comparison costs one step for each letter of the other word.

    >>> Typed("vomitting").distance("vomiting", 2)
    1
    """

    __slots__ = ("_bits", "_size")

    def __init__(self, word: str) -> None:
        self._size = len(word)
        self._bits: dict[str, int] = {}
        for place, letter in enumerate(word):
            self._bits[letter] = self._bits.get(letter, 0) | 1 << place

    def distance(self, other: str, limit: int, *, prefix: bool = False) -> int:
        """Edits (insert, delete, replace, swap neighbours) to ``other``; ``limit + 1`` if more.

        With ``prefix`` to the nearest beginning of ``other``. No part is edited twice (optimal
        string alignment).
        """
        if not self._size:
            return 0 if prefix else min(len(other), limit + 1)
        # Beyond this many letters nothing of the other word is within the limit.
        columns = self._columns(other[: self._size + limit])
        if prefix:
            return min(*columns, limit + 1)
        return min(columns[-1], limit + 1) if len(other) <= self._size + limit else limit + 1

    def _columns(self, other: str) -> list[int]:
        """The distance to every beginning of ``other``, the empty one first."""
        full, last = (1 << self._size) - 1, 1 << (self._size - 1)
        up, down, diagonal, before, found = full, 0, 0, 0, [self._size]
        for letter in other:
            same = self._bits.get(letter, 0)
            swapped = ((~diagonal & same) << 1) & before
            diagonal = ((((same & up) + up) ^ up) | same | down | swapped) & full
            right, left = (down | ~(diagonal | up)) & full, diagonal & up
            found.append(found[-1] + bool(right & last) - bool(left & last))
            right, left = (right << 1 | 1) & full, (left << 1) & full
            up, down, before = (left | ~(diagonal | right)) & full, right & diagonal, same
        return found


def edit_distance(a: str, b: str, limit: int, *, prefix: bool = False) -> int:
    """Edits from ``a`` to ``b``, or with ``prefix`` to the nearest beginning of ``b``.

    >>> edit_distance("vomitting", "vomiting", 2), edit_distance("fevre", "fever", 2)
    (1, 1)
    >>> edit_distance("hypretens", "hypertension", 2, prefix=True)
    1
    >>> edit_distance("cough", "fever", 2)
    3
    """
    return Typed(a).distance(b, limit, prefix=prefix)
