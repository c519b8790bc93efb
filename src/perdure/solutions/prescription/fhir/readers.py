"""One reader for each type of resource that a prescription is made of.

What is over (stopped, resolved, refuted, entered in error) is no part of it. What has no status
is taken as current: of two mistakes, an alert too many is the smaller one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from perdure.solutions.prescription.fhir import concepts, systems
from perdure.solutions.prescription.fhir.draft import Draft, Reader
from perdure.solutions.prescription.fhir.people import OLDEST
from perdure.solutions.prescription.fhir.values import Resource, day, part, parts, text
from perdure.solutions.prescription.prescription import NO_ALLERGY, Entry

OVER: Final = "over or entered in error"
_ENDED: Final = frozenset({
    "cancelled", "completed", "entered-in-error", "finished", "inactive", "not-taken", "refuted",
    "rejected", "remission", "resolved", "revoked", "stopped",
})  # fmt: skip
_COMPLAINT: Final = tuple((systems.LOINC, code) for code in ("75325-1", "8661-1", "10154-3"))
_PREGNANCY: Final = (systems.LOINC, "82810-3")
_AGE: Final = (systems.LOINC, "30525-0")
_PREGNANT: Final = ((systems.LOINC, "LA15173-0"), (systems.SNOMED, "77386006"))
_NOT_PREGNANT: Final = ((systems.LOINC, "LA26683-5"), (systems.SNOMED, "60001007"))
_PREGNANT_ICD10: Final = ("Z33", "Z34", "Z3A")
_NO_ALLERGY: Final = tuple((systems.SNOMED, code) for code in ("716186003", "409137002"))


def medication_request(draft: Draft, resource: Resource) -> str:
    """A medicine that is asked for; a draft is new, a renewal (priorPrescription) is not."""
    if _over(resource) or resource.get("doNotPerform") is True:
        return OVER
    new = resource.get("status") == "draft" or None
    if isinstance(resource.get("priorPrescription"), Mapping):
        new = False
    return draft.add("medicine", _medicine(draft, resource, new))


def medication_statement(draft: Draft, resource: Resource) -> str:
    """A medicine that the patient takes already."""
    return OVER if _over(resource) else draft.add("medicine", _medicine(draft, resource, False))


def condition(draft: Draft, resource: Resource) -> str:
    """A diagnosis; one of a pregnancy also says that there is one (ICD-10 Z33, Z34, Z3A)."""
    if _over(resource):
        return OVER
    concept = part(resource, "code")
    found = concepts.entry(concept, "diagnosis", draft.known)
    if found is not None and (
        found.code.startswith(_PREGNANT_ICD10) or concepts.has(concept, *_PREGNANT)
    ):
        draft.say_pregnant(_when(resource), True)
    return draft.add("diagnosis", found)


def service_request(draft: Draft, resource: Resource) -> str:
    """A test that is asked for."""
    if _over(resource) or resource.get("doNotPerform") is True:
        return OVER
    return draft.add("lab", concepts.entry(part(resource, "code"), "lab", draft.known))


def care_plan(draft: Draft, resource: Resource) -> str:
    """Advice: each activity of the plan, by its code or its description; notes are kept too."""
    if _over(resource):
        return OVER
    notes = [note for each in parts(resource, "note") if (note := text(each.get("text"), 20_000))]
    draft.notes += notes
    found = 0
    for activity in parts(resource, "activity"):
        detail = part(activity, "detail")
        if not _over(detail) and detail.get("doNotPerform") is not True:
            concept = part(detail, "code") or {"text": detail.get("description")}
            found += draft.add("advice", concepts.entry(concept, "advice", draft.known)) == ""
    return "" if found or notes else "no activity that can be read"


def observation(draft: Draft, resource: Resource) -> str:
    """A complaint (LOINC 75325-1, 8661-1, 10154-3), a pregnancy (82810-3) or an age (30525-0)."""
    if _over(resource):
        return OVER
    code = part(resource, "code")
    value = part(resource, "valueCodeableConcept") or {"text": resource.get("valueString")}
    if concepts.has(code, *_COMPLAINT):
        return draft.add("complaint", concepts.entry(value, "complaint", draft.known))
    if concepts.has(code, _PREGNANCY):
        return _pregnancy(draft, resource, value)
    if concepts.has(code, _AGE):
        return _age(draft, part(resource, "valueQuantity"))
    return "an observation of another kind"


def encounter(draft: Draft, resource: Resource) -> str:
    """The reasons of a visit that is not over: its complaints."""
    if _over(resource):
        return OVER
    reasons = [concepts.entry(reason, "complaint", draft.known)
               for reason in parts(resource, "reasonCode")]  # fmt: skip
    return "" if sum(draft.add("complaint", each) == "" for each in reasons) else "no reason given"


def allergy(draft: Draft, resource: Resource) -> str:
    """A substance that the patient does not tolerate, by its name."""
    if _over(resource):
        return OVER
    concept = part(resource, "code")
    if concepts.has(concept, *_NO_ALLERGY):
        draft.allergies.setdefault(NO_ALLERGY)
        return ""
    coded = concepts.codings(concept)
    name = concepts.words(concept) or (coded[0].code if coded else "")
    substances = (concepts.words(part(each, "substance")) for each in parts(resource, "reaction"))
    name = name or next(filter(None, substances), "")
    if name:
        draft.allergies.setdefault(name[:200])
    return "" if name else "no code and no words"


def someone(_draft: Draft, _resource: Resource) -> str:
    """A person or a medicine that other resources point to: looked up when they are read."""
    return ""


READERS: Final[Mapping[str, Reader]] = {
    "MedicationRequest": medication_request,
    "MedicationStatement": medication_statement,
    "Condition": condition,
    "ServiceRequest": service_request,
    "CarePlan": care_plan,
    "Observation": observation,
    "Encounter": encounter,
    "AllergyIntolerance": allergy,
    "Patient": someone,
    "Practitioner": someone,
    "PractitionerRole": someone,
    "Medication": someone,
}


def _over(resource: Resource) -> bool:
    told = [text(resource.get("status"))]
    for name in ("clinicalStatus", "verificationStatus"):
        told += [coding.code for coding in concepts.codings(part(resource, name))]
    return any(status in _ENDED for status in told)


def _medicine(draft: Draft, resource: Resource, new: bool | None) -> Entry | None:
    concept = part(resource, "medicationCodeableConcept")
    ingredients = ""
    if not concept:
        reference = part(resource, "medicationReference")
        found = draft.bundled.find("Medication", reference, resource) or {}
        # A reference that leads nowhere still says what it is called.
        concept = part(found, "code") or {"text": reference.get("display")}
        named = (concepts.words(part(each, "itemCodeableConcept"))
                 for each in parts(found, "ingredient"))  # fmt: skip
        ingredients = " + ".join(filter(None, named))[:200]
    made = concepts.entry(concept, "medicine", draft.known)
    if made is None:
        return Entry(ingredients, ingredients, ingredients, new) if ingredients else None
    return replace(made, molecule=made.molecule or ingredients, new=new)


def _pregnancy(draft: Draft, resource: Resource, value: Resource) -> str:
    for told, answers in ((True, _PREGNANT), (False, _NOT_PREGNANT)):
        if concepts.has(value, *answers):
            draft.say_pregnant(_when(resource), told)
            return ""
    return "no code that says whether there is a pregnancy"


def _age(draft: Draft, value: Resource) -> str:
    years, unit = value.get("value"), value.get("code", "a")
    if isinstance(years, bool) or not isinstance(years, (int, float)) or unit != "a":
        return "no age in years"
    if not 0 <= years <= OLDEST:
        return "no age in years"
    draft.age = int(years)
    return ""


def _when(resource: Resource) -> str:
    names = ("effectiveDateTime", "recordedDate", "onsetDateTime")
    days = (day(resource.get(name)) for name in names)
    return next((found.isoformat() for found in days if found), "")
