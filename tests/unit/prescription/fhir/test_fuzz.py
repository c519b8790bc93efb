"""Any JSON at all: read, or refused in words; never anything else, and in linear time."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.solutions.prescription.api.fhir import FhirBody, fhir_suggest
from perdure.solutions.prescription.fhir.bundle import checked_body
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.readers import READERS
from perdure.solutions.prescription.fhir.reading import read

AT = date(2026, 1, 31)
NAMES = st.sampled_from((
    "resourceType", "id", "status", "code", "coding", "system", "display", "text", "subject",
    "reference", "medicationCodeableConcept", "medicationReference", "contained", "ingredient",
    "itemCodeableConcept", "activity", "detail", "note", "valueQuantity", "value", "birthDate",
    "valueCodeableConcept", "valueString", "reasonCode", "reaction", "substance", "clinicalStatus",
    "requester", "practitioner", "specialty", "identifier", "entry", "resource", "fullUrl",
    "effectiveDateTime", "doNotPerform", "priorPrescription", "patient",
))  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(("Patient/1", "#a", "a", "http://loinc.org", "75325-1", "82810-3",
                       "30525-0", "draft", "active", "1980-01-31"))
)  # fmt: skip
ANY = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(NAMES, inside, max_size=6),
    max_leaves=25,
)
RESOURCE = st.builds(
    lambda kind, rest: {**rest, "resourceType": kind},
    st.sampled_from((*READERS, "Claim", "")),
    st.dictionaries(NAMES, ANY, max_size=8),
)
BUNDLE = st.builds(
    lambda found: {"resourceType": "Bundle", "entry": [{"resource": each} for each in found]},
    st.lists(RESOURCE, max_size=5),
)


def tried(body):
    try:
        return read(checked_body(body), at=AT)
    except OutcomeError:
        return None


@given(ANY)
def test_any_json(body):
    tried(body)


@settings(max_examples=300)
@given(BUNDLE)
def test_any_content_in_a_bundle_is_accounted_for(body):
    made = tried(body)
    if made is not None:
        assert sum(made.used.values()) + sum(made.left_out.values()) == len(body["entry"])
        assert all(entry.code for found in made.written.entries.values() for entry in found)
        age = made.written.patient.age
        assert age is None or 0 <= age <= 120


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BUNDLE)
def test_any_bundle_is_answered_with_a_bundle_or_an_outcome(service, body):
    try:
        answer = fhir_suggest(service, FhirBody.model_validate(body))
    except OutcomeError as refused:
        answer = refused.body
    assert answer["resourceType"] in ("Bundle", "OperationOutcome")


class Counted(dict):
    """A resource that counts how often it is looked into."""

    looks = 0

    def get(self, name, other=None):
        Counted.looks += 1
        return super().get(name, other)


@pytest.mark.parametrize("kind", ["MedicationRequest", "Condition", "Observation", "Practitioner"])
def test_twice_as_much_is_twice_the_work(kind):
    def looks(size):
        Counted.looks = 0
        entries = [{"resource": Counted(resourceType=kind, id=str(n), code={"text": f"c{n % 100}"},
                                        requester={"reference": f"Practitioner/{n}"})}
                   for n in range(size)]  # fmt: skip
        read({"resourceType": "Bundle", "entry": entries}, at=AT)
        return Counted.looks

    assert math.isclose(looks(2_000) / looks(1_000), 2, rel_tol=0.05)
