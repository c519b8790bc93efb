"""What solutions serve themselves, called as clients would: wrong input refused, pages stand."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from perdure.interfaces.http.app import create_app
from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solutions
from perdure.platform.storage.project import Project

NAMES = [*solutions(), "shop"]
TOKEN = "t" * 43
BEARER = {"authorization": f"Bearer {TOKEN}"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def client(toy_shop, tmp_path):
    project = Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2026, 1, 31)))
    app = create_app(project, TOKEN)
    options = {"raise_server_exceptions": False, "follow_redirects": False}
    with TestClient(app, base_url="http://127.0.0.1", headers=BEARER, **options) as opened:
        yield opened
    project.ops.close()


def calls(name, method):
    found = solutions()[name]
    return [
        (endpoint, re.sub(r"\{\w+\}", "x", endpoint.address(name)))
        for endpoint in found.endpoints
        if endpoint.method == method
    ]


@pytest.mark.parametrize("name", NAMES)
def test_wrong_json_gives_a_clear_refusal(client, name):
    for endpoint, address in calls(name, "POST"):
        for body in (b"{broken", b"[]", b'"text"', b"\xff"):
            answer = client.post(address, content=body, headers=JSON)
            if endpoint.request:
                assert 400 <= answer.status_code < 500, (address, body)
                assert set(answer.json()) >= {"error", "what", "hint", "id"}


@pytest.mark.parametrize("name", NAMES)
def test_no_call_breaks_an_empty_project(client, name):
    for _endpoint, address in calls(name, "GET"):
        if "failure" not in address:
            assert client.get(address).status_code < 500, address
    for _endpoint, address in calls(name, "POST"):
        assert client.post(address, json={}).status_code < 500, address


@pytest.mark.parametrize("name", NAMES)
def test_nobody_without_a_token_is_answered(client, name):
    found = [*calls(name, "GET"), *calls(name, "POST")]
    for endpoint, address in found:
        if endpoint.policy != "public":
            answer = client.request(endpoint.method, address, headers={"authorization": ""})
            assert answer.status_code == 401, address


@pytest.mark.parametrize("name", NAMES)
def test_every_own_page_stands_with_its_files(client, name):
    found = solutions()[name]
    first = client.get(f"/solutions/{name}").headers["location"]
    assert client.get(first).status_code == 200
    if not found.pages:
        return
    case = first.split("/")[3]
    for page in found.pages:
        answer = client.get(f"/solutions/{name}/{case}/pages/{page.path}")
        assert answer.status_code == 200, answer.text
        files = re.findall(rf'"(/static/{name}/[^"]+)"', answer.text)
        assert len(files) == len(page.scripts) + len(page.styles)
        for address in files:
            assert client.get(address).status_code == 200, address
