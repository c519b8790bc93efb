"""Hostile values: every one is refused with 4xx, never answered with 5xx, never given back."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JSON = {"content-type": "application/json"}
SCORE = '{"solution": "conversion", "case": "DEMOVEL", "features": {"claims": %s}}'


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "[1]",
        "{}",
        "true",
        "9" * 6000,
        '"\\ud800"',
        "[" * 50000,
        '"' + "x" * 300 + '"',
        "1e",
    ],
)
def test_hostile_numbers_are_refused(client, value):
    answer = client.post("/api/v1/score", content=SCORE % value, headers=JSON)
    assert 400 <= answer.status_code < 500, answer.text[:200]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"\x00",
        b'{"solution": 1}',
        b'{"solution": "conversion", "entity": "1", "surprise": 1}',
        b'{"solution": "conversion", "solution": "x", "entity": null}',
        b'{"solution": "conversion"}',
        b'{"solution": "\\u0000", "entity": "1"}',
        ('{"solution": "conversion", "entity": "%s"}' % ("9" * 129)).encode(),
        (
            '{{"solution": "conversion", "features": {{{}}}}}'.format(
                ",".join(f'"f{i}": 1' for i in range(1001))
            )
        ).encode(),
    ],
)
def test_hostile_bodies_are_refused(client, body):
    answer = client.post("/api/v1/score", content=body, headers=JSON)
    assert 400 <= answer.status_code < 500, answer.text[:200]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_only_json_is_read_as_json(client, kind):
    answer = client.post("/api/v1/score", content=b"{}", headers={"content-type": kind})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/solutions/..%2f..%2fetc/x",
        "/tables/..%2f..%2fops.sqlite",
        "/tables/%00",
        "/quarantine/..%2fx",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e%2ftokens.css",
        "/decisions/%ff%fe",
        "/runs/'%20or%201=1",
        "/solutions/conversion/demovel/entities/%00",
        "/solutions/conversion/demovel?page=0",
        "/solutions/conversion/demovel?view=drop",
        "/solutions/conversion/demovel?text=" + "x" * 200,
        "/solutions/conversion/demovel?page=1e9",
        "/solutions/conversion/demovel/export.exe",
        "/solutions/conversion/demovel/pages/none",
        "/solutions/conversion/demovel/model?version=99",
        "/power?base=nan",
        "/power?base=inf",
        "/api/v1/solutions/conversion/cases/demovel/predictions?page=-1",
        "/api/v1/tables/" + "a" * 5000,
        "/api/v1/power?base_rate=0",
        "/alarms?view=%00",
    ],
)
def test_hostile_addresses_are_refused(client, path):
    answer = client.get(path)
    assert 400 <= answer.status_code < 500, answer.status_code


@pytest.mark.parametrize(
    "path", ["/solutions/conversion/demovel?territory=%00%27%3B--", "/quarantine/claims?rule=%27"]
)
def test_odd_filters_find_nothing(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Nobody here" in answer.text or "Rows set aside" in answer.text


def test_errors_never_give_the_input_back(client):
    secret = "Zeppelin-4711"
    bodies = [
        json.dumps({"solution": secret}),
        json.dumps({"solution": "conversion", "entity": secret, secret: secret}),
        json.dumps({"solution": "conversion", "features": secret}),
    ]
    for body in bodies:
        answer = client.post("/api/v1/score", content=body, headers=JSON)
        assert answer.status_code >= 400
        assert secret not in answer.text
        assert secret.lower() not in answer.text


def test_an_error_carries_an_id_that_is_in_the_log(client, caplog):
    with caplog.at_level(logging.WARNING, "perdure.http"):
        answer = client.get("/api/v1/decisions/none")
    facts = answer.json()
    assert set(facts) == {"error", "what", "where", "expected", "hint", "id"}
    assert facts["id"].startswith("err_")
    assert facts["id"] in caplog.text


def test_a_page_says_what_happened_and_its_id(client, caplog):
    with caplog.at_level(logging.WARNING, "perdure.http"):
        answer = client.get("/decisions/none")
    assert answer.status_code == 404
    assert "no such decision" in answer.text
    identifier = answer.text.partition("err_")[2][:26]
    assert f"err_{identifier}" in caplog.text


def test_a_defect_is_told_without_its_traceback(fresh, make_client, monkeypatch, caplog):
    from perdure.interfaces.views import portfolio

    monkeypatch.setattr(portfolio, "read", lambda project: 1 / 0)
    answer = make_client(fresh).get("/")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "everything else still works" in answer.text
    assert "content-security-policy" in answer.headers
    assert "ZeroDivisionError" in caplog.text


def test_request_bodies_are_never_logged(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.post("/api/v1/score", content=json.dumps({"solution": "Marzipan"}), headers=JSON)
        client.post("/decisions/none/feedback", data={"note": "Marzipan", "kind": "x"})
    assert "Marzipan" not in "".join(
        r.getMessage() for r in caplog.records if r.name.startswith("perdure")
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_no_json_at_all_is_answered_with_5xx(client, value):
    text = json.dumps({"decision": value, "kind": "executed", "key": "k", "note": value})
    for path in ("/api/v1/feedback", "/api/v1/score"):
        answer = client.post(path, content=text.encode("utf-8", "surrogatepass"), headers=JSON)
        assert 400 <= answer.status_code < 500
