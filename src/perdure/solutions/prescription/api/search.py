"""POST /search: entries of a section for what was typed so far."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from perdure.solutions.prescription.api.texts import Answer, Asked, Code, Number, OptionalWord
from perdure.solutions.prescription.prescription import Section
from perdure.solutions.prescription.service import Service


class SearchRequest(Asked):
    """What was typed; with ``doctor`` his own words come first."""

    text: Code
    section: Section
    doctor: OptionalWord = ""
    limit: Annotated[int, Field(strict=True, ge=1, le=50)] = 10
    request: Number | None = None


class Hit(Answer):
    """One hit: what it is, and the name by which it was found."""

    section: Section
    code: str
    name: str
    matched: str
    molecule: str = ""


class SearchAnswer(Answer):
    """The hits, best first; ``request`` is the number that came with the question."""

    hits: list[Hit]
    request: int | None = None


def search(service: Service, asked: SearchRequest) -> SearchAnswer:
    """The best entries for what was typed; an empty list when there is none."""
    found = service.search(asked.text, asked.section, doctor=asked.doctor, limit=asked.limit)
    return SearchAnswer(hits=[Hit.model_validate(hit) for hit in found], request=asked.request)
