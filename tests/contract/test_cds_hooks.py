"""CDS Hooks 2.0.1: the twelve published invariants, one by one, and what calls may rely on."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import socket
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import NotEnoughData
from perdure.solutions.prescription.api.hooks import HookBody, call, discovery, hook_feedback
from perdure.solutions.prescription.cds_hooks.catalogue import HOOKS, PREFETCH
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.service import Suppressed

PLACE = Path(__file__).parents[1] / "fake_prescription_service.py"
SERVICES = [f"prescription-{hook}" for hook in HOOKS]
SECRET = "canary-token-91"
AUTHORIZATION = {"access_token": SECRET, "token_type": "Bearer", "expires_in": 300,
                 "scope": "patient/*.rs", "subject": "client", "patient": "p1"}  # fmt: skip
AT = "2026-01-31T10:00:00Z"


@pytest.fixture(scope="module")
def fakes():
    spec = importlib.util.spec_from_file_location("fake_prescription_service", PLACE)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def service(fakes):
    return fakes.FakeService([fakes.LOUD, fakes.QUIET, fakes.QUIET], ["pregnancy: no table"])


def order(name="m1", patient="p1"):
    return {"resourceType": "MedicationRequest", "id": name, "status": "draft", "intent": "order",
            "subject": {"reference": f"Patient/{patient}"},
            "medicationCodeableConcept": {"text": "Warfarin"}}  # fmt: skip


def body(service_id, **other):
    hook = service_id.removeprefix("prescription-")
    orders = {"resourceType": "Bundle", "entry": [{"resource": order()}]}
    context = {"userId": "Practitioner/d1", "patientId": "p1"}
    if hook != "patient-view":
        context["draftOrders"] = orders
    if hook == "order-select":
        context["selections"] = ["MedicationRequest/m1"]
    nothing = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    prefetch = {
        "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"},
        "conditions": nothing, "medications": nothing, "allergies": nothing,
    }  # fmt: skip
    return {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context,
            "prefetch": prefetch, **other}  # fmt: skip


def answer(service, service_id, **other):
    sent = json.loads(json.dumps(body(service_id, **other)))
    return call(service, HookBody.model_validate({**sent, "id": service_id}))


def every_card(service):
    return [card for each in SERVICES for card in answer(service, each)["cards"]]


def every_suggestion(service):
    found = [s for card in every_card(service) for s in card.get("suggestions", [])]
    assert found
    return found


def every_action(service):
    return [action for each in every_suggestion(service) for action in each["actions"]]


def refused(service, service_id, **other):
    with pytest.raises(OutcomeError) as error:
        answer(service, service_id, **other)
    assert error.value.body["resourceType"] == "OperationOutcome"
    assert SECRET not in json.dumps(error.value.body)
    return error.value


def feedback(service, *entries, service_id=SERVICES[0]):
    given = {"id": service_id, "feedback": list(entries)}
    return hook_feedback(service, HookBody.model_validate(given))


def entry(card, outcome="overridden", **other):
    return {"card": card, "outcome": outcome, "outcomeTimestamp": AT, **other}


def test_cds_r_1_an_authorization_names_its_server(service):
    error = refused(service, SERVICES[0], fhirAuthorization=AUTHORIZATION)
    assert error.status == 400
    assert "cds-r-1" in str(error)
    both = {"fhirAuthorization": AUTHORIZATION, "fhirServer": "https://ehr.example/r4"}
    assert answer(service, SERVICES[0], **both)["cards"]


@pytest.mark.parametrize("patient", [None, ""])
def test_cds_r_2_patient_scopes_name_their_patient(service, patient):
    sent = {**AUTHORIZATION, "patient": patient}
    error = refused(service, SERVICES[0], fhirAuthorization=sent, fhirServer="https://e.example")
    assert error.status == 400
    assert "cds-r-2" in str(error)


def test_cds_resp_1_at_most_one_recommended(service):
    assert all("isRecommended" not in each for each in every_suggestion(service))


def test_cds_resp_2_nothing_is_deleted(service):
    assert {action["type"] for action in every_action(service)} == {"create"}
    assert all("resource" in action for action in every_action(service))


def test_cds_resp_3_an_app_context_only_with_a_smart_link(service):
    assert all("links" not in card for card in every_card(service))


def test_cds_resp_4_override_reasons_have_words(service):
    reasons = [r for card in every_card(service) for r in card.get("overrideReasons", [])]
    assert reasons
    assert all(reason["display"] for reason in reasons)


def test_cds_resp_5_every_action_is_described(service):
    assert all(action["description"] for action in every_action(service))


def test_cds_resp_6_suggestions_come_with_a_selection_behavior(service):
    for card in every_card(service):
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "any") in ("any", "at-most-one")


def test_cds_resp_7_the_choice_among_actions_is_left_at_its_default(service):
    assert all("actionSelectionBehavior" not in each for each in every_suggestion(service))


@pytest.mark.parametrize("outcome", ["ignored", "", None, "Accepted"])
def test_cds_fb_1_an_outcome_is_accepted_or_overridden(service, outcome):
    with pytest.raises(OutcomeError) as error:
        feedback(service, entry(str(uuid.uuid4()), outcome))
    assert error.value.status == 400


@pytest.mark.parametrize("accepted", [{}, {"acceptedSuggestions": []}])
def test_cds_fb_2_an_acceptance_names_what_was_accepted(service, accepted):
    with pytest.raises(OutcomeError, match="cds-fb-2"):
        feedback(service, entry(str(uuid.uuid4()), "accepted", **accepted))


def test_cds_fb_3_an_override_reason_says_something(service):
    with pytest.raises(OutcomeError, match="cds-fb-3"):
        feedback(service, entry(str(uuid.uuid4()), overrideReason={}))
    for said in ({"reason": {"code": "wrong"}}, {"userComment": "no"}):
        assert feedback(service, entry(str(uuid.uuid4()), overrideReason=said))["received"] == 1


def test_discovery_describes_each_service(service):
    found = discovery(service, {})["services"]
    assert [each["id"] for each in found] == SERVICES
    assert [each["hook"] for each in found] == list(HOOKS)
    for each in found:
        assert each["description"]
        assert each["prefetch"]["patient"] == "Patient/{{context.patientId}}"


@pytest.mark.parametrize("service_id", SERVICES)
def test_cards_have_the_prescribed_form(service, service_id):
    cards = answer(service, service_id)["cards"]
    assert len({uuid.UUID(card["uuid"]) for card in cards}) == len(cards)
    for card in cards:
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert nothing_is_empty(card)


def nothing_is_empty(value):
    if isinstance(value, dict):
        return bool(value) and all(nothing_is_empty(each) for each in value.values())
    if isinstance(value, list):
        return bool(value) and all(nothing_is_empty(each) for each in value)
    return value is not None and value != ""


@pytest.mark.parametrize(
    ("service_id", "indicator"),
    list(zip(SERVICES, ("warning", "warning", "critical"), strict=True)),
)
def test_only_what_interrupts_is_more_than_information(service, fakes, service_id, indicator):
    first, *others = answer(service, service_id)["cards"]
    assert (first["indicator"], first["summary"]) == (indicator, "Bleeding risk")
    assert first["source"]["label"] == "ONC, 2012-06"
    assert {card["indicator"] for card in others} == {"info"}
    assert others[0]["summary"] == "2 notes about these medicines"
    calm = fakes.FakeService([fakes.QUIET])
    assert {card["indicator"] for card in answer(calm, service_id)["cards"]} <= {"info"}


def test_what_could_not_be_checked_is_a_card(service):
    sent = body(SERVICES[2])["prefetch"]
    sent["allergies"] = None
    cards = answer(service, SERVICES[2], prefetch=sent)["cards"]
    (card,) = [c for c in cards if c["summary"].startswith("Not everything")]
    assert card["detail"].splitlines() == [
        "- not checked: pregnancy: no table", "- not checked: allergies were not sent along",
    ]  # fmt: skip


def test_a_complete_check_without_alerts_says_nothing(fakes):
    assert answer(fakes.FakeService(), SERVICES[2]) == {"cards": []}


def role(*codes, name="r1", of="Practitioner/d1", **other):
    system = "http://terminology.hl7.org/CodeSystem/practitioner-role"
    coded = [{"coding": [{"system": system, "code": code}]} for code in codes]
    return {"resourceType": "PractitionerRole", "id": name, "practitioner": {"reference": of},
            "code": coded, **other}  # fmt: skip


@pytest.mark.parametrize(
    ("user", "key", "sent", "checked_as"),
    [
        ("PractitionerRole/r1", "role", role("pharmacist"), "pharmacist"),
        ("PractitionerRole/r1", "role", role("nurse", name="r2"), "doctor"),
        ("PractitionerRole/r1", "role", role("ict"), "doctor"),
        ("PractitionerRole/r1", "role", role("nurse", active=False), "doctor"),
        ("Practitioner/d1", "roles", role("nurse"), "nurse"),
        ("Practitioner/d1", "roles", role("nurse", of="Practitioner/d2"), "doctor"),
        ("Practitioner/d1", "roles", role("nurse", "pharmacist"), "doctor"),
        ("Practitioner/d1", "roles", role([]), "doctor"),
        ("Practitioner/d1", "roles", None, "doctor"),
    ],
)
def test_the_check_is_that_of_the_users_role(service, user, key, sent, checked_as):
    for service_id in SERVICES:
        whole = body(service_id)
        whole["context"]["userId"] = user
        whole["prefetch"][key] = sent
        cards = call(service, HookBody.model_validate({**whole, "id": service_id}))["cards"]
        assert not any("role" in card["detail"] for card in cards)
    assert service.roles == [checked_as] * len(SERVICES)


def test_what_is_silenced_is_told_as_silenced(fakes):
    service = fakes.FakeService(suppressed=[Suppressed(fakes.LOUD, "watched <weekly>")])
    for service_id in SERVICES:
        (card,) = [c for c in answer(service, service_id)["cards"] if "Not warned" in c["summary"]]
        assert card["indicator"] == "info"
        assert "ONC, 2012-06" in card["detail"]
        assert "watched \\<weekly\\>" in card["detail"]
    assert service.warnings == {}


def test_orders_and_prefetch_are_read_together(service):
    answer(service, SERVICES[1])
    written = service.seen[-1]
    assert [e.code for e in written.of("medicine")] == ["Warfarin"]
    assert written.doctor == "d1"
    assert written.patient.age is not None


def test_suggestions_draft_proposals_for_this_patient(service):
    card = answer(service, SERVICES[1])["cards"][-1]
    assert [each["label"] for each in card["suggestions"]] == ["Dolo <650>", "Blood count"]
    for suggestion in card["suggestions"]:
        (action,) = suggestion["actions"]
        drafted = action["resource"]
        assert (drafted["intent"], drafted["status"]) == ("proposal", "draft")
        assert drafted["subject"] == {"reference": "Patient/p1"}
        assert "id" not in drafted
    assert "not offered: Aspirin: allergy: aspirin" in card["detail"]


def test_names_are_no_markdown_and_no_markup(service):
    card = answer(service, SERVICES[1])["cards"][-1]
    assert "<650>" not in card["detail"].replace("\\<", "").replace("\\>", "")


def test_a_missing_model_does_not_silence_warnings(service):
    service.broken = NotEnoughData("no model is in service")
    cards = answer(service, SERVICES[0])["cards"]
    assert cards[0]["summary"] == "Bleeding risk"
    assert cards[-1]["summary"] == "No suggestions can be made now"


@pytest.mark.parametrize("user", ["Patient/p1", "RelatedPerson/r1"])
def test_nobody_but_prescribers_is_answered(service, user):
    context = {**body(SERVICES[0])["context"], "userId": user}
    assert answer(service, SERVICES[0], context=context) == {"cards": []}
    assert service.calls == []


def prefetch(**other):
    return {**body(SERVICES[0])["prefetch"], **other}


@pytest.mark.parametrize(
    "sent",
    [{}, {"conditions": {"resourceType": "Bundle"}}, prefetch(patient=None), prefetch(patient={}),
     prefetch(patient={"resourceType": "OperationOutcome"})],
)  # fmt: skip
def test_without_the_patient_it_is_412(service, sent):
    assert refused(service, SERVICES[0], prefetch=sent).status == 412


def test_unknown_service_and_unknown_hook_are_404(service):
    assert refused(service, "prescription-appointment-book").status == 404
    assert refused(service, SERVICES[0], hook="appointment-book").status == 404
    with pytest.raises(OutcomeError) as error:
        feedback(service, service_id="nothing")
    assert error.value.status == 404


CONTEXT = body(SERVICES[1])["context"]
STRANGER = {"resourceType": "Bundle", "entry": [{"resource": order(patient="p2")}]}
WRONG = {
    "another hook": {"hook": "order-sign"},
    "no hook": {"hook": None},
    "no instance": {"hookInstance": "7"},
    "no context": {"context": None},
    "no user": {"context": {**CONTEXT, "userId": ""}},
    "no patient": {"context": {**CONTEXT, "patientId": None}},
    "another patient": {"context": {**CONTEXT, "patientId": "p2"}},
    "no selections": {"context": {**CONTEXT, "selections": "m1"}},
    "no orders": {"context": {k: v for k, v in CONTEXT.items() if k != "draftOrders"}},
    "orders that are no bundle": {"context": {**CONTEXT, "draftOrders": order()}},
    "orders for another": {"context": {**CONTEXT, "draftOrders": STRANGER}},
    "prefetch of text": {"prefetch": prefetch(conditions="Condition/1")},
    "R5 order": {"prefetch": prefetch(medications={"resourceType": "MedicationRequest",
                                                   "medication": {"concept": {}}})},
    "NaN": {"prefetch": prefetch(conditions={"resourceType": "Bundle", "x": float("nan")})},
    "NUL": {"prefetch": prefetch(conditions={"resourceType": "Bundle", "x": "\0"})},
    "another token": {"fhirServer": "https://e.example",
                      "fhirAuthorization": {**AUTHORIZATION, "token_type": "MAC"}},
}  # fmt: skip


@pytest.mark.parametrize("other", WRONG.values(), ids=WRONG)
def test_a_wrong_context_is_400(service, other):
    assert refused(service, SERVICES[1], **other).status == 400
    assert service.calls == []


def test_fields_of_later_versions_are_passed_over(service):
    later = {"hookVersion": "1.0", "version": "3.0", "extension": {"a": 1}}
    assert answer(service, SERVICES[0], **later)["cards"]


def test_no_address_of_the_client_is_opened(service, monkeypatch):
    def opened(*_):
        raise AssertionError("an address was opened")

    monkeypatch.setattr(socket, "getaddrinfo", opened)
    monkeypatch.setattr(socket.socket, "connect", opened)
    sent = {"fhirServer": "http://169.254.169.254/latest", "fhirAuthorization": AUTHORIZATION}
    linked = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationReference": {"reference": "http://169.254.169.254/Medication/1"},
    }
    got = answer(service, SERVICES[0], prefetch=prefetch(medications=linked), **sent)
    assert got["cards"]
    assert SECRET not in json.dumps(got) + repr(service.seen)


def test_feedback_leads_back_to_what_was_suggested(service):
    card = answer(service, SERVICES[1])["cards"][-1]
    taken = [{"id": each["uuid"]} for each in card["suggestions"]]
    said = entry(card["uuid"], "accepted", acceptedSuggestions=taken)
    service.calls.clear()
    assert feedback(service, said) == {"recorded": 1, "received": 1}
    assert [(c[2], c[3], c[4]) for c in service.calls] == [
        ("accepted", "brand", "dolo"), ("accepted", "lab", "cbc"),
    ]  # fmt: skip
    assert feedback(service, said) == {"recorded": 0, "received": 1}


def test_an_override_keeps_its_reason(service):
    card = answer(service, SERVICES[1])["cards"][-1]["uuid"]
    why = {"reason": {"code": "not-relevant", "display": "Not relevant"}, "userComment": "trial"}
    service.calls.clear()
    assert feedback(service, entry(card, overrideReason=why))["recorded"] == 1
    assert service.calls[0][2:5] == ("ignored", "brand", "")
    assert service.calls[0][-1] == "not-relevant: Not relevant: trial"


def test_an_override_of_a_warning_names_its_rules(service):
    loud, quiet = answer(service, SERVICES[2])["cards"][:2]
    why = {"reason": {"code": "will-monitor", "display": "Will be monitored"}}
    for card, rules in ((loud, ["onc-7"]), (quiet, ["dup-1"])):
        service.calls.clear()
        assert feedback(service, entry(card["uuid"], overrideReason=why))["recorded"] == 1
        assert [call[2:5] for call in service.calls] == [("ignored", "alert", r) for r in rules]
        assert service.calls[0][-1] == "will-monitor: Will be monitored"
        assert feedback(service, entry(card["uuid"], overrideReason=why))["recorded"] == 0


def test_unknown_cards_and_suggestions_change_nothing(service):
    card = answer(service, SERVICES[1])["cards"][-1]["uuid"]
    unknown = [{"id": str(uuid.uuid4())}]
    service.calls.clear()
    assert feedback(service, entry(str(uuid.uuid4())))["recorded"] == 0
    assert feedback(service, entry(card, "accepted", acceptedSuggestions=unknown))["recorded"] == 0
    assert service.calls == []


@pytest.mark.parametrize(
    "said",
    [None, {}, [{}], [entry("no uuid")], [entry(str(uuid.uuid4()), outcomeTimestamp="now")],
     [entry(str(uuid.uuid4()), outcomeTimestamp="2026-01-31T10:00:00")],
     [entry(str(uuid.uuid4()))] * 51],
)  # fmt: skip
def test_feedback_of_another_form_is_400(service, said):
    given = HookBody.model_validate({"id": SERVICES[0], "feedback": said})
    with pytest.raises(OutcomeError) as error:
        hook_feedback(service, given)
    assert error.value.status == 400


NAMES = st.sampled_from((
    "hook", "hookInstance", "context", "prefetch", "fhirServer", "userId", "patientId", "patient",
    "selections", "draftOrders", "resourceType", "entry", "resource", "feedback", "card",
))  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(("Bundle", "Patient", "Practitioner/d1", "p1", *HOOKS)),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SERVICES), st.dictionaries(NAMES, ANY, max_size=4), st.booleans())
def test_any_json_is_answered_or_refused_in_words(service, service_id, other, about_cards):
    whole = HookBody.model_validate({**body(service_id), **other, "id": service_id})
    with contextlib.suppress(OutcomeError):
        found = (hook_feedback if about_cards else call)(service, whole)
        assert json.dumps(found, allow_nan=False)


def test_every_prefetch_is_a_relative_query():
    assert all(not query.startswith(("http", "/")) for query in PREFETCH.values())
