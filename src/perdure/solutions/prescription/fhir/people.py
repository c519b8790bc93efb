"""Who it is for and who writes it, from Patient, Practitioner and PractitionerRole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from perdure.solutions.prescription.fhir import systems
from perdure.solutions.prescription.fhir.bundle import Bundled
from perdure.solutions.prescription.fhir.concepts import words
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.values import Resource, day, last_name, part, parts, text
from perdure.solutions.prescription.prescription import Sex

OLDEST = 120


def the_patient(bundled: Bundled) -> Resource:
    """The one patient of a Bundle; an empty resource when there is none.

    Raises OutcomeError (400) for two: medicines of two people may never be mixed.
    """
    found = bundled.of_kind("Patient")
    names = {text(patient.get("id")) for patient in found}
    if len(found) > 1 and (len(names) > 1 or "" in names):
        what = f"{len(found)} patients; a prescription is for one"
        raise OutcomeError(400, "business-rule", what, at="Bundle.entry")
    return found[0] if found else {}


def one_subject(bundled: Bundled, about: Iterable[Resource], patient: Resource) -> str:
    """The logical id of the patient that all resources are about; empty when none says it.

    Raises OutcomeError (400) when one of them is about somebody else.
    """
    own = {name for (kind, name), found in bundled.names.items()
           if kind == "Patient" and found is patient}  # fmt: skip
    subject = ""
    for resource in about:
        told = part(resource, "subject") or part(resource, "patient")
        name = last_name(told.get("reference"))
        if not name or name in own:
            continue
        if own or (subject and name != subject):
            kind = text(resource.get("resourceType"), 64)
            raise OutcomeError(400, "business-rule", f"a {kind} is about another patient", at=kind)
        subject = name
    return text(patient.get("id")) or subject


def sex(patient: Resource) -> Sex:
    """The administrative gender as far as it matters here.

    >>> sex({"gender": "male"}), sex({"gender": "other"})
    ('male', 'unknown')
    """
    told = patient.get("gender")
    if told == "female":
        return "female"
    return "male" if told == "male" else "unknown"


def age(patient: Resource, at: date) -> int | None:
    """Whole years from the date of birth to a day; None when it is not told or cannot be.

    >>> age({"birthDate": "1980-06-02"}, date(2020, 6, 1)), age({"birthDate": "1066"}, date.max)
    (39, None)
    """
    born = day(patient.get("birthDate"))
    if born is None:
        return None
    years = at.year - born.year - ((at.month, at.day) < (born.month, born.day))
    return years if 0 <= years <= OLDEST else None


def the_doctor(bundled: Bundled, requests: Iterable[Resource]) -> str:
    """Who writes: the one requester of the requests, else the one Practitioner; empty if unclear.

    Of several doctors none is guessed: the habits of the wrong one would be worse than none.
    """
    asking = {_asking(bundled, part(request, "requester")) for request in requests} - {""}
    if len(asking) == 1:
        return asking.pop()
    found = {_name(practitioner) for practitioner in bundled.of_kind("Practitioner")} - {""}
    return found.pop() if not asking and len(found) == 1 else ""


def specialty(bundled: Bundled, doctor: str) -> str:
    """The specialty in which the doctor works, in words; empty when no role tells it."""
    for role in bundled.of_kind("PractitionerRole"):
        if doctor and _asking(bundled, part(role, "practitioner")) == doctor:
            return next((words(each)[:128] for each in parts(role, "specialty")), "")
    return ""


def _asking(bundled: Bundled, reference: Resource) -> str:
    """The doctor that a reference to a Practitioner or PractitionerRole means."""
    named = part(reference, "identifier")
    if named.get("system") == systems.DOCTOR:
        return text(named.get("value"), 128)
    role = bundled.find("PractitionerRole", reference, {})
    if role is not None:
        # A role cannot lead to a role, so this ends.
        reference = part(role, "practitioner")
    practitioner = bundled.find("Practitioner", reference, {})
    told = text(reference.get("reference"), 2_000)
    if practitioner is not None:
        return _name(practitioner)
    return "" if "Organization/" in told or "Patient/" in told else last_name(told)[:128]


def _name(practitioner: Resource) -> str:
    own = (i for i in parts(practitioner, "identifier") if i.get("system") == systems.DOCTOR)
    return text(next(own, {}).get("value"), 128) or text(practitioner.get("id"), 128)
