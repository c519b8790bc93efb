"""The resources that are written: R4 (4.0.1), drafts all of them, each with what R4 requires."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final, Literal

from perdure.solutions.prescription.fhir import systems
from perdure.solutions.prescription.prescription import Entry, Section

Intent = Literal["proposal", "order"]
JSON = dict[str, Any]
_NAMES: Final = uuid.UUID("6f0c7a52-53f1-5d0b-9f0e-4b8f1f6f2a51")
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_SYMPTOM: Final = {"system": systems.LOINC, "code": "75325-1", "display": "Symptom"}


@dataclass(frozen=True, slots=True)
class About:
    """Whom the resources are about, who asks, and under which name they were made.

    ``subject`` is a FHIR reference; ``made_by`` makes the ids of the resources, so that the same
    answer written twice holds the same ids.
    """

    subject: str
    doctor: str
    made_by: str

    def id(self, *parts: str) -> str:
        """The id of one resource.

        >>> About("Patient/1", "d1", "s1").id("lab", "cbc") == About("", "", "s1").id("lab", "cbc")
        True
        """
        return str(uuid.uuid5(_NAMES, "\n".join((self.made_by, *parts))))

    def reference(self) -> JSON:
        """The patient, as a reference."""
        return {"reference": self.subject}

    def requester(self) -> JSON:
        """The doctor, named by the own identifier: where he is kept is not known here."""
        return {"identifier": {"system": systems.DOCTOR, "value": self.doctor}}


def concept(entry: Entry, section: Section) -> JSON:
    """The CodeableConcept of an entry.

    >>> concept(Entry("I10", "Hypertension"), "diagnosis")["coding"][0]["system"]
    'http://hl7.org/fhir/sid/icd-10-cm'
    """
    system, code = systems.system_of(entry.code, section)
    if section == "diagnosis" and system == systems.OWN + section and _like_icd10(code):
        system = systems.ICD10CM
    coding: JSON = {"system": system, "code": " ".join(code.split())}
    if entry.name:
        coding["display"] = entry.name
    found = [coding]
    if entry.molecule:
        found.append({"system": systems.MOLECULE, "code": " ".join(entry.molecule.split())})
    return {"coding": found, "text": entry.name or entry.code}


def resource(section: Section, entry: Entry, about: About, intent: Intent) -> JSON:
    """One entry as the resource of its section."""
    made: JSON = {"id": about.id(section, entry.code)}
    match section:
        case "medicine":
            made |= _request("MedicationRequest", about, intent)
            made["medicationCodeableConcept"] = concept(entry, section)
            if entry.new is False:
                made["priorPrescription"] = {"display": "continued"}
        case "lab":
            made |= _request("ServiceRequest", about, intent) | {"code": concept(entry, section)}
        case "diagnosis":
            made |= _condition(entry, about, intent)
        case "complaint":
            made |= _symptom(entry, about)
        case "advice":
            made |= care_plan((entry,), "", about, intent)
    return made


def care_plan(advice: tuple[Entry, ...], notes: str, about: About, intent: Intent) -> JSON:
    """Advice, each as an activity of one plan, and the notes."""
    made: JSON = {
        "resourceType": "CarePlan",
        "id": about.id("advice", *(entry.code for entry in advice)),
        "status": "draft",
        "intent": intent,
        "subject": about.reference(),
    }
    if advice:
        made["activity"] = [
            {"detail": {"code": concept(entry, "advice"), "status": "not-started"}}
            for entry in advice
        ]
    if notes.strip():
        made["note"] = [{"text": notes}]
    return made


def _request(kind: str, about: About, intent: Intent) -> JSON:
    made: JSON = {
        "resourceType": kind,
        "status": "draft",
        "intent": intent,
        "subject": about.reference(),
    }
    if about.doctor:
        made["requester"] = about.requester()
    return made


def _condition(entry: Entry, about: About, intent: Intent) -> JSON:
    """A diagnosis; a proposed one is a possibility, which R4 says as unconfirmed (con-3)."""
    status = "unconfirmed" if intent == "proposal" else "provisional"
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
        "verificationStatus": {"coding": [{"system": _VERIFIED, "code": status}]},
        "code": concept(entry, "diagnosis"),
        "subject": about.reference(),
    }


def _symptom(entry: Entry, about: About) -> JSON:
    return {
        "resourceType": "Observation",
        "status": "preliminary",
        "code": {"coding": [_SYMPTOM]},
        "subject": about.reference(),
        "valueCodeableConcept": concept(entry, "complaint"),
    }


def _like_icd10(code: str) -> bool:
    """Whether a code has the form of ICD-10: a letter, a digit, then letters or digits."""
    head, dot, tail = code.partition(".")
    return (
        head.isascii()
        and head.isalnum()
        and len(head) in (3, *range(4, 8))
        and head[0].isalpha()
        and head[1].isdigit()
        and (not dot or (0 < len(tail) <= 4 and tail.isascii() and tail.isalnum()))
    )
