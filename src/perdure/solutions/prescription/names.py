"""Names of codes, and codes of terms that doctors added."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.prescription import SECTIONS, Entry, Section

_BLANK = re.compile(r"\s+")
LONGEST = 200


class Names:
    """What each code is called, by field; terms can be added while it is in use."""

    def __init__(self, known: Mapping[str, Mapping[str, str]]) -> None:
        self._names = {field: dict(names) for field, names in known.items()}
        self._turn = threading.Lock()

    def of(self, field: str, code: str) -> str:
        """The name of a code; the code itself when no list has it.

        >>> Names({"lab": {"cbc": "Blood count"}}).of("lab", "cbc")
        'Blood count'
        """
        return self._names.get(field, {}).get(code) or code

    def has(self, field: str, code: str) -> bool:
        """Whether a list has the code."""
        return code in self._names.get(field, {})

    def add(self, field: str, code: str, name: str) -> None:
        """From now on the code has that name."""
        with self._turn:
            self._names[field] = {**self._names.get(field, {}), code: name}

    def codes(self, field: str) -> Mapping[str, str]:
        """The codes of a field with their names."""
        return self._names.get(field, {})

    def fields(self) -> Iterable[str]:
        """The fields that have names."""
        return tuple(self._names)


def section_of(text: str) -> Section:
    """The section of that name. Raises UsageError."""
    if text in SECTIONS:
        return text
    raise UsageError(f"no section {text[:40]!r}", expected=", ".join(SECTIONS))


def list_of(section: str) -> str:
    """The list in which a section's codes stand: a medicine's code is its brand."""
    return "brand" if section == "medicine" else section


def new_term(section: str, name: str) -> Entry:
    """A term that no list has: its name is its code.

    Raises UsageError for a name that is empty, too long or no text.

    >>> new_term("complaint", "  Burning  feet ").code
    'new:burning feet'
    """
    section_of(section)
    plain = _BLANK.sub(" ", name).strip()
    if not plain or len(plain) > LONGEST or not plain.isprintable():
        raise UsageError(
            "a new term is empty, too long or not printable", expected=f"1 to {LONGEST} letters"
        )
    return Entry(f"new:{plain.casefold()}", plain)
