"""A call of a CDS service: checked against the standard, with what it brings as a prescription."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from perdure.solutions.prescription.cds_hooks.catalogue import (
    ABOUT_USER,
    HOOKS,
    NEEDED,
    PREFETCH,
    CdsService,
)
from perdure.solutions.prescription.cds_hooks.roles import role_of
from perdure.solutions.prescription.fhir.concepts import Known
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.reading import Reading, read
from perdure.solutions.prescription.fhir.values import Resource, last_name, plain
from perdure.solutions.prescription.service import Role

Text = Annotated[str, Field(min_length=1, max_length=1_000)]
_PRESCRIBERS = ("Practitioner/", "PractitionerRole/")
M = TypeVar("M", bound=BaseModel)


class _Sent(BaseModel):
    """Part of a call; fields of later versions are passed over, values never repeated."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class FhirAuthorization(_Sent):
    """Access to the client's FHIR server: checked for form, never used, never kept."""

    token_type: Literal["Bearer"]
    expires_in: int
    scope: str = Field(max_length=10_000)
    subject: str = Field(max_length=1_000)
    patient: str | None = None

    @model_validator(mode="after")
    def names_its_patient(self) -> Self:
        """cds-r-2: scopes of one patient name that patient."""
        if "patient/" in self.scope.lower() and not self.patient:
            raise ValueError("cds-r-2: patient scopes need 'patient'")
        return self


class HookRequest(_Sent):
    """What every hook brings (CDS Hooks 2.0.1, HTTP request)."""

    hook: Text
    hook_instance: UUID = Field(alias="hookInstance")
    fhir_server: str | None = Field(None, alias="fhirServer", max_length=2_000)
    fhir_authorization: FhirAuthorization | None = Field(None, alias="fhirAuthorization")
    context: dict[str, Any]
    prefetch: dict[str, dict[str, Any] | None] = Field(default_factory=dict, max_length=50)

    @model_validator(mode="after")
    def names_its_server(self) -> Self:
        """cds-r-1: an authorisation is one for a server."""
        if self.fhir_authorization is not None and not self.fhir_server:
            raise ValueError("cds-r-1: fhirAuthorization needs fhirServer")
        return self


class PatientViewContext(_Sent):
    """Who looks at whom."""

    user: Text = Field(alias="userId")
    patient: Text = Field(alias="patientId")


class OrderSignContext(PatientViewContext):
    """The orders that are about to be signed."""

    orders: dict[str, Any] = Field(alias="draftOrders")


class OrderSelectContext(OrderSignContext):
    """The orders so far, and which of them were just selected."""

    selections: list[Text] = Field(max_length=200)


_CONTEXTS: Mapping[str, type[PatientViewContext]] = {
    "patient-view": PatientViewContext,
    "order-select": OrderSelectContext,
    "order-sign": OrderSignContext,
}


@dataclass(frozen=True, slots=True)
class Called:
    """A call as it is worked with; ``missing`` names what was asked for and not sent."""

    service: CdsService
    instance: UUID
    reading: Reading
    patient: str
    missing: tuple[str, ...]
    by_prescriber: bool
    role: Role


def called(service: CdsService, body: Mapping[str, Any], at: date, known: Known) -> Called:
    """The call that a body describes.

    Raises OutcomeError: 404 for an unknown hook, 400 for a context or a resource that does not
    fit, 412 when the patient was not sent along (there is no other way to him from here).
    """
    plain(body, at="$this")
    asked = _valid(HookRequest, body, "request")
    if asked.hook not in HOOKS:
        raise OutcomeError(404, "not-found", "this hook is not served here", at="hook")
    if asked.hook != service.hook:
        what = f"the service {service.id} answers {service.hook}"
        raise OutcomeError(400, "invalid", what, at="hook")
    context = _valid(_CONTEXTS[asked.hook], asked.context, "context")
    sent = _sent(asked, context)
    prescriber = context.user.startswith(_PRESCRIBERS)
    doctor = last_name(context.user)[:128] if prescriber else ""
    reading = read(*sent.values(), at=at, known=known, doctor=doctor)
    patient = last_name(context.patient)
    if reading.subject != patient:
        raise OutcomeError(
            400, "business-rule", "the resources are of another patient", at="context.patientId"
        )
    missing = tuple(key for key in PREFETCH if key not in sent and key not in ABOUT_USER)
    role = role_of(context.user, *(sent[key] for key in ABOUT_USER if key in sent))
    return Called(service, asked.hook_instance, reading, patient, missing, prescriber, role)


def _sent(asked: HookRequest, context: PatientViewContext) -> dict[str, Resource]:
    """The resources of prefetch and context that can be read."""
    sent: dict[str, Resource] = {
        key: found
        for key, found in asked.prefetch.items()
        if key in PREFETCH and found and found.get("resourceType") != "OperationOutcome"
    }
    if sent.get(NEEDED, {}).get("resourceType") != "Patient":
        what = "the prefetch 'patient' is missing, and no FHIR server is asked from here"
        raise OutcomeError(412, "required", what, at="prefetch.patient")
    if isinstance(context, OrderSignContext):
        if context.orders.get("resourceType") != "Bundle":
            raise OutcomeError(400, "structure", "no Bundle", at="context.draftOrders")
        sent["draftOrders"] = context.orders
    return sent


def _valid(model: type[M], body: Mapping[str, Any], at: str) -> M:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(name)[:40] for name in first["loc"])
        raise OutcomeError(400, "invalid", first["msg"][:200], at=place or at) from None
