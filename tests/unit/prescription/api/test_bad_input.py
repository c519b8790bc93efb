"""Input that nobody should send: refused in words, or kept as what it is; nothing in between."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from perdure.solutions.prescription.api.saving import SaveRequest
from perdure.solutions.prescription.api.search import SearchRequest
from perdure.solutions.prescription.api.suggest import SuggestRequest, suggest
from perdure.solutions.prescription.api.terms import TermRequest

LONE = "\ud800"


def written(**given):
    return {"written": {"doctor": "d1", **given}}


def entries(section, *codes):
    return written(entries={section: [{"code": code} for code in codes]})


REFUSED = {
    "nothing": {},
    "no doctor": {"written": {}},
    "blank doctor": {"written": {"doctor": "  "}},
    "10,000 entries": entries("medicine", *(f"m{n}" for n in range(10_000))),
    "201 entries": entries("lab", *(f"m{n}" for n in range(201))),
    "201 allergies": written(patient={"allergies": ["x"] * 201}),
    "empty code": entries("lab", ""),
    "long code": entries("lab", "x" * 201),
    "NUL in a code": entries("lab", "a\0b"),
    "escape sign in a code": entries("lab", "a\x1b[2J"),
    "half a pair in a code": entries("lab", LONE),
    "half a pair in the notes": written(notes=LONE),
    "NUL in the notes": written(notes="a\0"),
    "long notes": written(notes="x" * 20_001),
    "unknown section": entries("brand", "x"),
    "age 121": written(patient={"age": 121}),
    "age -1": written(patient={"age": -1}),
    "age NaN": written(patient={"age": math.nan}),
    "age infinite": written(patient={"age": math.inf}),
    "age as text": written(patient={"age": "41"}),
    "age true": written(patient={"age": True}),
    "age of 600 digits": written(patient={"age": 10**600}),
    "sex of another list": written(patient={"sex": "m"}),
    "name of the patient": written(patient={"name": "A B"}),
    "0 pills": {**written(), "pills": 0},
    "21 pills": {**written(), "pills": 21},
    "a request number that is none": {**written(), "request": 1.5},
    "entries that are no list": written(entries={"lab": {"code": "cbc"}}),
    "an entry that is no object": written(entries={"lab": ["cbc"]}),
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_refused_with_a_place_and_without_the_value(given):
    with pytest.raises(ValidationError) as refused:
        SuggestRequest.model_validate(given)
    assert all(fault["loc"] for fault in refused.value.errors(include_input=False))
    assert "input_value" not in str(refused.value)


KEPT = {
    "markup": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE visits; --",
    "a template": "{{ 7*7 }}",
    "right to left": "\u202edlod",
    "emoji": "\U0001f912",
    "a path": "../../etc/passwd",
    "a formula": "=cmd|' /C calc'!A0",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_kept_as_text(service, text):
    answer = suggest(service, SuggestRequest.model_validate(entries("complaint", text)))
    assert service.seen[0].of("complaint")[0].code == text
    assert answer.unknown[0].code == text


def test_200_entries_and_120_years_are_allowed():
    body = entries("medicine", *(f"m{n}" for n in range(200)))
    body["written"]["patient"] = {"age": 120}
    asked = SuggestRequest.model_validate(body)
    assert len(asked.written.prescription().of("medicine")) == 200


@pytest.mark.parametrize("key", ["", " ", "k\0", "x" * 129])
def test_a_key_is_a_word(key):
    body = {**written(notes="x"), "key": key, "actor": "d1"}
    with pytest.raises(ValidationError):
        SaveRequest.model_validate(body)


@pytest.mark.parametrize("name", ["", "   ", "\0", LONE, "x" * 401])
def test_a_term_has_a_name(name):
    body = {"section": "lab", "name": name, "by": "d1", "key": "k"}
    with pytest.raises(ValidationError):
        TermRequest.model_validate(body)


@pytest.mark.parametrize("limit", [0, 51, 2.0, "3"])
def test_a_search_has_an_end(limit):
    with pytest.raises(ValidationError):
        SearchRequest.model_validate({"text": "f", "section": "lab", "limit": limit})
