"""What is written can be read again, is a proposal or a draft, and says what it held back."""

from __future__ import annotations

from datetime import date

import pytest

from perdure.kernel.errors import NotEnoughData
from perdure.solutions.prescription.api.fhir import NOBODY, FhirBody, fhir_save, fhir_suggest
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.reading import read
from perdure.solutions.prescription.fhir.resources import About
from perdure.solutions.prescription.fhir.writing import prescription
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription

WRITTEN = Prescription(
    "d1",
    "",
    Patient(41, "female", True, ("Penicillin", "Latex")),
    {
        "complaint": (Entry("fever", "Fever"), Entry("new:burning feet", "Burning feet")),
        "diagnosis": (Entry("J02.9", "Acute pharyngitis"), Entry("snomed:38341003", "High")),
        "medicine": (Entry("dolo", "Dolo 650", "paracetamol", True),
                     Entry("rxnorm:1191", "Aspirin", "", False)),
        "lab": (Entry("loinc:58410-2", "CBC"), Entry("urn:somewhere|7", "Other")),
        "advice": (Entry("rest", "Rest"),),
    },
    "call me",
)  # fmt: skip
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "identifier": {"value": "visit-1"},
    "entry": [
        {"resource": {"resourceType": "Practitioner", "id": "d1"}},
        {"resource": {"resourceType": "Patient", "id": "p1", "gender": "male"}},
        {"resource": {"resourceType": "Condition", "code": {"text": "sore throat"},
                      "subject": {"reference": "Patient/p1"}}},
        {"resource": {"resourceType": "Claim"}},
    ],
}  # fmt: skip


def resources(answer, kind=None):
    found = [entry["resource"] for entry in answer.get("entry", [])]
    return [r for r in found if kind in (None, r["resourceType"])]


def body(**other):
    return FhirBody.model_validate({**BUNDLE, **other})


@pytest.mark.parametrize("subject", ["Patient/p1", "urn:uuid:7b0e1c1e-8f0a-4c8e-9d6a-1c1e8f0a4c8e"])
def test_a_prescription_comes_back_as_it_was_written(subject):
    made = prescription(WRITTEN, About(subject, "d1", "rx-1"), "rx-1")
    again = read(made, at=date(2026, 1, 31)).written
    assert again.entries == WRITTEN.entries
    assert again.notes == WRITTEN.notes
    assert again.doctor == "d1"
    expected = WRITTEN.patient if subject.startswith("urn") else None
    assert again.patient.age == 41
    assert again.patient.allergies == WRITTEN.patient.allergies
    assert expected is None or again.patient == expected


def test_the_same_prescription_has_the_same_ids():
    first, second = (prescription(WRITTEN, About("Patient/p1", "d1", "rx-1"), "rx-1") for _ in "ab")
    assert first == second
    ids = [entry["fullUrl"] for entry in first["entry"]]
    assert len(set(ids)) == len(ids)


def test_suggestions_are_proposals_and_never_orders(service):
    answer = fhir_suggest(service, body())
    requests = [r for r in resources(answer) if "intent" in r]
    assert {r["resourceType"] for r in requests} == {
        "MedicationRequest", "ServiceRequest", "CarePlan",
    }  # fmt: skip
    assert {(r["intent"], r["status"]) for r in requests} == {("proposal", "draft")}
    assert all(r["subject"] == {"reference": "Patient/p1"} for r in requests)
    assert answer["identifier"]["value"] == "0f" * 16
    (medicine,) = resources(answer, "MedicationRequest")
    assert medicine["note"][0]["text"].startswith("73%: you in 3 of 4 visits (+0.70)")
    assert medicine["requester"]["identifier"]["value"] == "d1"


def test_what_is_held_back_or_not_read_or_unknown_is_told(fakes):
    service = fakes.FakeService([fakes.LOUD, fakes.QUIET], ["pregnancy: no table"])
    (told,) = resources(fhir_suggest(service, body()), "OperationOutcome")
    said = [(issue["severity"], issue["diagnostics"]) for issue in told["issue"]]
    assert ("information", "not proposed (medicine): Aspirin: allergy: aspirin") in said
    assert ("information", "not read: 1 x Claim: not a part of a prescription") in said
    assert ("information", "in no list: sore throat (diagnosis)") in said
    assert ("warning", "not checked: pregnancy: no table") in said
    assert ("warning", "Bleeding risk (ONC, 2012-06)") in said
    assert ("information", "Twice the same (starter set, 2026-01)") in said


def test_nobody_writes_when_it_is_not_clear_who(service):
    answer = fhir_suggest(service, body(entry=BUNDLE["entry"][1:]))
    assert service.seen[0].doctor == NOBODY
    assert all("requester" not in found for found in resources(answer))


def test_an_empty_bundle_gets_suggestions(service):
    assert resources(fhir_suggest(service, body(entry=[])), "MedicationRequest")


def test_a_bundle_is_saved_once(service):
    first, second = fhir_save(service, body()), fhir_save(service, body())
    assert first == second
    assert len(service.seen) == 1
    assert service.keys == {"visit-1": "rx-1"}
    assert first["identifier"]["value"] == "rx-1"
    (condition,) = resources(first, "Condition")
    assert condition["code"]["text"] == "sore throat"


@pytest.mark.parametrize(
    ("other", "place"),
    [
        ({"identifier": None}, "Bundle.identifier.value"),
        ({"identifier": {"value": " "}}, "Bundle.identifier.value"),
        ({"entry": BUNDLE["entry"][1:]}, "Bundle.entry.resource.requester"),
        ({"resourceType": "Condition"}, "resourceType"),
        ({"resourceType": None}, "resourceType"),
        ({"entry": {}}, "Bundle.entry"),
    ],
)
def test_what_cannot_be_saved_says_what_is_missing(service, other, place):
    with pytest.raises(OutcomeError) as refused:
        fhir_save(service, body(**other))
    assert refused.value.status == 400
    assert refused.value.body["issue"][0]["expression"] == [place]
    assert service.keys == {}


def test_nothing_written_is_not_saved(service):
    with pytest.raises(OutcomeError, match="empty"):
        fhir_save(service, body(entry=BUNDLE["entry"][:2]))


def test_without_a_model_the_answer_is_an_outcome(service):
    service.broken = NotEnoughData("no model is in service")
    with pytest.raises(OutcomeError) as refused:
        fhir_suggest(service, body())
    assert refused.value.status == 409
    assert refused.value.body["resourceType"] == "OperationOutcome"


def every_string(value):
    if isinstance(value, dict):
        assert value, "an empty object is no FHIR JSON"
        for name, each in value.items():
            assert each is not None, f"{name} is null"
            every_string(each)
    elif isinstance(value, list):
        assert value, "an empty list is no FHIR JSON"
        for each in value:
            every_string(each)
    elif isinstance(value, str):
        assert value.strip()


def test_no_null_and_nothing_empty(service):
    every_string(fhir_suggest(service, body()))
    every_string(prescription(WRITTEN, About("Patient/p1", "d1", "rx-1"), "rx-1"))
    every_string(prescription(Prescription("d1"), About("Patient/p1", "d1", ""), "rx-1"))


@pytest.mark.extra
def test_the_models_of_hl7_accept_what_is_written(service):
    bundles = pytest.importorskip("fhir.resources.R4B.bundle", reason="needs perdure[fhir]")
    outcomes = pytest.importorskip("fhir.resources.R4B.operationoutcome")
    saved = prescription(
        WRITTEN, About(f"urn:uuid:{'7b0e1c1e-8f0a-4c8e-9d6a-1c1e8f0a4c8e'}", "d1", "rx-1"), "rx-1"
    )
    for made in (saved, fhir_suggest(service, body()), fhir_save(service, body())):
        parsed = bundles.Bundle.model_validate(made)
        assert len(parsed.entry) == len(made["entry"])
        for found in resources(made):
            # Bindings are not checked by the models: these lists are those of R4.
            assert found.get("status", "draft") in ("draft", "final", "preliminary")
            assert found.get("intent", "order") in ("order", "proposal")
    with pytest.raises(OutcomeError) as refused:
        fhir_save(service, body(identifier=None))
    assert outcomes.OperationOutcome.model_validate(refused.value.body)
