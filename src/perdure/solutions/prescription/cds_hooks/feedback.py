"""What became of cards: acceptances and overrides, recorded like those of the own pad."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.cds_hooks.answers import OFFERED, suggestion_id
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.values import plain
from perdure.solutions.prescription.prescription import Section
from perdure.solutions.prescription.service import ALERT, Service

MOST = 50
_BY = "cds-hooks"
_FIELDS: Mapping[Section, str] = {"medicine": "brand", "lab": "lab"}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class AcceptedSuggestion(_Sent):
    """A suggestion that was taken."""

    id: UUID


class ReasonCoding(_Sent):
    """A reason for an override, from the card or of the client's own."""

    code: str = Field("", max_length=200)
    display: str = Field("", max_length=400)


class OverrideReason(_Sent):
    """Why a card was overridden: a coded reason, a comment, or both (cds-fb-3)."""

    reason: ReasonCoding | None = None
    comment: str = Field("", alias="userComment", max_length=2_000)

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """cds-fb-3."""
        if self.reason is None and not self.comment:
            raise ValueError("cds-fb-3: overrideReason needs reason or userComment")
        return self


class CardFeedback(_Sent):
    """What became of one card (CDS Hooks 2.0.1, feedback)."""

    card: UUID
    outcome: Literal["accepted", "overridden"]
    accepted: list[AcceptedSuggestion] = Field(
        default_factory=list, alias="acceptedSuggestions", max_length=MOST
    )
    override: OverrideReason | None = Field(None, alias="overrideReason")
    at: Annotated[datetime, AwareDatetime] = Field(alias="outcomeTimestamp")

    @model_validator(mode="after")
    def names_what_was_taken(self) -> Self:
        """cds-fb-2."""
        if self.outcome == "accepted" and not self.accepted:
            raise ValueError("cds-fb-2: an accepted card names acceptedSuggestions")
        return self


_ALL: TypeAdapter[list[CardFeedback]] = TypeAdapter(
    Annotated[list[CardFeedback], Field(max_length=MOST)]
)


def told(body: Mapping[str, Any]) -> list[CardFeedback]:
    """The entries of a feedback call. Raises OutcomeError (400) for what the standard forbids."""
    plain(body, at="$this")
    try:
        return _ALL.validate_python(body.get("feedback"))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(["feedback", *(str(name)[:40] for name in first["loc"])])
        raise OutcomeError(400, "invalid", first["msg"][:200], at=place) from None


def record(service: Service, said: CardFeedback) -> bool:
    """Record what became of a card; false when it is not known here or was recorded before."""
    name = said.card.hex
    shown = service.shown(name)
    if shown is None:
        return False
    if said.outcome == "accepted":
        wanted = {str(each.id) for each in said.accepted}
        found = _named(name, shown, wanted)
        return sum([_take(service, name, "accepted", *each) for each in found]) > 0
    why = _why(said.override)
    if ALERT in shown:
        over = [_take(service, name, "ignored", ALERT, rule, why) for rule in shown[ALERT]]
        return any(over)
    return _take(service, name, "ignored", "brand", "", why)


def _named(
    suggestions: str, shown: Mapping[str, Collection[str]], wanted: set[str]
) -> list[tuple[str, str]]:
    """Field and code of each suggestion id, among those that were shown: ids are made of them."""
    return [
        (_FIELDS[section], code)
        for section in OFFERED
        for code in shown.get(_FIELDS[section], ())
        if suggestion_id(suggestions, section, code) in wanted
    ]


def _take(
    service: Service, suggestions: str, outcome: Literal["accepted", "ignored"], field: str,
    code: str, note: str = "",
) -> bool:  # fmt: skip
    key = f"cds:{suggestions}:{outcome}:{field}:{code}"[:128]
    try:
        return service.take(suggestions, outcome, field, code, by=_BY, key=key, note=note)
    except UsageError:
        # Of another form than what is kept here: the standard wants a 200.
        return False


def _why(override: OverrideReason | None) -> str:
    if override is None:
        return ""
    reason = override.reason or ReasonCoding(code="", display="")
    return ": ".join(filter(None, (reason.code, reason.display, override.comment)))
