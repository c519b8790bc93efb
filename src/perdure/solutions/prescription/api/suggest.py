"""POST /suggest: pills for every field in one answer, while the prescription is written."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from perdure.solutions.prescription.api.texts import Answer, Asked, Number
from perdure.solutions.prescription.api.written import UnknownEntry, Written, unknown_entries
from perdure.solutions.prescription.prescription import SECTIONS
from perdure.solutions.prescription.service import Service, field_of


class SuggestRequest(Asked):
    """What is written so far; ``request`` comes back, so that a late answer can be dropped."""

    written: Written
    pills: Annotated[int, Field(strict=True, ge=1, le=20)] | None = None
    request: Number | None = None


class Part(Answer):
    """One part of a score: its kind, the words, and what it adds (log odds)."""

    kind: str
    text: str
    effect: float


class Pill(Answer):
    """One suggestion: ``base`` and the effects of ``parts`` add up to ``score`` (log odds)."""

    code: str
    name: str
    molecule: str = ""
    molecule_name: str = ""
    probability: float
    score: float
    base: float
    parts: list[Part]
    greyed: str = ""


class SuggestAnswer(Answer):
    """Pills for every field, most probable first; an empty list where there is none."""

    id: str
    model: str
    completeness: float
    request: int | None = None
    fields: dict[str, list[Pill]]
    unknown: list[UnknownEntry]


def suggest(service: Service, asked: SuggestRequest) -> SuggestAnswer:
    """Pills for every field, given what is written; all fields are always in the answer."""
    written = asked.written.prescription()
    made = service.suggest(written, pills=asked.pills)
    fields: dict[str, list[Pill]] = {field_of(made, section): [] for section in SECTIONS}
    for name, pills in made.fields.items():
        fields[name] = [Pill.model_validate(pill) for pill in pills]
    return SuggestAnswer(
        id=made.id,
        model=made.model,
        completeness=made.completeness,
        request=asked.request,
        fields=fields,
        unknown=unknown_entries(service, written),
    )
