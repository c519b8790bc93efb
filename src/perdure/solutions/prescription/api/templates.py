"""POST /templates and /templates/keep: named sets of entries of one doctor."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from perdure.solutions.prescription.api.texts import MOST_ENTRIES, Answer, Asked, Word
from perdure.solutions.prescription.api.written import WrittenEntry
from perdure.solutions.prescription.prescription import Entry, Section
from perdure.solutions.prescription.service import Service

Entries = dict[Section, Annotated[list[WrittenEntry], Field(max_length=MOST_ENTRIES)]]


class TemplatesRequest(Asked):
    """Whose templates."""

    doctor: Word


class KeptEntry(Answer):
    """One entry of a template, as a prescription takes it."""

    code: str
    name: str
    molecule: str
    new: bool | None


class Template(Answer):
    """A name, and entries by section: no patient and no notes."""

    name: str
    entries: dict[Section, list[KeptEntry]]


class TemplatesAnswer(Answer):
    """The doctor's templates in the order of their names."""

    templates: list[Template]


class KeepRequest(Asked):
    """A template to keep under its name, in place of an earlier one; without entries: forget it."""

    doctor: Word
    name: Annotated[Word, StringConstraints(max_length=60)]
    entries: Entries = Field(default_factory=dict)
    key: Word


class KeepAnswer(Answer):
    """``recorded`` is false when the same key had come before."""

    recorded: bool


def templates(service: Service, asked: TemplatesRequest) -> TemplatesAnswer:
    """The templates of a doctor."""
    found = service.templates(asked.doctor)
    return TemplatesAnswer(
        templates=[
            Template.model_validate({"name": name, "entries": found[name]})
            for name in sorted(found, key=str.casefold)
        ]
    )


def keep(service: Service, asked: KeepRequest) -> KeepAnswer:
    """Keep a template, or forget it. Raises UsageError when there are too many."""
    entries: dict[Section, tuple[Entry, ...]] = {
        section: tuple(entry.entry() for entry in given)
        for section, given in asked.entries.items()
        if given
    }
    new = service.keep_template(asked.doctor, asked.name, entries, key=asked.key)
    return KeepAnswer(recorded=new)
