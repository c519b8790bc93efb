"""Endpoints that a solution brings: mounted from its manifest, guarded and described like ours."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.endpoints import Endpoint
from perdure.kernel.errors import UsageError
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project

TOKEN = "t" * 43
OWN = {"sec-fetch-site": "same-origin"}
SALE = {"item": "i01", "key": "one"}


@pytest.fixture
def shop(toy_shop, tmp_path):
    made = Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2026, 1, 31)))
    yield made
    made.ops.close()


@pytest.fixture
def opened(shop):
    from toy_shop import desk

    desk.OPENED.clear()
    return desk.OPENED


@pytest.fixture
def own(shop, opened, make_client):
    with make_client(shop, headers=OWN) as client:
        yield client


def test_a_post_takes_body_and_path_as_one_request(own, shop):
    answer = own.post("/api/v1/shop/groups/g01/sales?case=south", json=SALE)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"sequence": 1, "repeated": False, "case": "South"}
    again = own.post("/api/v1/shop/groups/g01/sales?case=South", json={**SALE, "count": 9})
    assert again.json()["repeated"] is True
    with Journal(shop, "shop", "South") as journal:
        (entry,) = journal.read("sale", "g01")
    assert entry.body == {"item": "i01", "count": 1, "instead_of": None}


def test_without_a_case_it_is_the_first_one(own):
    assert own.post("/api/v1/shop/sales", json={**SALE, "group": "g"}).json()["case"] == "North"
    assert own.get("/shop-services/x").json() == {"id": "x", "case": "North"}
    assert own.get("/shop-services/x?case=south").json()["case"] == "South"
    assert own.get("/shop-services/x?case=west").status_code == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"item": "i01"}, "body.key"),
        ({**SALE, "count": 0}, "body.count"),
        ({**SALE, "count": "many"}, "body.count"),
        ({**SALE, "other": 1}, "body"),
        ({**SALE, "group": "not here as well"}, "body"),
        ({**SALE, "insteadOf": "i01"}, "not taken instead of itself"),
        ([], "body"),
    ],
    ids=str,
)
def test_a_wrong_body_is_refused_and_keeps_nothing(own, shop, body, says):
    answer = own.post("/api/v1/shop/groups/g01/sales", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "InvalidRequest"
    assert says in answer.json()["what"]
    with Journal(shop, "shop", "North") as journal:
        assert list(journal.read()) == []


def test_bytes_that_are_no_json_are_refused(own):
    headers = {"content-type": "application/json"}
    answer = own.post("/api/v1/shop/sales", content=b"{broken", headers=headers)
    assert answer.status_code == 422
    answer = own.post("/api/v1/shop/sales", content=b" " * (2 << 20), headers=headers)
    assert answer.status_code == 413


def test_a_get_takes_query_and_path(own):
    answer = own.get("/api/v1/shop/items/g01?most=2")
    assert answer.status_code == 409
    assert answer.json()["hint"] == "perdure run shop"
    for wrong in ("?most=0", "?most=x", "?other=1"):
        assert own.get(f"/api/v1/shop/items/g01{wrong}").status_code == 422, wrong
    assert own.get(f"/api/v1/shop/items/{'g' * 33}").status_code == 422


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("UsageError", 400),
        ("ContractError", 400),
        ("NotEnoughData", 409),
        ("GateRefused", 409),
        ("LimitError", 409),
        ("StoreError", 503),
        ("ValueError", 500),
    ],
)
def test_errors_come_in_the_one_form(own, kind, status):
    answer = own.get(f"/api/v1/shop/failure/{kind}")
    assert answer.status_code == status
    assert answer.json()["error"] == ("InternalError" if status == 500 else kind)
    assert ("on purpose" in answer.text) == (status != 500)


def test_an_address_outside_of_the_api_answers_errors_as_json_too(own):
    answer = own.get("/shop-services/x?case=west")
    assert answer.json()["error"] == "Missing"
    assert own.post("/shop-services/x").json()["error"] == "HttpError"


def test_a_service_is_opened_once_a_case_and_closed_at_the_end(shop, opened, make_client):
    with make_client(shop, headers=OWN) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.get(f"/shop-services/{n}"), range(24)))
        client.get("/shop-services/x?case=south")
        assert {answer.status_code for answer in answers} == {200}
        assert opened == ["opened North", "opened South"]
    assert sorted(opened[2:]) == ["closed North", "closed South"]


def test_a_service_that_cannot_be_opened_is_tried_again(own, monkeypatch, opened):
    from toy_shop import desk

    whole = desk.open_desk

    def broken(*_):
        raise UsageError("not yet")

    monkeypatch.setattr(desk, "open_desk", broken)
    assert own.get("/shop-services/x").status_code == 409
    monkeypatch.setattr(desk, "open_desk", whole)
    assert own.get("/shop-services/x").status_code == 200


def test_who_may_call_is_said_by_the_manifest(shop, make_client):
    locked = make_client(shop, TOKEN)
    assert locked.get("/api/v1/shop/items/g01").status_code == 401
    assert locked.post("/api/v1/shop/sales", content=b"{").status_code == 401
    assert locked.get("/shop-services/x").status_code == 200
    bearer = {"authorization": f"Bearer {TOKEN}"}
    body = {**SALE, "group": "g"}
    assert locked.post("/api/v1/shop/sales", json=body, headers=bearer).status_code == 200
    foreign = make_client(shop, headers={"sec-fetch-site": "cross-site"})
    assert foreign.post("/api/v1/shop/sales", json=body).status_code == 403


def test_endpoints_are_described_with_what_they_take_and_give(own):
    described = own.get("/api/v1/openapi.json").json()
    posted = described["paths"]["/api/v1/shop/groups/{group}/sales"]["post"]
    assert posted["x-perdure-policy"] == "act"
    assert (posted["summary"], posted["tags"]) == ("Tell what a group took", ["shop"])
    assert {"201", "400", "401", "404", "409", "413", "422", "503"} <= set(posted["responses"])
    named = posted["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    body = described["components"]["schemas"][named.rpartition("/")[2]]
    assert set(body["properties"]) == {"item", "key", "count", "insteadOf"}
    got = described["paths"]["/api/v1/shop/items/{group}"]["get"]
    assert {p["name"]: p["in"] for p in got["parameters"]} == {
        "group": "path", "most": "query", "case": "query"
    }  # fmt: skip
    assert got["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert "/shop-services/{id}" in described["paths"]


def test_the_description_holds_when_it_is_tried(shop, opened):
    import schemathesis
    from hypothesis import HealthCheck, given, settings

    from perdure.interfaces.http.app import create_app

    bearer = {"Authorization": f"Bearer {TOKEN}"}
    app = create_app(shop, TOKEN, hosts=("*",))
    api = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=bearer)
    for method, path in (("GET", "/api/v1/shop/items/{group}"), ("GET", "/shop-services/{id}")):

        @settings(max_examples=25, deadline=None, database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=api[path][method].as_strategy())
        def holds(case):
            case.call_and_validate(headers=bearer)

        holds()


def test_files_of_a_page_are_served_by_name_and_digest(own):
    page = own.get("/solutions/shop/north/pages/desk?group=g<b>")
    assert page.status_code == 200, page.text
    assert "North: g&lt;b&gt;" in page.text
    for name, kind in (("desk.js", "text/javascript"), ("desk.css", "text/css")):
        (address,) = {part for part in page.text.split('"') if f"/{name}?v=" in part}
        answer = own.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "immutable" in answer.headers["cache-control"]
        assert own.get(address.partition("?")[0]).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["solution.py", "settings.py", "..%2Fdesk.js", "desk.html", "none.js", "%2e%2e"]
)
def test_no_other_file_of_a_solution_can_be_had(own, name):
    assert own.get(f"/static/shop/{name}").status_code == 404


def test_handlers_are_loaded_at_the_first_request(monkeypatch, shop):
    from perdure.interfaces.http.app import create_app

    monkeypatch.delitem(sys.modules, "toy_shop.desk", raising=False)
    create_app(shop)
    assert "toy_shop.desk" not in sys.modules


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "PUT"},
        {"path": "items"},
        {"path": "/items/{}"},
        {"path": "/../x"},
        {"path": "/a b"},
        {"policy": "anyone"},
        {"handler": "nothing"},
        {"status": 404},
    ],
    ids=str,
)
def test_an_endpoint_that_cannot_be_is_refused(wrong):
    right = {"method": "GET", "path": "/items", "handler": "a:b"}
    with pytest.raises(UsageError, match="endpoint"):
        Endpoint(**{**right, **wrong})
