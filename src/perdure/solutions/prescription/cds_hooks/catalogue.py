"""The services that are offered, and what each asks the client to send along (prefetch)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from perdure.solutions.prescription.fhir.outcome import OutcomeError

Hook = Literal["patient-view", "order-select", "order-sign"]
HOOKS: Final = ("patient-view", "order-select", "order-sign")
NEEDED: Final = "patient"
"""The one prefetch without which nothing can be said."""
_PATIENT: Final = "{{context.patientId}}"
PREFETCH: Final = {
    NEEDED: f"Patient/{_PATIENT}",
    "conditions": f"Condition?patient={_PATIENT}&clinical-status=active",
    "medications": f"MedicationRequest?patient={_PATIENT}&status=active",
    "allergies": f"AllergyIntolerance?patient={_PATIENT}",
    "role": "PractitionerRole/{{userPractitionerRoleId}}",
    "roles": "PractitionerRole?practitioner={{userPractitionerId}}",
}
ABOUT_USER: Final = ("role", "roles")
"""Of these a client can send one at most: the user is a practitioner or one of his roles."""
_USE: Final = "For prescribers. Reads only what is sent along; opens no FHIR server."


@dataclass(frozen=True, slots=True)
class CdsService:
    """One service: on which hook, and whether it suggests or only warns."""

    id: str
    hook: Hook
    title: str
    description: str
    suggests: bool

    def described(self) -> dict[str, Any]:
        """The service as discovery tells it (CDS Hooks 2.0.1, discovery)."""
        return {
            "id": self.id,
            "hook": self.hook,
            "title": self.title,
            "description": self.description,
            "prefetch": dict(PREFETCH),
            "usageRequirements": _USE,
        }


_SERVICES: Final = (
    CdsService(
        "prescription-patient-view", "patient-view", "Likely medicines and tests",
        "Medicines and tests that are likely for this patient, with reasons, and warnings about"
        " what is taken already.", True,
    ),
    CdsService(
        "prescription-order-select", "order-select", "Likely next medicines and tests",
        "What is likely to be ordered beside the selected orders, with reasons, and warnings"
        " about them.", True,
    ),
    CdsService(
        "prescription-order-sign", "order-sign", "Checks before signing",
        "Interactions, allergies, pregnancy, age and duplicates in the orders, and what could"
        " not be checked.", False,
    ),
)  # fmt: skip
SERVICES: Final[Mapping[str, CdsService]] = {service.id: service for service in _SERVICES}


def service_of(name: str) -> CdsService:
    """The service of an id. Raises OutcomeError (404).

    >>> service_of("prescription-order-sign").hook
    'order-sign'
    """
    if name not in SERVICES:
        raise OutcomeError(404, "not-found", "no such CDS service; see GET /cds-services")
    return SERVICES[name]
