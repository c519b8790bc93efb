"""POST /terms and /terms/alias: a word that no list had, and a curator's word what it means."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from perdure.solutions.prescription.api.texts import Answer, Asked, Code, Name, Word
from perdure.solutions.prescription.prescription import Section
from perdure.solutions.prescription.service import Service


class TermRequest(Asked):
    """A term in the doctor's own words: kept as text, whatever stands in it."""

    section: Section
    name: Name
    by: Word
    key: Word


class TermAnswer(Answer):
    """The entry that the term became; it is found by the next search."""

    code: str
    name: str
    molecule: str = ""


class AliasRequest(Asked):
    """A curator's word that the term ``code`` means ``alias_of``."""

    section: Section
    code: Code
    alias_of: Code
    by: Word
    key: Word

    @model_validator(mode="after")
    def two(self) -> Self:
        """The request itself, when it names two terms."""
        if self.code == self.alias_of:
            raise ValueError("a term cannot be an alias of itself")
        return self


class AliasAnswer(Answer):
    """The term and what it stands for from now on."""

    section: Section
    code: str
    alias_of: str


def add_term(service: Service, asked: TermRequest) -> TermAnswer:
    """Add a term that no list had; the same key again gives the same entry."""
    entry = service.add_term(asked.section, asked.name, by=asked.by, key=asked.key)
    return TermAnswer.model_validate(entry)


def alias(service: Service, asked: AliasRequest) -> AliasAnswer:
    """Merge a term into another one."""
    service.alias(asked.section, asked.code, asked.alias_of, by=asked.by, key=asked.key)
    return AliasAnswer(section=asked.section, code=asked.code, alias_of=asked.alias_of)
