"""The console of a solution without a ranked list: its own page first, and no page that lies."""

from __future__ import annotations

from datetime import datetime

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.automation.rehearsal import bring
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project

END = datetime(2026, 1, 31)
NORTH = "/solutions/shop/north"


@pytest.fixture
def bare(toy_shop, tmp_path, make_client):
    project = Project.create(tmp_path / "clinic", clock=FixedClock(END))
    yield make_client(project, headers={"sec-fetch-site": "same-origin"})
    project.ops.close()


@pytest.fixture
def served(bare):
    """The first case is trained and monitored, with an alarm of its own monitors."""
    project, manifest = bare.app.state.project, solution("shop")
    bring(project, manifest, manifest.code("sample")(0, 2_000).tables(END))
    work = open_work(project, "shop", "North")
    assert run_step(work, "train", END)["promoted"]
    with Journal(project, "shop", "North") as journal:
        for n in range(3):
            journal.append("sale", "g01", {}, key=str(n), actor="till").result(10)
    run_step(work, "monitor", END)
    return bare


def test_its_own_page_comes_first(served):
    answer = served.get("/solutions/shop")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{NORTH}/pages/desk")
    chosen = served.get("/solutions/shop?case=south").headers["location"]
    assert chosen == "/solutions/shop/south/pages/desk"
    portfolio = served.get("/").text
    assert f'<a class="strong" href="{NORTH}/pages/desk">Toy shop</a>' in portfolio
    assert f'href="{NORTH}/model">v1</a>' in portfolio


def test_the_portfolio_says_how_old_its_knowledge_is(served):
    row = served.get("/").text.split(f'<a class="strong" href="{NORTH}/pages/desk"')[1]
    assert 'data-label="Data age" title="31 Jan 2026 00:00"' in row.split("</tr>")[0]


def test_the_navigation_offers_no_ranked_list(served):
    group = served.get("/").text.split('<p class="nav-title">Toy shop</p>')[1].split("</nav>")[0]
    group = group.split("nav-title")[0]
    assert f'href="{NORTH}/pages/desk"' in group
    assert f'href="{NORTH}/model"' in group
    assert "Ranked list" not in group
    places = served.get("/-/jump").json()
    mine = [p for p in places["places"] if "Toy shop" in p["text"]]
    assert {p["kind"] for p in mine} == {"page", "model"}
    assert len(mine) == 4
    assert all("shop" not in case["link"] for case in places["cases"])


def test_the_list_says_that_there_is_none(served):
    text = served.get(NORTH).text
    assert "No ranked list" in text
    assert f'href="{NORTH}/pages/desk"' in text
    assert "Probability" not in text


@pytest.mark.parametrize("path", ["/entities/g01", "/export.csv", "/export.json"])
def test_what_does_not_apply_is_said(served, path):
    answer = served.get(f"{NORTH}{path}")
    assert answer.status_code == (404 if "entities" in path else 200)
    assert "keeps no page of one group" in answer.text or "export" in path


def test_scores_of_features_are_refused_in_words(served):
    answer = served.post("/api/v1/score", json={"solution": "shop", "entity": "g01"})
    assert answer.status_code == 409
    assert "answers at its own addresses" in answer.json()["what"]
    found = served.get("/api/v1/solutions/shop/cases/north/predictions")
    assert (found.status_code, found.json()["items"]) == (200, [])


def test_the_model_page_stands_without_curves(served):
    text = served.get(f"{NORTH}/model").text
    for said in (
        "hit@3", "everyone", "Beside simple rules", "Versions", "Release gate", "Model card",
        "Monitors of its own", "3 sales by the desk", "alarming",
    ):  # fmt: skip
        assert said in text, said
    assert "data-chart.js" not in text
    empty = served.get("/solutions/shop/south/model").text
    assert "No model yet" in empty


def test_alarms_of_its_own_monitors_are_in_the_inbox(served):
    text = served.get("/alarms").text
    assert "sales" in text
    assert f"{NORTH}/model" in text


def test_everything_stands_before_anything_was_run(bare):
    for path in ("/", NORTH, f"{NORTH}/model", f"{NORTH}/pages/desk", "/tables", "/runs"):
        answer = bare.get(path)
        assert answer.status_code == 200, path


def test_a_model_serves_and_is_rolled_back_by_the_console(served):
    answer = served.get("/api/v1/shop/items/g01")
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == "shop/north@1"
    assert len(answer.json()["items"]) == 3
    assert "secret" not in answer.json()
    told = served.post("/api/v1/solutions/shop/cases/north/rollback", json={"reason": "so"})
    assert told.status_code == 409
