"""The terms of each field as numbers, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from perdure.methods.recommend.membership import Ints, Membership

_ICD9_CHAPTERS = (140, 240, 280, 290, 320, 390, 460, 520, 580, 630, 680, 710, 740, 760, 780, 800)


ADDED = "new:"
"""How codes of terms begin that no list had."""


def category(code: str) -> str:
    """The three-character category of an ICD-9 or ICD-10 code; an added term is its own.

    >>> category("E11.2"), category("382.9"), category("V70.0"), category("new:lame")
    ('E11', '382', 'V70', 'new:lame')
    """
    return code if code.startswith(ADDED) else code[:3].upper()


def chapter(code: str) -> str:
    """The chapter of an ICD-9 code by its number, of any other code by its first letter.

    An added term has none.

    >>> chapter("382.9"), chapter("E11.2"), chapter("new:lame")
    ('9-5', 'E', '')
    """
    if code.startswith(ADDED):
        return ""
    head = code[:3]
    if head.isdigit():
        return f"9-{int(np.searchsorted(_ICD9_CHAPTERS, int(head), side='right'))}"
    return head[:1].upper()


@dataclass(frozen=True)
class Vocabulary:
    """Terms by field, in the order of their numbers, and the molecule of each brand.

    An empty term is a place kept free for a term that a doctor adds later. ``spoken`` holds the
    stems of a term's name, by field: words that count like those of a note.

    >>> terms = Vocabulary({"diagnosis": ("E11.1", "E11.2", "E12")}, (), ())
    >>> terms.number["diagnosis"]["E12"], terms.categories.tolist()
    (2, [0, 0, 1])
    """

    terms: Mapping[str, Sequence[str]]
    specialties: Sequence[str]
    words: Sequence[str]
    molecule_of: Mapping[str, str] = field(default_factory=dict)
    spoken: Mapping[str, Membership] = field(default_factory=dict)

    @cached_property
    def number(self) -> dict[str, dict[str, int]]:
        """The number of each term, by field."""
        return {
            name: {term: i for i, term in enumerate(found) if term}
            for name, found in self.terms.items()
        }

    @cached_property
    def free(self) -> dict[str, Ints]:
        """The places that no term has taken, by field: nothing that could be suggested."""
        return {
            name: np.array([at for at, term in enumerate(found) if not term], dtype=np.int64)
            for name, found in self.terms.items()
        }

    @cached_property
    def specialty_number(self) -> dict[str, int]:
        """The number of each specialty."""
        return {name: i for i, name in enumerate(self.specialties)}

    @cached_property
    def word_number(self) -> dict[str, int]:
        """The number of each stem."""
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def categories(self) -> Ints:
        """The number of the category of each diagnosis."""
        return _grouped(category(code) for code in self.terms["diagnosis"])

    @cached_property
    def chapters(self) -> Ints:
        """The number of the chapter of each diagnosis."""
        return _grouped(chapter(code) for code in self.terms["diagnosis"])

    @cached_property
    def molecules(self) -> Ints:
        """The number of the molecule of each brand; -1 where it is not known."""
        known = self.number["molecule"]
        found = (self.molecule_of.get(brand, "") for brand in self.terms["brand"])
        return np.array([known.get(name, -1) for name in found], dtype=np.int64)

    def width(self, of: str) -> int:
        """How many terms the field has."""
        return len(self.terms[of])


def _grouped(names: Iterable[str]) -> Ints:
    """Groups by the first place at which each occurs.

    Not in order of the alphabet: a term that takes a free place at the end of its list must leave
    the groups of all others, which contexts are named by, as they were learned.
    """
    found: dict[str, int] = {}
    return np.array([found.setdefault(name, len(found)) for name in names], dtype=np.int64)
