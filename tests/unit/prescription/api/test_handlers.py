"""Each handler with a service that remembers: what it is given, what it answers."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from perdure.kernel.errors import UsageError
from perdure.kernel.refs import load
from perdure.solutions.prescription.api import check, feedback, saving, search, suggest, terms
from perdure.solutions.prescription.api.endpoints import ENDPOINTS
from perdure.solutions.prescription.prescription import Entry

WRITTEN = {
    "doctor": "d1",
    "specialty": "paediatrics",
    "patient": {"age": 4, "sex": "female", "allergies": ["penicillin"]},
    "entries": {
        "complaint": [{"code": "fever"}],
        "medicine": [{"code": "crocin", "name": "Crocin", "new": True}],
    },
    "notes": "since Monday",
}


def asked(model, **given):
    return model.model_validate({"written": WRITTEN, **given})


def test_suggest_answers_every_field_at_once(service):
    answer = suggest.suggest(service, asked(suggest.SuggestRequest, request=7, pills=5))
    assert set(answer.fields) == {"complaint", "diagnosis", "brand", "lab", "advice"}
    assert answer.fields["diagnosis"] == []
    assert (answer.id, answer.request, answer.model) == ("0f" * 16, 7, "rx@v1")
    assert answer.completeness == 0.4
    assert ("suggest", 5) in service.calls
    first = answer.fields["brand"][0]
    assert first.base + sum(part.effect for part in first.parts) == pytest.approx(first.score)
    assert [pill.greyed for pill in answer.fields["brand"]] == ["", "allergy: aspirin"]


def test_suggest_gives_the_service_what_was_written(service):
    suggest.suggest(service, asked(suggest.SuggestRequest))
    (written,) = service.seen
    assert written.of("medicine") == (Entry("crocin", "Crocin", "", True),)
    assert (written.patient.age, written.patient.allergies) == (4, ("penicillin",))
    assert written.notes == "since Monday"


def test_an_empty_prescription_gets_suggestions(service):
    answer = suggest.suggest(
        service, suggest.SuggestRequest.model_validate({"written": {"doctor": "d1"}})
    )
    assert (answer.completeness, answer.unknown, answer.request) == (0.0, [], None)
    assert answer.fields["complaint"]


def test_an_unknown_code_is_kept_and_shown(service):
    answer = suggest.suggest(service, asked(suggest.SuggestRequest))
    assert [(e.section, e.code, e.name) for e in answer.unknown] == [
        ("medicine", "crocin", "Crocin")
    ]
    assert service.seen[0].of("medicine")[0].code == "crocin"


def test_search_passes_on_what_was_typed(service):
    typed = {"text": " Fev ", "section": "complaint", "doctor": "d1", "limit": 3, "request": 2}
    answer = search.search(service, search.SearchRequest.model_validate(typed))
    assert [hit.code for hit in answer.hits] == ["fever"]
    assert answer.request == 2
    assert service.calls == [("search", "Fev", "complaint", "d1", 3)]


def test_saving_twice_with_one_key_is_saving_once(service):
    request = asked(saving.SaveRequest, key="k1", actor="d1")
    first, second = saving.save(service, request), saving.save(service, request)
    assert (first.id, first.repeated) == (second.id, not second.repeated)
    assert first.unknown[0].code == "crocin"
    assert len(service.seen) == 1


@pytest.mark.parametrize("notes", ["", "  \n"])
def test_nothing_written_is_not_saved(service, notes):
    empty = {"written": {"doctor": "d1", "notes": notes}, "key": "k", "actor": "d1"}
    with pytest.raises(UsageError, match="empty"):
        saving.save(service, saving.SaveRequest.model_validate(empty))
    assert service.keys == {}


def test_notes_alone_are_something(service):
    notes = {"written": {"doctor": "d1", "notes": "rest"}, "key": "k", "actor": "d1"}
    assert saving.save(service, saving.SaveRequest.model_validate(notes)).id == "rx-1"


PILL = {"by": "d1", "key": "k", "suggestions": "0f" * 16, "field": "brand", "code": "dolo"}


@pytest.mark.parametrize(
    ("said", "more"),
    [("accepted", {}), ("ignored", {"note": "not now"}), ("replaced", {"instead": "calpol"})],
)
def test_what_was_done_with_a_pill(service, said, more):
    request = feedback.FeedbackRequest.model_validate({**PILL, "said": said, **more})
    assert feedback.feedback(service, request).recorded is True
    assert feedback.feedback(service, request).recorded is False
    assert service.calls[0] == (
        "take", "0f" * 16, said, "brand", "dolo", "d1", more.get("instead", ""),
        more.get("note", ""),
    )  # fmt: skip


@pytest.mark.parametrize("word", ["always", "sometimes", "never"])
def test_what_is_said_of_a_molecule(service, word):
    said = {"said": word, "by": "d1", "key": "k", "molecule": "aspirin", "diagnosis": "J02.9"}
    request = feedback.FeedbackRequest.model_validate(said)
    assert feedback.feedback(service, request).recorded is True
    assert service.calls == [("say", "d1", "aspirin", word, "J02.9")]


@pytest.mark.parametrize(
    "wrong",
    [
        {**PILL, "said": "accepted", "code": ""},
        {**PILL, "said": "replaced"},
        {**PILL, "said": "accepted", "molecule": "aspirin"},
        {"said": "never", "by": "d1", "key": "k"},
        {"said": "never", "by": "d1", "key": "k", "molecule": "aspirin", "note": "lost"},
        {**PILL, "said": "liked"},
    ],
)
def test_feedback_that_names_nothing_or_too_much_is_refused(wrong):
    with pytest.raises(ValidationError):
        feedback.FeedbackRequest.model_validate(wrong)


@pytest.mark.parametrize("name", ["<b>burning</b> feet", "x'; DROP TABLE terms; --", "दर्द"])
def test_a_term_is_text_whatever_stands_in_it(service, name):
    request = {"section": "complaint", "name": name, "by": "d1", "key": "k"}
    answer = terms.add_term(service, terms.TermRequest.model_validate(request))
    assert answer.name == name
    assert service.calls == [("add_term", "complaint", name, "d1")]


def test_a_curator_merges_a_term(service):
    request = {"section": "complaint", "code": "new:pyrexia", "alias_of": "fever", "by": "c",
               "key": "k"}  # fmt: skip
    answer = terms.alias(service, terms.AliasRequest.model_validate(request))
    assert answer.alias_of == "fever"
    assert service.calls == [("alias", "complaint", "new:pyrexia", "fever", "c")]
    with pytest.raises(ValidationError, match="alias of itself"):
        terms.AliasRequest.model_validate({**request, "alias_of": "new:pyrexia"})


def test_a_check_puts_loud_alerts_first_and_says_what_it_could_not_do(fakes):
    service = fakes.FakeService([fakes.QUIET, fakes.LOUD], ["allergies: no table"])
    answer = check.check(service, asked(check.CheckRequest, adding="aspirin"))
    assert [alert.tier for alert in answer.alerts] == ["interrupt", "passive"]
    assert answer.alerts[0].source == "ONC"
    assert (answer.not_checked, answer.complete) == (["allergies: no table"], False)
    assert service.calls == [("check", "aspirin")]


def test_a_check_without_gaps_is_complete(service):
    assert check.check(service, asked(check.CheckRequest)).complete is True


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_every_address_names_code_that_is_there(endpoint):
    assert callable(load(endpoint.handler))
    for model in filter(None, (endpoint.request, endpoint.answer)):
        assert load(model).model_json_schema()
    assert endpoint.summary


def test_only_reading_is_open_to_readers():
    writing = {e.path for e in ENDPOINTS if e.policy in ("act", "manage")}
    assert writing == {
        "/prescriptions", "/feedback", "/templates/keep", "/terms", "/terms/alias",
        "/fhir/prescriptions", "/cds-services/{id}/feedback",
    }  # fmt: skip
    assert [e.path for e in ENDPOINTS if e.policy == "public"] == ["/cds-services"]
