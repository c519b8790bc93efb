"""The API answers with typed records, whole and paged."""

from __future__ import annotations

import pytest

BASE = "/api/v1"
CASE = f"{BASE}/solutions/conversion/cases/demovel"


def test_health_is_public(locked):
    assert locked.get(f"{BASE}/health").json()["status"] == "ok"


def test_solutions_and_their_cases(client):
    names = [item["name"] for item in client.get(f"{BASE}/solutions").json()]
    assert "conversion" in names
    cases = client.get(f"{BASE}/solutions/conversion/cases").json()
    demovel = next(case for case in cases if case["slug"] == "demovel")
    assert demovel["champion"] == "v2"
    assert demovel["waiting"] == 60


def test_predictions_come_in_pages_most_likely_first(client):
    first = client.get(f"{CASE}/predictions").json()
    assert (first["total"], first["pages"], len(first["items"])) == (120, 3, 50)
    assert first["items"][0]["entity"] == "1000000000"
    assert first["items"][0]["score"] == 1.0
    last = client.get(f"{CASE}/predictions?page=3").json()
    assert len(last["items"]) == 20
    assert last["items"][-1]["score"] == 0.0


def test_one_entity(client):
    found = client.get(f"{CASE}/entities/1000000000").json()
    assert found["probability"] == 0.31
    assert found["decisions"][0]["state"] == "waiting"
    assert len(found["reasons"]) == 3


def test_models_with_their_versions(client):
    versions = client.get(f"{CASE}/models").json()
    assert [(v["version"], v["state"]) for v in versions] == [
        (3, "challenger"),
        (2, "champion"),
        (1, "retired"),
    ]
    assert client.get(f"{BASE}/models").json() == versions


def test_decisions_and_one_in_full(client):
    page = client.get(f"{BASE}/decisions?solution=conversion&case=demovel&territory=PA-01").json()
    assert page["total"] == 15
    one = client.get(f"{BASE}/decisions/{page['items'][0]['id']}").json()
    assert one["decision"]["arm"] == "treated"
    assert one["decision"]["alternatives"]["none"] == 0.0
    assert one["feedback"] == []


def test_alarms_runs_tables_quarantine(client):
    assert client.get(f"{BASE}/alarms").json()[0]["subject"] == "peer_share"
    assert client.get(f"{BASE}/alarms?state=closed").json() == []
    assert {run["state"] for run in client.get(f"{BASE}/runs").json()} == {"finished", "failed"}
    tables = {t["name"]: t for t in client.get(f"{BASE}/tables").json()}
    assert tables["claims"]["rows"] == 72
    assert tables["claims"]["quarantined"] == 2
    aside = client.get(f"{BASE}/quarantine/claims").json()
    assert aside["by_rule"] == {"claims:not-a-number": 1, "npi:wrong-pattern": 1}
    assert aside["items"][0]["raw"].startswith("{")


def test_power_says_what_is_needed(client):
    found = client.get(f"{BASE}/power?base_rate=0.022&effect=0.25&per_arm=2500").json()
    assert found["needed"] == 12_525
    assert found["knowable"] is False
    assert 0.5 < found["relative"] < 0.7
    enough = client.get(f"{BASE}/power?base_rate=0.022&effect=0.25&per_arm=12525").json()
    assert enough["knowable"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/solutions/none/cases",
        "/solutions/conversion/cases/none/predictions",
        "/decisions/none",
        "/quarantine/none",
    ],
)
def test_what_is_not_there_is_404_with_facts(client, path):
    answer = client.get(f"{BASE}{path}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "Missing"


def test_the_nearest_name_is_given(client):
    assert (
        client.get(f"{BASE}/solutions/convertion/cases").json()["hint"]
        == "did you mean 'conversion'?"
    )
