"""A CodeableConcept as an entry: which of its codings is taken, and what it is called."""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import islice
from typing import NamedTuple

from perdure.solutions.prescription.fhir import systems
from perdure.solutions.prescription.fhir.values import Resource, parts, text
from perdure.solutions.prescription.prescription import Entry, Section

Known = Callable[[Section], Container[str]]
"""The codes that the list of a section has."""
_MOST_CODINGS = 20


class Coding(NamedTuple):
    """One coding, as far as it was filled in."""

    system: str
    code: str
    display: str


def codings(concept: Resource) -> list[Coding]:
    """The codings of a concept that have a code.

    >>> codings({"coding": [{"code": "I10"}, {"system": "x"}]})
    [Coding(system='', code='I10', display='')]
    """
    found = (
        Coding(text(c.get("system")), text(c.get("code"), 100), text(c.get("display")))
        for c in islice(parts(concept, "coding"), _MOST_CODINGS)
    )
    return [coding for coding in found if coding.code]


def words(concept: Resource) -> str:
    """What a concept is called: its text, else the first display.

    >>> words({"coding": [{"display": "Fever"}]})
    'Fever'
    """
    shown = (text(coding.get("display")) for coding in parts(concept, "coding"))
    return text(concept.get("text")) or next(filter(None, shown), "")


def has(concept: Resource, *wanted: tuple[str, str]) -> bool:
    """Whether one of the codings is one of these pairs of system and code.

    >>> has({"coding": [{"system": "s", "code": "c"}]}, ("s", "c"))
    True
    """
    return any((coding.system, coding.code) in wanted for coding in codings(concept))


def code_in(concept: Resource, system: str) -> str:
    """The code of a concept in one system; empty when it has none there."""
    return next((c.code for c in codings(concept) if c.system == system), "")


def entry(concept: Resource, section: Section, known: Known) -> Entry | None:
    """The entry that a concept stands for; None when it says nothing.

    A coding that the section's list has comes first, then the usual systems of the section; a
    concept of words alone is its own code. No coding is dropped because a list lacks it.

    >>> entry({"text": "Fever"}, "complaint", lambda section: ()).code
    'Fever'
    """
    found = [coding for coding in codings(concept) if coding.system != systems.MOLECULE]
    found.sort(key=lambda coding: systems.rank(coding.system, section))
    called = words(concept)
    candidates = [systems.local_code(coding.system, coding.code)[:200] for coding in found]
    candidates += [called[:200]] if called else []
    if not candidates:
        return None
    listed = known(section)
    code = next((each for each in candidates if each in listed), candidates[0])
    return Entry(code, called, code_in(concept, systems.MOLECULE))
