"""Which complaint a doctor's word means: a table that an organisation extends."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path

from perdure.kernel.errors import ContractError, UnreadableFile

from .words import clean, stem, tokens

LONGEST_PHRASE = 4
_MOST = 100_000


class Synonyms:
    """Phrases by their stemmed words in any order, and what they mean.

    >>> Synonyms({"loose motion": "diarrhoea"}).meaning(("motion", "loos"))
    ('diarrhoea',)
    """

    __slots__ = ("_table", "involved", "terms")

    def __init__(self, terms: Mapping[str, str]) -> None:
        if len(terms) > _MOST:
            raise ContractError(f"{len(terms)} synonyms", expected=f"at most {_MOST}")
        self.terms = dict(terms)
        self._table = {_key(term): _stems(means) for term, means in terms.items() if _stems(means)}
        self._table.pop((), None)
        # A word of no phrase needs no look at the phrases around it.
        self.involved = frozenset(word for phrase in self._table for word in phrase)

    def meaning(self, stems: Iterable[str]) -> tuple[str, ...] | None:
        """The stems of what a phrase means; ``None`` when it stands for itself."""
        return self._table.get(tuple(sorted(stems)))

    def extended(self, terms: Mapping[str, str]) -> Synonyms:
        """The same table with an organisation's own rows, which win."""
        return Synonyms({**self.terms, **terms})

    def known_words(self) -> set[str]:
        """Every word of the table, so that none of them is taken for a typing error."""
        both = " ".join([*self.terms, *self.terms.values()])
        return {t.text for t in tokens(clean(both, len(both))[0]) if t.kind == "word"}

    def __len__(self) -> int:
        return len(self._table)


def read_synonyms(path: Path) -> dict[str, str]:
    """The rows of a CSV file with the columns ``term`` and ``means``; ``#`` lines are remarks."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise UnreadableFile(f"the synonyms cannot be read: {problem}", where=path.name) from None
    return _rows(text, path.name)


@lru_cache(maxsize=1)
def bundled_synonyms() -> Synonyms:
    """The table that comes with perdure, read when it is first asked for.

    >>> bundled_synonyms().terms["loose motion"]
    'diarrhoea'
    """
    text = resources.files(__package__).joinpath("synonyms.csv").read_text(encoding="utf-8")
    return Synonyms(_rows(text, "synonyms.csv"))


def _rows(text: str, name: str) -> dict[str, str]:
    reader = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    if not {"term", "means"} <= set(reader.fieldnames or ()):
        raise ContractError("a column is missing", where=name, expected="term, means")
    return {row["term"]: row["means"] for row in reader if row["term"] and row["means"]}


def _key(phrase: str) -> tuple[str, ...]:
    found = sorted(_stems(phrase))
    return tuple(found) if len(found) <= LONGEST_PHRASE else ()


def _stems(phrase: str) -> tuple[str, ...]:
    # The negations of a phrase ("no sleep") are words like any other here.
    return tuple(stem(t.text) for t in tokens(clean(phrase)[0]) if t.kind == "word")
