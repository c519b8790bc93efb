"""POST /feedback: what a doctor did with a pill, or says of a molecule."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from perdure.solutions.prescription.api.texts import (
    Answer,
    Asked,
    OptionalCode,
    OptionalWord,
    Remark,
    Word,
)
from perdure.solutions.prescription.service import Service

Said = Literal["accepted", "ignored", "replaced", "always", "sometimes", "never"]


class FeedbackRequest(Asked):
    """One thing that a doctor said.

    Of a pill (accepted, ignored, replaced): ``suggestions`` is the id of the answer in which it
    stood, ``field`` and ``code`` name it, ``instead`` is what was written in its place.
    Of a molecule (always, sometimes, never): ``molecule``, and perhaps the ``diagnosis``.
    """

    said: Said
    by: Word
    key: Word
    suggestions: OptionalWord = ""
    field: OptionalWord = ""
    code: OptionalCode = ""
    instead: OptionalCode = ""
    note: Remark = ""
    molecule: OptionalCode = ""
    diagnosis: OptionalCode = ""

    @property
    def of_habit(self) -> bool:
        """Whether it is a word about a molecule rather than about a pill."""
        return self.said in ("always", "sometimes", "never")

    @model_validator(mode="after")
    def complete(self) -> Self:
        """The request itself, when it names what the word is about."""
        pill = ("suggestions", "field", "code")
        needed: tuple[str, ...] = ("molecule",) if self.of_habit else pill
        if self.said == "replaced":
            needed = (*pill, "instead")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"'{self.said}' needs {', '.join(missing)}")
        foreign = (*pill, "instead", "note") if self.of_habit else ("molecule", "diagnosis")
        unread = [name for name in foreign if getattr(self, name)]
        if unread:
            raise ValueError(f"'{self.said}' does not take {', '.join(unread)}")
        return self


class FeedbackAnswer(Answer):
    """``recorded`` is false when the same key had come before."""

    recorded: bool


def feedback(service: Service, asked: FeedbackRequest) -> FeedbackAnswer:
    """Record what was said; the same key again changes nothing."""
    return FeedbackAnswer(recorded=_recorded(service, asked))


def _recorded(service: Service, asked: FeedbackRequest) -> bool:
    match asked.said:
        case "always" | "sometimes" | "never":
            return service.say(
                asked.by, asked.molecule, asked.said, diagnosis=asked.diagnosis, key=asked.key
            )
        case "accepted" | "ignored" | "replaced":
            return service.take(
                asked.suggestions,
                asked.said,
                asked.field,
                asked.code,
                by=asked.by,
                key=asked.key,
                instead=asked.instead,
                note=asked.note,
            )
