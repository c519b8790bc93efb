"""The addresses as the manifest mounts them: policies, statuses, and outcomes as FHIR asks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from perdure.interfaces.http import endpoints
from perdure.interfaces.http.app import create_app
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.api.endpoints import ENDPOINTS
from perdure.solutions.prescription.solution import SOLUTION

TOKEN = "t" * 43
HERE = "/api/v1/prescription"
FHIR = {"content-type": "application/fhir+json"}
OWN = {"sec-fetch-site": "same-origin"}


class Services:
    """Gives the service of the test for whatever case is asked."""

    def __init__(self, service):
        self.service = service

    def scope(self, solution, case):
        return None

    def of(self, scope):
        return self.service

    def close(self):
        """Nothing is open."""


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    """One application that lets everybody in, and one that asks for a token."""
    project = Project.create(tmp_path_factory.mktemp("project") / "clinic")
    with pytest.MonkeyPatch.context() as patch:
        mounted = replace(SOLUTION, endpoints=ENDPOINTS)
        patch.setattr(endpoints, "solutions", lambda: {"prescription": mounted})
        made = {token: create_app(project, token) for token in (None, TOKEN)}
    yield made
    project.ops.close()


@pytest.fixture
def opened(apps, service):
    def client(token=None, **headers):
        apps[token].state.services = Services(service)
        return TestClient(apps[token], base_url="http://127.0.0.1", headers=headers,
                          raise_server_exceptions=False)  # fmt: skip

    return client


@pytest.fixture
def own(opened):
    return opened(**OWN)


def test_suggest_over_http(own):
    answer = own.post(f"{HERE}/suggest", json={"written": {"doctor": "d1"}, "request": 3})
    assert answer.status_code == 200, answer.text
    assert answer.json()["request"] == 3
    assert answer.json()["fields"]["brand"][0]["code"] == "dolo"


def test_everything_but_discovery_asks_who_it_is(opened):
    client = opened(TOKEN)
    assert client.get("/cds-services").status_code == 200
    for endpoint in ENDPOINTS:
        if endpoint.policy != "public":
            path = endpoint.address("prescription").replace("{id}", "prescription-order-sign")
            assert client.post(path, json={}).status_code == 401, path


def test_a_page_of_another_site_changes_nothing(opened, service):
    client = opened(**{"sec-fetch-site": "cross-site"})
    sent = {"section": "lab", "name": "x", "by": "d", "key": "k"}
    assert client.post(f"{HERE}/terms", json=sent).status_code == 403
    assert service.calls == []


def test_saving_is_201_and_a_list_too_long_is_422(own, service):
    sent = {"written": {"doctor": "d1", "notes": "rest"}, "key": "k", "actor": "d1"}
    assert own.post(f"{HERE}/prescriptions", json=sent).status_code == 201
    sent["written"]["entries"] = {"lab": [{"code": str(n)} for n in range(10_000)]}
    refused = own.post(f"{HERE}/prescriptions", json={**sent, "key": "other"})
    assert refused.status_code == 422
    assert "at most 200" in refused.json()["what"]
    assert list(service.keys) == ["k"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/cds-services/none", 404), ("/cds-services/prescription-order-sign", 400),
     (f"{HERE}/fhir/suggest", 400), (f"{HERE}/fhir/prescriptions", 400)],
)  # fmt: skip
def test_errors_of_fhir_are_outcomes(own, path, status):
    answer = own.post(path, content=json.dumps({"resourceType": "Claim"}), headers=FHIR)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.headers["content-type"] == FHIR["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_fhir_is_answered_as_fhir(own):
    sent = {"resourceType": "Bundle", "type": "collection", "entry": []}
    answer = own.post(f"{HERE}/fhir/suggest", content=json.dumps(sent), headers=FHIR)
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "Bundle"), answer.text
    assert answer.headers["content-type"] == FHIR["content-type"]
    assert own.get("/cds-services").headers["content-type"] == "application/json"


def test_a_call_without_the_patient_is_412(own):
    sent = {"hook": "patient-view", "hookInstance": "7b0e1c1e-8f0a-4c8e-9d6a-1c1e8f0a4c8e",
            "context": {"userId": "Practitioner/d1", "patientId": "p1"}}  # fmt: skip
    assert own.post("/cds-services/prescription-patient-view", json=sent).status_code == 412
    sent["prefetch"] = {"patient": {"resourceType": "Patient", "id": "p1"}}
    answer = own.post("/cds-services/prescription-patient-view", json=sent)
    assert answer.status_code == 200
    assert answer.json()["cards"]


HOSTILE = {
    "NaN": b'{"resourceType": "Bundle", "x": NaN}',
    "infinity": b'{"resourceType": "Bundle", "x": -Infinity}',
    "half a pair": b'{"resourceType": "Bundle", "x": "\\ud800"}',
    "NUL": b'{"resourceType": "Bundle", "x": "\\u0000"}',
    "6,000 digits": b'{"resourceType": "Bundle", "x": ' + b"9" * 6_000 + b"}",
    "deep": b'{"resourceType": "Bundle", "x": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deeper": b"[" * 100_000 + b"]" * 100_000,
    "no JSON": b"<Bundle/>",
    "no UTF-8": b'{"x": "\xff"}',
    "nothing": b"",
    "a list": b"[]",
    "2 MiB": b'{"x": "' + b"x" * (2 << 20) + b'"}',
}
PLACES = (f"{HERE}/fhir/suggest", "/cds-services/prescription-patient-view", f"{HERE}/suggest")


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_are_refused_and_nothing_breaks(own, service, path, body):
    answer = own.post(path, content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()
    assert service.calls == []
