"""FHIR R4 as a prescription: which part comes from where, and what is left out and why."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date
from pathlib import Path

import pytest

from perdure.solutions.prescription.fhir import systems
from perdure.solutions.prescription.fhir.bundle import MOST_RESOURCES, checked_body
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.reading import read
from perdure.solutions.prescription.prescription import Entry

AT = date(2026, 1, 31)
ROOT = Path(__file__).parents[4]
ENTRIES = {
    "Edmond_Vandervort_4e92a834": 541, "Gertrude_Ryan_97ee60c7": 483, "Lily_Hoppe_2eb855c1": 615,
    "Tegan_Nolan_eca62fdb": 562, "Wesley_Bayer_dd5a079e": 517, "Will_Cole_043224ba": 222,
}  # fmt: skip


def concept(code="", system="", display="", words=""):
    coding = {"system": system, "code": code, "display": display}
    found = {"coding": [{k: v for k, v in coding.items() if v}]} if code or display else {}
    return {**found, **({"text": words} if words else {})}


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection",
            "entry": [{"resource": resource} for resource in resources]}  # fmt: skip


def medicine(code="1191", system=systems.RXNORM, **more):
    return {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "medicationCodeableConcept": concept(code, system, "Aspirin"), **more}  # fmt: skip


def condition(code="I10", system=systems.ICD10CM, **more):
    return {"resourceType": "Condition", "code": concept(code, system, "Hypertension"), **more}


def codes(*resources, section, known=lambda section: ()):
    return [e.code for e in read(bundle(*resources), at=AT, known=known).written.of(section)]


def clinical(status):
    return {"coding": [{"code": status}]}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (concept("I10", systems.ICD10CM), "I10"),
        (concept("I10", systems.ICD10), "I10"),
        (concept("401.9", systems.ICD9CM), "icd9:401.9"),
        (concept("38341003", systems.SNOMED), "snomed:38341003"),
        (concept("7", "urn:somewhere"), "urn:somewhere|7"),
        (concept("plain"), "plain"),
        (concept(words="blood pressure"), "blood pressure"),
        (concept(display="Shown"), "Shown"),
    ],
)
def test_every_coding_has_one_code(given, code):
    assert codes({"resourceType": "Condition", "code": given}, section="diagnosis") == [code]


def test_icd_10_is_taken_before_others_and_the_list_before_all():
    both = {"coding": [{"system": systems.SNOMED, "code": "1"},
                       {"system": systems.ICD10CM, "code": "I10"}]}  # fmt: skip
    given = {"resourceType": "Condition", "code": both}
    assert codes(given, section="diagnosis") == ["I10"]
    assert codes(given, section="diagnosis", known=lambda _: {"snomed:1"}) == ["snomed:1"]


def test_a_number_of_rxnorm_is_no_number_of_a_list():
    assert codes(medicine("1191"), section="medicine", known=lambda _: {"1191"}) == ["rxnorm:1191"]
    own = medicine("1191", systems.OWN + "medicine")
    assert codes(own, section="medicine", known=lambda _: {"1191"}) == ["1191"]


def test_sections_come_from_their_resources():
    complaint = {"resourceType": "Observation", "status": "final",
                 "code": concept("75325-1", systems.LOINC),
                 "valueCodeableConcept": concept(words="Fever")}  # fmt: skip
    chief = {**complaint, "code": concept("8661-1", systems.LOINC), "valueString": "Cough"}
    del chief["valueCodeableConcept"]
    visit = {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "AMB"},
             "reasonCode": [concept(words="Rash"), {}]}  # fmt: skip
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan",
            "note": [{"text": "call me"}],
            "activity": [{"detail": {"code": concept(words="Rest")}},
                         {"detail": {"description": "Drink"}},
                         {"detail": {"description": "Run", "doNotPerform": True}},
                         {"detail": {"description": "Done", "status": "completed"}}]}  # fmt: skip
    test = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order",
            "code": concept("58410-2", systems.LOINC, "CBC")}  # fmt: skip
    made = read(bundle(complaint, chief, visit, plan, test, medicine(), condition()), at=AT)
    found = {k: [e.code for e in v] for k, v in made.written.entries.items()}
    assert found == {
        "complaint": ["Fever", "Cough", "Rash"], "diagnosis": ["I10"], "lab": ["loinc:58410-2"],
        "medicine": ["rxnorm:1191"], "advice": ["Rest", "Drink"],
    }  # fmt: skip
    assert made.written.notes == "call me"
    assert sum(made.used.values()) == 7
    assert not made.left_out


@pytest.mark.parametrize(
    ("resource", "new"),
    [
        (medicine(status="draft"), True),
        (medicine(), None),
        (medicine(status="draft", priorPrescription={"display": "earlier"}), False),
        ({"resourceType": "MedicationStatement", "status": "active",
          "medicationCodeableConcept": concept("1191", systems.RXNORM)}, False),
    ],
)  # fmt: skip
def test_a_draft_is_new_and_what_is_taken_is_not(resource, new):
    (entry,) = read(bundle(resource), at=AT).written.of("medicine")
    assert entry.new is new


def test_a_medicine_may_be_a_resource_of_its_own():
    own = {"resourceType": "Medication", "id": "m1", "code": concept(words="Combiflam"),
           "ingredient": [{"itemCodeableConcept": concept(words="Ibuprofen")},
                          {"itemCodeableConcept": concept(words="Paracetamol")}]}  # fmt: skip
    asked = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order"}
    by_name = {**asked, "medicationReference": {"reference": "Medication/m1"}}
    inside = {**asked, "contained": [own], "medicationReference": {"reference": "#m1"}}
    expected = (Entry("Combiflam", "Combiflam", "Ibuprofen + Paracetamol", True),)
    assert read(bundle(own, by_name), at=AT).written.of("medicine") == expected
    assert read(bundle(inside), at=AT).written.of("medicine") == expected
    lost = {**asked, "medicationReference": {"reference": "Medication/9", "display": "Dolo"}}
    assert codes(lost, section="medicine") == ["Dolo"]


@pytest.mark.parametrize(
    "over",
    [
        medicine(status="stopped"), medicine(status="entered-in-error"),
        medicine(status="cancelled"), medicine(doNotPerform=True),
        condition(clinicalStatus=clinical("resolved")),
        condition(clinicalStatus=clinical("inactive")),
        condition(verificationStatus=clinical("refuted")),
        {"resourceType": "AllergyIntolerance", "code": concept(words="Nuts"),
         "verificationStatus": clinical("entered-in-error")},
        {"resourceType": "ServiceRequest", "status": "revoked", "code": concept(words="CBC")},
        {"resourceType": "CarePlan", "status": "completed",
         "activity": [{"detail": {"description": "Rest"}}]},
        {"resourceType": "MedicationStatement", "status": "not-taken",
         "medicationCodeableConcept": concept(words="Dolo")},
    ],
)  # fmt: skip
def test_what_is_over_is_no_part_of_it(over):
    made = read(bundle(over), at=AT)
    assert made.written.entries == {}
    assert made.written.patient.allergies == ()
    assert sum(made.left_out.values()) == 1


def test_what_has_no_status_counts():
    given = medicine()
    del given["status"]
    assert codes(given, condition(), section="medicine") == ["rxnorm:1191"]


def test_the_patient_without_name_and_number():
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-02-01", "gender": "female",
               "name": [{"family": "Canary"}], "identifier": [{"value": "canary-1"}]}  # fmt: skip
    allergies = [
        {"code": concept("70618", systems.RXNORM, "Penicillin")},
        {"code": concept("716186003", systems.SNOMED, "No known allergy")},
        {"reaction": [{"substance": concept(words="Latex")}]},
    ]
    typed = [{**allergy, "resourceType": "AllergyIntolerance"} for allergy in allergies]
    made = read(bundle(patient, *typed), at=AT)
    assert made.written.patient.age == 45
    assert made.written.patient.sex == "female"
    assert made.written.patient.allergies == ("Penicillin", "Latex")
    assert "anary" not in repr(made)


@pytest.mark.parametrize("birth", ["1066-10-14", "2030-01-01", "yesterday", 1980, None, ""])
def test_an_age_that_cannot_be_is_not_known(birth):
    patient = {"resourceType": "Patient", "birthDate": birth}
    assert read(bundle(patient), at=AT).written.patient.age is None


def pregnancy(code, system, when):
    return {"resourceType": "Observation", "code": concept("82810-3", systems.LOINC),
            "valueCodeableConcept": concept(code, system), "effectiveDateTime": when}  # fmt: skip


def test_the_last_word_about_a_pregnancy_counts():
    yes = pregnancy("77386006", systems.SNOMED, "2025-12-01")
    no = pregnancy("LA26683-5", systems.LOINC, "2026-01-01")
    for given in (bundle(yes, no), bundle(no, yes)):
        assert read(given, at=AT).written.patient.pregnant is False
    assert read(bundle(yes), at=AT).written.patient.pregnant is True
    assert read(bundle(condition("Z34.90")), at=AT).written.patient.pregnant is True
    assert read(bundle(condition()), at=AT).written.patient.pregnant is None


def doctor(name):
    return {"resourceType": "Practitioner", "id": name}


ROLE = {"resourceType": "PractitionerRole", "id": "r1", "specialty": [{"text": "Cardiology"}],
        "practitioner": {"reference": "Practitioner/a"}}  # fmt: skip
OWN = {"identifier": {"system": systems.DOCTOR, "value": "d9"}}


@pytest.mark.parametrize(
    ("resources", "name", "specialty"),
    [
        ((doctor("a"), ROLE), "a", "Cardiology"),
        ((doctor("a"), doctor("b")), "", ""),
        ((doctor("a"), doctor("b"), medicine(requester={"reference": "Practitioner/b"})), "b", ""),
        ((ROLE, doctor("a"), doctor("b"),
          medicine(requester={"reference": "https://ehr.example/r4/PractitionerRole/r1"})),
         "a", "Cardiology"),
        ((medicine(requester={"reference": "Organization/o"}),), "", ""),
        ((medicine(requester=OWN),), "d9", ""),
    ],
)  # fmt: skip
def test_the_doctor_is_told_or_nobody(resources, name, specialty):
    made = read(bundle(*resources), at=AT)
    assert (made.written.doctor, made.written.specialty) == (name, specialty)


def test_two_patients_are_never_mixed():
    two = [{"resourceType": "Patient", "id": name} for name in "pq"]
    stranger = medicine(subject={"reference": "Patient/q"})
    for given in (
        two,
        [two[0], stranger],
        [medicine(subject={"reference": "Patient/p"}), stranger],
    ):
        with pytest.raises(OutcomeError, match="patient"):
            read(bundle(*given), at=AT)
    assert read(bundle(two[1], stranger), at=AT).subject == "q"


OTHER_RELEASES = {
    "R5 medicine": {"resourceType": "MedicationRequest", "medication": {"concept": {}}},
    "R5 statement": {"resourceType": "MedicationStatement", "medication": {"concept": {}}},
    "R5 test": {"resourceType": "ServiceRequest", "code": {"concept": concept(words="CBC")}},
    "R5 plan": {"resourceType": "CarePlan", "activity": [{"plannedActivityReference": {}}]},
    "R5 visit": {"resourceType": "Encounter", "class": [{}]},
    "R5 allergy": {"resourceType": "AllergyIntolerance", "type": {}},
    "STU3 condition": {"resourceType": "Condition", "clinicalStatus": "active"},
    "STU3 allergy": {"resourceType": "AllergyIntolerance", "verificationStatus": "confirmed"},
    "STU3 medicine": {"resourceType": "MedicationRequest", "requester": {"agent": {}}},
    "STU3 statement": {"resourceType": "MedicationStatement", "taken": "y"},
    "STU3 type": {"resourceType": "ProcedureRequest"},
    "DSTU2 type": {"resourceType": "MedicationOrder"},
}


@pytest.mark.parametrize("resource", OTHER_RELEASES.values(), ids=OTHER_RELEASES)
def test_other_releases_are_refused_by_name_and_place(resource, request):
    with pytest.raises(OutcomeError) as refused:
        read(bundle(condition(), resource), at=AT)
    (issue,) = refused.value.body["issue"]
    assert refused.value.status == 400
    assert issue["expression"] == ["Bundle.entry[1].resource"]
    release = request.node.callspec.id.split()[0]
    assert release in issue["diagnostics"]
    assert "R4 (4.0.1)" in issue["diagnostics"]


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"resourceType": 7}, {"resourceType": "Bundle", "x": float("nan")},
     {"resourceType": "Bundle", "x": float("-inf")}, {"resourceType": "Bundle", "x": "a\0"},
     {"resourceType": "Bundle", "\ud800": 1}, {"resourceType": "Bundle", "x": ["\udfff"]}],
)  # fmt: skip
def test_no_resource_or_no_json_of_fhir(body):
    with pytest.raises(OutcomeError) as refused:
        checked_body(body)
    assert refused.value.status == 400


def test_nested_too_deep():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(OutcomeError, match="64 deep"):
        checked_body({"resourceType": "Bundle", "entry": deep})


def test_too_much_is_refused():
    many = [medicine(str(n)) for n in range(201)]
    with pytest.raises(OutcomeError, match="200 entries"):
        read(bundle(*many), at=AT)
    assert len(read(bundle(*many[:200]), at=AT).written.of("medicine")) == 200
    with pytest.raises(OutcomeError, match=str(MOST_RESOURCES)):
        read({"resourceType": "Bundle", "entry": [{}] * (MOST_RESOURCES + 1)}, at=AT)


def test_the_same_twice_is_once():
    assert codes(medicine(), medicine(), section="medicine") == ["rxnorm:1191"]


@pytest.fixture(scope="module")
def patients():
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else ROOT.parent / "shared" / "data"
    if not (root / "synthea_fhir").is_dir():
        pytest.skip(f"NO REAL DATA at {root}: set PERDURE_SHARED_DATA to run these tests")
    return root / "synthea_fhir"


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "entries"), ENTRIES.items())
def test_generated_patients_are_read_and_every_entry_is_accounted_for(patients, name, entries):
    body = json.loads(gzip.decompress((patients / f"{name}.json.gz").read_bytes()))
    made = read(checked_body(body), at=AT)
    assert len(body["entry"]) == entries
    assert sum(made.used.values()) + sum(made.left_out.values()) == entries
    sent = [entry["resource"] for entry in body["entry"]]
    for kind in ("MedicationRequest", "Condition", "Observation"):
        told = made.used.get(kind, 0) + sum(
            n for why, n in made.left_out.items() if why.startswith(f"{kind}:")
        )
        assert told == sum(resource["resourceType"] == kind for resource in sent)
    active = {resource["medicationCodeableConcept"]["coding"][0]["code"] for resource in sent
              if resource["resourceType"] == "MedicationRequest"
              and resource["status"] == "active"}  # fmt: skip
    assert {e.code for e in made.written.of("medicine")} == {f"rxnorm:{code}" for code in active}
    assert made.written.patient.age is not None
    assert made.subject == next(r["id"] for r in sent if r["resourceType"] == "Patient")
