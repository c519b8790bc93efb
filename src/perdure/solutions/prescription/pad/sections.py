"""What the sections of a prescription are called on a page."""

from __future__ import annotations

from dataclasses import dataclass

from perdure.solutions.prescription.prescription import SECTIONS, Section


@dataclass(frozen=True, slots=True)
class Titled:
    """A section with its words: title, one entry, an example, lines in a pill."""

    name: Section
    title: str
    one: str
    example: str
    lines: int


_WORDS: dict[Section, tuple[str, str, str, int]] = {
    "complaint": ("Complaints", "complaint", "What the patient tells", 1),
    "diagnosis": ("Diagnoses", "diagnosis", "Name, simple name or ICD-10 code", 2),
    "medicine": ("Medicines", "medicine", "Brand, strength, pack", 3),
    "lab": ("Lab tests", "lab test", "Test or panel", 1),
    "advice": ("Advice", "advice", "Diet, rest, when to come back", 1),
}

TITLED: tuple[Titled, ...] = tuple(
    Titled(name, title, one, example, lines)
    for name in SECTIONS
    for title, one, example, lines in [_WORDS[name]]
)
"""The coded sections in the order of the page."""


def title_of(section: str) -> str:
    """The title of a section.

    >>> title_of("lab")
    'Lab tests'
    """
    return {titled.name: titled.title for titled in TITLED}[section_name(section)]


def section_name(section: str) -> Section:
    """The section of that name; the first one for a word that is none.

    >>> section_name("advice"), section_name("<b>")
    ('advice', 'complaint')
    """
    return next((titled.name for titled in TITLED if titled.name == section), SECTIONS[0])
