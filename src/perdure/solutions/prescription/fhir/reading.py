"""A Bundle as a prescription: what was read, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from perdure.solutions.prescription.fhir import people
from perdure.solutions.prescription.fhir.bundle import Bundled
from perdure.solutions.prescription.fhir.concepts import Known
from perdure.solutions.prescription.fhir.draft import Draft
from perdure.solutions.prescription.fhir.readers import READERS
from perdure.solutions.prescription.fhir.values import Resource
from perdure.solutions.prescription.prescription import NO_ALLERGY, Patient, Prescription

_ASKING = ("MedicationRequest", "ServiceRequest")
_PERSONAL = (
    *_ASKING, "MedicationStatement", "Condition", "CarePlan", "Observation", "Encounter",
    "AllergyIntolerance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A prescription that was read; ``used`` and ``left_out`` add up to the resources sent.

    ``subject`` is the patient's logical id, which the answer refers to and nothing else keeps.
    """

    written: Prescription
    subject: str
    used: Mapping[str, int]
    left_out: Mapping[str, int]


def nothing_known(_section: str) -> tuple[str, ...]:
    """The list of a section that is empty: every code is taken as it was sent."""
    return ()


def read(*bodies: Resource, at: date, known: Known = nothing_known, doctor: str = "") -> Reading:
    """Read Bundles or single resources as one prescription; ``at`` is the day that ages count to.

    A missing part stays unknown. Raises OutcomeError (400) for other releases than R4, for two
    patients, and for more than a prescription can hold.

    >>> body = {"resourceType": "Condition", "code": {"coding": [{"code": "I10"}]}}
    >>> read(body, at=date(2024, 1, 1)).written.of("diagnosis")[0].code
    'I10'
    """
    bundled = Bundled.of(*bodies)
    patient = people.the_patient(bundled)
    about = [r for r in bundled.resources if r.get("resourceType") in _PERSONAL]
    subject = people.one_subject(bundled, about, patient)
    draft = _filled(Draft(bundled, known, at))
    asking = [r for r in bundled.resources if r.get("resourceType") in _ASKING]
    doctor = doctor or people.the_doctor(bundled, asking)
    entries = {section: tuple(kept.values()) for section, kept in draft.entries.items() if kept}
    written = Prescription(
        doctor,
        people.specialty(bundled, doctor),
        _patient(draft, patient),
        entries,
        "\n".join(draft.notes)[:20_000],
    )
    return Reading(written, subject, draft.used, draft.left_out)


def _filled(draft: Draft) -> Draft:
    for resource in draft.bundled.resources:
        kind = str(resource["resourceType"])[:64]
        reader = READERS.get(kind)
        why = reader(draft, resource) if reader else "not a part of a prescription"
        if why:
            draft.left_out[f"{kind}: {why}"] += 1
        else:
            draft.used[kind] += 1
    if draft.bundled.empty:
        draft.left_out["an entry without a resource"] += draft.bundled.empty
    return draft


def _patient(draft: Draft, patient: Resource) -> Patient:
    age = people.age(patient, draft.at)
    return Patient(
        draft.age if age is None else age,
        people.sex(patient),
        draft.pregnant[1] if draft.pregnant else None,
        _allergies(draft),
    )


def _allergies(draft: Draft) -> tuple[str, ...]:
    """A named substance outweighs the word that there is none."""
    named = tuple(name for name in draft.allergies if name != NO_ALLERGY)
    return named or tuple(draft.allergies)
