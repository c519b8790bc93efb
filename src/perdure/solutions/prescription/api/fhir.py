"""POST /fhir/suggest and /fhir/prescriptions: the same answers for clients that speak FHIR R4."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from perdure.solutions.prescription.api.saving import something
from perdure.solutions.prescription.api.written import unknown_entries
from perdure.solutions.prescription.fhir.bundle import checked_body
from perdure.solutions.prescription.fhir.outcome import OutcomeError, as_outcomes, issue
from perdure.solutions.prescription.fhir.reading import Reading, read
from perdure.solutions.prescription.fhir.resources import About
from perdure.solutions.prescription.fhir.values import part, text
from perdure.solutions.prescription.fhir.writing import check_issues, prescription, proposals
from perdure.solutions.prescription.prescription import Prescription
from perdure.solutions.prescription.service import Service

JSON = dict[str, Any]
NOBODY = "(nobody)"


class FhirBody(BaseModel):
    """Any FHIR resource: it is looked at by the reader, so that faults become outcomes."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    resource_type: Any = Field(None, alias="resourceType", description="Bundle")

    def json_body(self) -> Mapping[str, Any]:
        """What was sent."""
        return {**(self.model_extra or {}), "resourceType": self.resource_type}


def fhir_suggest(service: Service, asked: FhirBody) -> JSON:
    """A Bundle in, a Bundle of proposals out, with warnings and gaps as an OperationOutcome."""
    body = _bundle(asked)
    found = _read(service, body)
    with as_outcomes():
        made = service.suggest(by_somebody(found.written))
        told = [*_notices(service, found), *check_issues(service.check(found.written))]
    about = About(_subject(found), found.written.doctor, made.id)
    return proposals(made, about, told)


def fhir_save(service: Service, asked: FhirBody) -> JSON:
    """A Bundle in, saved once; the same prescription out as draft orders under its id.

    ``Bundle.identifier.value`` makes the call repeatable. Raises OutcomeError (400) without it,
    without a doctor, and for a Bundle in which nothing is written.
    """
    body = _bundle(asked)
    key = text(part(body, "identifier").get("value"), 128)
    if not key:
        what = "no identifier: it makes a repeated call harmless"
        raise OutcomeError(400, "required", what, at="Bundle.identifier.value")
    found = _read(service, body)
    if not found.written.doctor:
        what = "no one doctor: name one Practitioner, or a requester"
        raise OutcomeError(400, "required", what, at="Bundle.entry.resource.requester")
    with as_outcomes():
        something(found.written)
    with as_outcomes():
        saved = service.save(found.written, key=key, actor=found.written.doctor)
    about = About(_subject(found), found.written.doctor, saved.id)
    return prescription(found.written, about, saved.id)


def by_somebody(written: Prescription) -> Prescription:
    """The prescription with a doctor whom nobody is, when it is not clear who writes it."""
    return written if written.doctor else replace(written, doctor=NOBODY)


def _bundle(asked: FhirBody) -> Mapping[str, Any]:
    body = checked_body(asked.json_body())
    if body["resourceType"] != "Bundle":
        kind = str(body["resourceType"])[:64]
        what = f"a {kind} where a Bundle is read" if kind.isalnum() else "no Bundle"
        raise OutcomeError(400, "structure", what, at="resourceType")
    return body


def _read(service: Service, body: Mapping[str, Any]) -> Reading:
    return read(body, at=datetime.now(UTC).date(), known=service.codes)


def _subject(found: Reading) -> str:
    return f"Patient/{found.subject}" if found.subject else f"urn:uuid:{uuid.uuid4()}"


def _notices(service: Service, found: Reading) -> list[JSON]:
    """What was sent and not used, and what was used and no list has."""
    notices = [
        issue("information", "informational", f"not read: {count} x {what}")
        for what, count in sorted(found.left_out.items())
    ]
    if not found.written.doctor:
        notices.append(issue("information", "incomplete", "no one doctor: nobody's habits used"))
    return notices + [
        issue("information", "informational", f"in no list: {entry.code} ({entry.section})")
        for entry in unknown_entries(service, found.written)
    ]
