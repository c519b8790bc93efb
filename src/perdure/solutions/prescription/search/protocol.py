"""What every search engine of this folder does, and what it is given and gives."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from perdure.kernel.errors import ContractError

MOST_HITS = 100
_KIND = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


@dataclass(frozen=True, slots=True)
class Term:
    """Something to be found: its official name, simple names, and further words for it.

    ``kind`` is the field it belongs to ("diagnosis", "complaint", "medicine", "test").
    """

    code: str
    name: str
    kind: str
    simple_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    popularity: float = 0.0

    def __post_init__(self) -> None:
        if not self.code.strip() or not self.name.strip():
            raise ContractError("a term without code or name", where=self.code or self.name or None)
        check_kind(self.kind)


@dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found; ``matched`` is the name by which."""

    code: str
    name: str
    matched: str
    popularity: float


class SearchIndex(Protocol):
    """Finds terms while they are typed."""

    def search(self, text: str, kind: str, limit: int = 10) -> list[Hit]:
        """The best terms for what was typed so far; an empty list when there is none."""
        ...

    def add(self, term: Term, alias_of: str | None = None) -> None:
        """Make a term findable at once; with ``alias_of`` it leads to the term of that code."""
        ...


def check_kind(kind: str) -> str:
    """The kind, when it is one.

    >>> check_kind("diagnosis")
    'diagnosis'
    """
    if not _KIND.match(kind):
        raise ContractError(f"no kind: '{kind[:40]}'", expected="a small word like 'diagnosis'")
    return kind


def folded(text: str) -> str:
    """A name as it is compared: without accents, signs and capitals.

    >>> folded("Type 2 diabetes, w/o Ménière's"), folded("toe(s)")
    ('type 2 diabetes w o menieres', 'toes')
    """
    if text.isascii():
        plain = text.lower()
    else:
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(c for c in plain if not "\u0300" <= c <= "\u036f")
    # One letter alone would be a word that half of all names begin with.
    for sign in ("'s", "’s", "(s)"):
        plain = plain.replace(sign, "s")
    return " ".join(_words(plain))


def _words(plain: str) -> list[str]:
    return "".join(
        c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain
    ).split()
