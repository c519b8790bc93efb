"""A solution without features, label and proposals walks the whole life cycle: the toy shop."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from perdure.interfaces.cli.main import run
from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.kernel.errors import IntegrityError, LeakageError, NotEnoughData, UsageError
from perdure.platform.automation.pipelines.inference import champion_version
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.training import promote, training_table
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.decisions.records import BATCHES
from perdure.platform.monitoring.requests import waiting_requests
from perdure.platform.registry import smoke
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project

END = datetime(2026, 1, 31)


@pytest.fixture
def project(toy_shop, tmp_path):
    made = Project.create(tmp_path / "clinic", clock=FixedClock(END + timedelta(days=1)))
    bring(made, solution(toy_shop).code("sample")(0, 3_000).tables(END))
    yield made
    made.ops.close()


def bring(project, tables):
    contracts = project.contracts(solution("shop"))
    for name, table in tables.items():
        ingest(project, contracts[name], table, source="sample")


@pytest.fixture
def work(project):
    return open_work(project, "shop", "North")


def test_the_life_cycle_from_tables_to_an_answer(project, work):
    at = work.as_of(None)
    assert END - timedelta(days=3) < at <= END
    told = run_step(work, "features", at)
    assert "no feature views" in told["summary"]
    made = run_step(work, "train", at)
    assert made["promoted"], made["summary"]
    assert "shop/north@1 hit@3 0." in made["summary"]
    assert run_step(work, "train", at)["reused"]
    for step in ("score", "decide"):
        told = run_step(work, step, at)
        assert "answers online" in told["summary"]
        assert "20 rows answered, to the last bit" in told["summary"]
        assert run_step(work, step, at)["reused"]
    about = Registry(project).open("shop/north@champion").about()
    assert about["made_from"] == {"sales": 0}
    assert about["index_dates"] == [at.isoformat()]


def test_new_rows_make_a_new_candidate_compared_with_the_champion(project, work):
    at = work.as_of(None)
    run_step(work, "train", at)
    more = solution("shop").code("sample")(1, 600).tables(END)["sales"]
    ids = pa.array([f"n{n}" for n in range(more.num_rows)])
    bring(project, {"sales": more.set_column(0, "id", ids)})
    again = open_work(project, "shop", "North")
    made = run_step(again, "train", at)
    assert not made["reused"]
    assert made["gate"]["champion"] == "shop/north@1"
    assert [c["state"] for c in made["gate"]["checks"] if c["name"] == "champion"]
    # The interval of a difference needs pairs; without it the settings must allow it.
    if made["promoted"]:
        assert Registry(project).champion("shop/north").version == 2


def test_without_a_champion_nothing_answers(work):
    with pytest.raises(NotEnoughData, match="no champion"):
        run_step(work, "score", END)


def test_where_versions_wait_the_next_step_is_not_to_train_again(work, monkeypatch):
    with pytest.raises(NotEnoughData, match="perdure run shop train"):
        champion_version(work)
    monkeypatch.setattr(Registry, "versions", lambda *_: ["one that the gate refused"])
    with pytest.raises(NotEnoughData, match="perdure models shop/north"):
        champion_version(work)


def test_a_champion_that_does_not_answer_is_said(work, monkeypatch):
    run_step(work, "train", END)
    monkeypatch.setattr(
        "perdure.platform.automation.pipelines.inference.smoke_score",
        lambda *_: smoke.Smoke(False, "the child process died of SIGSEGV"),
    )
    with pytest.raises(IntegrityError, match="died of SIGSEGV"):
        run_step(work, "score", END)


def test_training_reads_what_was_known_then_and_nothing_else(project, work):
    first = training_table(work, END, []).read("sales")
    kinds = first.schema
    row = first.slice(0, 1).to_pylist()[0]
    moments = [END - timedelta(days=400), END + timedelta(days=5)]
    later = [{**row, "item": "restated", "known_at": moments[1]}]
    later += [{**row, "id": "late", "event_time": moments[0], "known_at": moments[1]}]
    bring(project, {"sales": pa.Table.from_pylist(later, schema=kinds)})
    table = training_table(open_work(project, "shop", "North"), END, [])
    assert table.inputs == {"sales": 1}
    assert table.read("sales").equals(first)
    after = training_table(open_work(project, "shop", "North"), moments[1], []).read("sales")
    assert after.num_rows == first.num_rows + 1
    assert after.filter(pa.compute.equal(after["id"], row["id"]))["item"].to_pylist() == [
        "restated"
    ]
    with pytest.raises(LeakageError, match="adverts"):
        table.read("adverts")


def test_what_needs_a_label_says_that_there_is_none(work):
    with pytest.raises(UsageError, match="has no label"):
        _ = work.label
    assert work.index_dates(END) == []


def test_own_monitors_and_those_of_tables_go_the_same_way(project, work):
    at = work.as_of(None)
    run_step(work, "train", at)
    told = run_step(work, "monitor", at)
    read = {(row["monitor"], row["subject"]): row["state"] for row in told["results"]}
    assert read[("desk", "sales")] == "ok"
    assert ("freshness", "sales") in read
    assert {subject for monitor, subject in read if monitor != "desk"} == {"sales"}
    assert run_step(work, "monitor", at)["reused"]
    with Journal(project, "shop", "North") as journal:
        for n in range(3):
            journal.append("sale", "g01", {}, key=str(n), actor="till").result(10)
    told = run_step(work, "monitor", at)
    assert not told["reused"]
    assert {row["monitor"] for row in told["results"] if row["state"] == "alarm"} == {"desk"}
    (request,) = waiting_requests(project)
    assert (request.id, request.reason) == (told["requested"], "3 sales by the desk")


def test_promote_and_rollback(project, work):
    at = work.as_of(None)
    made = run_step(work, "train", at, promote=False)
    assert not made["promoted"]
    promote(project, "shop/north@1", actor="ann", reason="looked at it")
    assert Registry(project).champion("shop/north").version == 1


def test_the_commands_work(project, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    at = ["--as-of", f"{END:%Y-%m-%d}"]

    def said(*words):
        assert run([*words, "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    steps = said("run", "shop", *at)["runs"]
    assert [(r["case"], r["step"]) for r in steps] == [
        (case, step) for case in ("North", "South") for step in ("features", "train", "score")
    ]
    assert said("monitor", "shop", *at)["monitors"][0]["results"]
    assert "nothing is done ahead" in said("decide", "shop", *at)["decisions"][0]["summary"]
    assert said("why", "shop")["cases"]["South"]["champion"] == "shop/south@1"
    assert said("models", "shop/north")
    assert said("doctor")["wrong"] == []
    assert said("backfill", "shop", "--from", "2026-01-01", *["--to", "2026-01-02"])["runs"]
    assert run(["promote", "shop/north@1", "--reason", "again"]) == 0
    assert run(["rollback", "shop/north", "--reason", "back"]) == 2
    assert "no earlier champion" in capsys.readouterr().err


def test_a_clock_that_was_set_back_does_nothing(project, work):
    at = work.as_of(None)
    run_step(work, "train", at)
    made = project.clock.now()
    project.clock.at = made - timedelta(hours=12)
    assert run_step(work, "score", at)["reused"] is False
    # Ahead of the data by less than a year, behind what was done by more than a day.
    project.clock.at = made - timedelta(days=40)
    for step in ("score", "monitor"):
        with pytest.raises(UsageError, match="decisions or models of 2026-02-01 are here"):
            run_step(work, step, at)
    project.clock.at = datetime(2020, 1, 1)
    with pytest.raises(UsageError, match="more than a year after today, 2020-01-01"):
        run_step(work, "features", at)


def test_a_clock_before_the_decisions_does_nothing(project, work):
    at, batch = work.as_of(None), {column.name: "" for column in BATCHES.columns}
    numbers = dict.fromkeys(("proposed", "entities", "treated", "holdout"), 0)
    made = project.clock.now() + timedelta(days=2)
    batch |= {**numbers, "solution": "shop", "case": "North", "data_as_of": at, "decided_at": made}
    with project.ops.begin() as connection:
        connection.execute(BATCHES.insert(), batch)
    with pytest.raises(UsageError, match="decisions or models of 2026-02-03 are here"):
        run_step(work, "decide", at)
    project.clock.at = made
    assert run_step(work, "train", at)["promoted"]
