"""Names of codes, and codes of terms that doctors added."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.engine.vocabulary import ADDED
from perdure.solutions.prescription.medicines.formulary import bundled_formulary
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.prescription import SECTIONS, Entry, Section
from perdure.solutions.prescription.text.complaint import ComplaintText

_BLANK = re.compile(r"\s+")
LONGEST = 200


class Names:
    """What each code is called, by field; terms can be added while it is in use."""

    def __init__(
        self, known: Mapping[str, Mapping[str, str]],
        simple: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
        popularity: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:  # fmt: skip
        self._names = {field: dict(names) for field, names in known.items()}
        self._simple, self._popularity = simple or {}, popularity or {}
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

    def simple(self, field: str, code: str) -> tuple[str, ...]:
        """Other names that doctors use for the code."""
        return self._simple.get(field, {}).get(code, ())

    def popularity(self, field: str, code: str) -> float:
        """How often the code is entered: entries a visit."""
        return self._popularity.get(field, {}).get(code, 0.0)


def section_of(text: str) -> Section:
    """The section of that name. Raises UsageError."""
    if text in SECTIONS:
        return text
    raise UsageError(f"no section {text[:40]!r}", expected=", ".join(SECTIONS))


def list_of(section: str) -> str:
    """The list in which a section's codes stand: a medicine's code is its brand."""
    return "brand" if section == "medicine" else section


def new_term(section: str, name: str) -> Entry:
    """A term that no list has.

    A complaint is counted by its stems, so that two ways to say it are one term; a medicine is
    read for its molecules. Raises UsageError for a name that is empty, too long or no text.

    >>> new_term("complaint", "Right lung is paining").code
    'new:lung pain right'
    >>> new_term("complaint", "pain in right  lung").code
    'new:lung pain right'
    >>> new_term("medicine", "DOLO 650MG TAB 8's").molecule
    'paracetamol'
    """
    section_of(section)
    plain = _BLANK.sub(" ", name).strip()
    if not plain or len(plain) > LONGEST or not plain.isprintable():
        raise UsageError(
            "a new term is empty, too long or not printable", expected=f"1 to {LONGEST} letters"
        )
    code = plain.casefold()
    if section == "complaint":
        code = ComplaintText().key(plain) or code
    molecules: tuple[str, ...] = ()
    if section == "medicine":
        molecules = parse_medicine(plain, bundled_formulary()).molecules
    return Entry(f"{ADDED}{code}", plain, "; ".join(molecules))
