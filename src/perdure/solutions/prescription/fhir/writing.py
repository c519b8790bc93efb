"""Suggestions and saved prescriptions as Bundles of R4 resources.

A suggestion is a proposal and never an order; what was held back is told, not left away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from perdure.solutions.prescription.fhir import systems
from perdure.solutions.prescription.fhir.outcome import issue, outcome
from perdure.solutions.prescription.fhir.resources import JSON, About, Intent, care_plan, resource
from perdure.solutions.prescription.prescription import (
    SECTIONS,
    Entry,
    Patient,
    Prescription,
    Suggestion,
    Suggestions,
)
from perdure.solutions.prescription.service import Checked, field_of

_SNOMED_PREGNANT = {True: "77386006", False: "60001007"}


def proposals(made: Suggestions, about: About, told: Iterable[dict[str, Any]] = ()) -> JSON:
    """Suggestions as a Bundle of drafts with intent ``proposal``, each with its reasons.

    Items that are greyed are no resources; the OperationOutcome at the end names them, beside
    the issues ``told``.
    """
    entries: list[JSON] = []
    held_back: list[JSON] = []
    for section in SECTIONS:
        for pill in made.fields.get(field_of(made, section), ()):
            if pill.greyed:
                what = f"not proposed ({section}): {pill.name}: {pill.greyed}"
                held_back.append(issue("information", "business-rule", what))
                continue
            entry = Entry(pill.code, pill.name, pill.molecule)
            proposal = resource(section, entry, about, "proposal")
            proposal["note"] = [{"text": reasons(pill, made.model)}]
            entries.append(proposal)
    issues = [*told, *held_back]
    return _bundle(entries + ([outcome(*issues)] if issues else []), systems.SUGGESTIONS, made.id)


def reasons(pill: Suggestion, model: str) -> str:
    """Why an item is proposed, in one line: its probability, its parts, and the model."""
    because = "; ".join(f"{part.text} ({part.effect:+.2f})" for part in pill.parts)
    return f"{pill.probability:.0%}: {because or 'how often it is used'}. Model {model}."


def prescription(written: Prescription, about: About, saved_as: str) -> JSON:
    """A saved prescription as a Bundle of drafts with intent ``order``."""
    advice = written.of("advice")
    entries = _of_patient(written.patient, about)
    for section in SECTIONS:
        if section != "advice":
            entries += [resource(section, e, about, "order") for e in written.of(section)]
    if advice or written.notes.strip():
        intent: Intent = "order"
        entries.append(care_plan(advice, written.notes, about, intent))
    return _bundle(entries, systems.PRESCRIPTION, saved_as)


def check_issues(checked: Checked) -> list[JSON]:
    """Warnings, gaps and silenced warnings of a check as issues of an OperationOutcome."""
    warned = [
        issue("warning" if alert.tier == "interrupt" else "information", "business-rule",
              f"{alert.text} ({alert.source}, {alert.dated})")
        for alert in checked.alerts
    ]  # fmt: skip
    gaps = (gap.removeprefix("not checked: ") for gap in checked.not_checked)
    silenced = [
        issue("information", "informational", f"not warned of: {each.alert.text}: {each.reason}")
        for each in checked.suppressed
    ]
    missing = [issue("warning", "incomplete", f"not checked: {gap}") for gap in gaps]
    return warned + missing + silenced


def _bundle(entries: list[JSON], system: str, name: str) -> JSON:
    made: JSON = {"resourceType": "Bundle", "type": "collection"}
    if name:
        made["identifier"] = {"system": system, "value": name}
    if entries:  # An empty list is no legal FHIR JSON.
        made["entry"] = [_entry(each) for each in entries]
    return made


def _entry(found: JSON) -> JSON:
    address = {"fullUrl": f"urn:uuid:{found['id']}"} if "id" in found else {}
    return {**address, "resource": found}


def _of_patient(patient: Patient, about: About) -> list[JSON]:
    """What is known of the patient: no name and no number, for none was taken."""
    entries: list[JSON] = []
    if about.subject.startswith("urn:uuid:"):
        entries.append(
            {"resourceType": "Patient", "id": about.subject.removeprefix("urn:uuid:"),
             "gender": patient.sex}
        )  # fmt: skip
    if patient.age is not None:
        years = {"value": patient.age, "unit": "a", "system": systems.UCUM, "code": "a"}
        entries.append(_fact(about, "30525-0", "Age", {"valueQuantity": years}))
    if patient.pregnant is not None:
        coding = {"system": systems.SNOMED, "code": _SNOMED_PREGNANT[patient.pregnant]}
        answer = {"valueCodeableConcept": {"coding": [coding]}}
        entries.append(_fact(about, "82810-3", "Pregnancy status", answer))
    return entries + [
        {"resourceType": "AllergyIntolerance", "id": about.id("allergy", name),
         "patient": about.reference(), "code": {"text": name}}
        for name in patient.allergies
    ]  # fmt: skip


def _fact(about: About, code: str, display: str, value: JSON) -> JSON:
    coding = {"system": systems.LOINC, "code": code, "display": display}
    return {
        "resourceType": "Observation",
        "id": about.id("fact", code),
        "status": "final",
        "code": {"coding": [coding]},
        "subject": about.reference(),
        **value,
    }
