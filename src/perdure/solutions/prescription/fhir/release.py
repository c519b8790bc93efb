"""Tells FHIR R4 (4.0.1) from its neighbours: they share names and differ in structure.

A medicine of R5 read as R4 would be a request without a medicine, so it is refused instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.values import Resource, parts

Mark = Callable[[Resource], bool]
_OLD_TYPES: Final = {
    "MedicationOrder": "DSTU2", "DiagnosticOrder": "DSTU2", "ProcedureRequest": "STU3",
    "ReferralRequest": "STU3", "MedicationUsage": "R5",
}  # fmt: skip


def check_release(resource: Resource, at: str) -> None:
    """Nothing, when a resource has the structure of R4.

    Raises OutcomeError (400, structure) that names the element and the release it belongs to.

    >>> check_release({"resourceType": "MedicationRequest", "medication": {}}, "here")
    Traceback (most recent call last):
    perdure.solutions.prescription.fhir.outcome.OutcomeError: here: MedicationRequest.medication ...
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return
    if kind in _OLD_TYPES:
        raise _other(kind, _OLD_TYPES[kind], at)
    for element, release, marks in _MARKS.get(kind, ()):
        if marks(resource):
            raise _other(f"{kind}.{element}", release, at)


def _other(element: str, release: str, at: str) -> OutcomeError:
    what = f"{element} as sent here is FHIR {release}; this server reads R4 (4.0.1)"
    return OutcomeError(400, "structure", what, at=at)


def _has(name: str) -> Mark:
    return lambda resource: name in resource


def _is_text(name: str) -> Mark:
    return lambda resource: isinstance(resource.get(name), str)


def _is_object(name: str) -> Mark:
    return lambda resource: isinstance(resource.get(name), Mapping)


def _is_list(name: str) -> Mark:
    return lambda resource: isinstance(resource.get(name), list)


def _inside(name: str, *elements: str) -> Mark:
    def marked(resource: Resource) -> bool:
        found = resource.get(name)
        return isinstance(found, Mapping) and any(element in found for element in elements)

    return marked


def _planned(resource: Resource) -> bool:
    names = ("plannedActivityReference", "performedActivity")
    return any(name in each for each in parts(resource, "activity") for name in names)


_MARKS: Final[Mapping[str, tuple[tuple[str, str, Mark], ...]]] = {
    "MedicationRequest": (
        ("medication", "R5", _has("medication")),
        ("context", "STU3", _has("context")),
        ("requester.agent", "STU3", _inside("requester", "agent")),
    ),
    "MedicationStatement": (
        ("medication", "R5", _has("medication")),
        ("taken", "STU3", _has("taken")),
    ),
    "ServiceRequest": (("code", "R5", _inside("code", "concept", "reference")),),
    "CarePlan": (
        ("activity", "R5", _planned),
        ("context", "STU3", _has("context")),
    ),
    "Encounter": (("class", "R5", _is_list("class")), ("reason", "R5 or STU3", _has("reason"))),
    "Condition": (
        ("clinicalStatus", "STU3", _is_text("clinicalStatus")),
        ("verificationStatus", "STU3", _is_text("verificationStatus")),
    ),
    "AllergyIntolerance": (
        ("clinicalStatus", "STU3", _is_text("clinicalStatus")),
        ("verificationStatus", "STU3", _is_text("verificationStatus")),
        ("type", "R5", _is_object("type")),
    ),
    "Patient": (("animal", "STU3", _has("animal")),),
}
