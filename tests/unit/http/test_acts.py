"""What people do on the pages reaches the records, once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from perdure.platform.feedback.records import FEEDBACK
from perdure.platform.registry.registry import Registry

CASE = "/solutions/conversion/demovel"


@pytest.fixture
def waiting(own):
    return re.findall(r'id="(dec_[0-9a-f]{26})"', own.get(CASE).text)


def said(project):
    with project.ops.connect() as connection:
        return connection.execute(select(FEEDBACK)).all()


def test_accept_answers_with_the_new_row(own, fresh, waiting):
    answer = own.post(f"/decisions/{waiting[0]}/feedback", data={"kind": "executed", "key": "k1"},
                      headers={"hx-request": "true"})  # fmt: skip
    assert answer.status_code == 200
    assert "accepted" in answer.text
    assert answer.text.strip().startswith("<tr")
    row = said(fresh)[0]
    assert (row.decision, row.kind, row.key) == (waiting[0], "executed", "k1")
    assert waiting[0] not in re.findall(r'id="(dec_[0-9a-f]{26})"', own.get(CASE).text)
    assert waiting[0] in own.get(f"{CASE}?view=accepted").text


def test_twice_the_same_is_once(own, fresh, waiting):
    for _ in range(2):
        answer = own.post(
            f"/decisions/{waiting[0]}/feedback", data={"kind": "executed", "key": "k1"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, f"/decisions/{waiting[0]}")
    assert len(said(fresh)) == 1


def test_dismissal_keeps_its_reason(own, fresh, waiting):
    data = {"kind": "dismissed", "key": "k2", "reason": "wrong-time", "note": "On leave until May"}
    assert own.post(f"/decisions/{waiting[1]}/feedback", data=data).status_code == 303
    page = own.get(f"{CASE}?view=dismissed").text
    assert "Wrong time: On leave until May" in page
    assert "Wrong time: On leave until May" in own.get(f"/decisions/{waiting[1]}").text


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "dismissed"}, {"kind": "dismissed", "reason": "no-such"}, {"kind": "observed"},
        {"kind": ""}, {}, {"kind": "dismissed", "reason": "other"},
        {"kind": "executed", "note": "x" * 3000}, {"kind": "executed", "key": "x" * 500},
        {f"f{i}": "1" for i in range(30)},
    ],
)  # fmt: skip
def test_incomplete_feedback_is_refused(own, fresh, waiting, data):
    assert own.post(f"/decisions/{waiting[0]}/feedback", data=data).status_code in (400, 409)
    assert said(fresh) == []


def test_refusal_for_the_script_is_plain_facts(own, waiting):
    answer = own.post(f"/decisions/{waiting[0]}/feedback", data={"kind": "dismissed"},
                      headers={"hx-request": "true"})  # fmt: skip
    assert answer.json()["what"].startswith("a dismissal needs a reason code")


def test_a_hold_out_is_left_alone(own, fresh):
    held = re.findall(r'id="(dec_[0-9a-f]{26})"', own.get(f"{CASE}?view=holdout").text)
    answer = own.post(f"/decisions/{held[0]}/feedback", data={"kind": "executed", "key": "k"})
    assert answer.status_code == 409
    assert said(fresh) == []


def test_feedback_by_the_api_is_recorded_once(own, fresh, waiting):
    told = {"decision": waiting[0], "kind": "completed", "key": "api-1", "actor": "crm"}
    answers = [own.post("/api/v1/feedback", json=told).json() for _ in range(2)]
    assert [a["recorded"] for a in answers] == [True, False]
    assert [row.actor for row in said(fresh)] == ["crm"]


def test_rollback_needs_a_reason_and_changes_the_champion(own, fresh):
    assert own.post(f"{CASE}/rollback", data={"reason": " "}).status_code == 409
    assert own.post(f"{CASE}/rollback", data={"reason": "Too many false alerts"}).status_code == 303
    assert Registry(fresh).champion("conversion/demovel").version == 1
    assert "Too many false alerts" in own.get(f"{CASE}/model").text
    answer = own.post(
        "/api/v1/solutions/conversion/cases/demovel/rollback", json={"reason": "again"}
    )
    assert answer.status_code == 409


@pytest.mark.parametrize("version", ["", "x", "-1", "99", "1e3"])
def test_promotion_of_no_version_is_refused(own, version):
    answer = own.post(f"{CASE}/promote", data={"version": version, "reason": "because"})
    assert answer.status_code in (400, 404)


def test_a_form_that_is_no_form_is_refused(own, waiting):
    for content, kind in (
        (b"{}", "application/json"),
        (b"\xff", "application/x-www-form-urlencoded"),
    ):
        answer = own.post(f"/decisions/{waiting[0]}/feedback", content=content,
                          headers={"content-type": kind})  # fmt: skip
        assert answer.status_code == 400
