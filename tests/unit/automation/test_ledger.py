"""The run ledger: done once, resumed after a kill, never twice at a time, remembered."""

import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from perdure.kernel.clock import FixedClock
from perdure.kernel.errors import LeaseLost, NotEnoughData, UsageError
from perdure.platform.automation import lineage
from perdure.platform.automation.ledger import Ledger
from perdure.platform.automation.records import LEASES
from perdure.platform.storage.project import Project

INPUTS = {"tables": {"claims": 3}, "spec": "abc"}


@pytest.fixture
def project(tmp_path: Path):
    made = Project.create(tmp_path / "clinic", clock=FixedClock(datetime(2026, 1, 31)))
    yield made
    made.ops.close()


def do(project: Project, calls: list[str], key: str = "k", fail_at: str | None = None):
    def work(name: str):
        def made() -> dict[str, object]:
            if name == fail_at:
                raise NotEnoughData("3 rows are not enough")
            calls.append(name)
            return {"made": name, "at": datetime(2026, 1, 1)}

        return made

    with Ledger(project).run("conversion/features", key, INPUTS) as run:
        if not run.finished:
            steps = [run.step(name, f"{name}-1", work(name)) for name in ("read", "write")]
            run.finish({"tables": {"features.x": 7}, "steps": [step["made"] for step in steps]})
    return run


def test_a_run_is_done_once_and_its_outputs_come_back(project: Project):
    calls: list[str] = []
    first = do(project, calls)
    project.clock.advance(days=1)
    second = do(project, calls)
    assert calls == ["read", "write"]
    assert second.finished
    assert (second.id, second.outputs) == (first.id, first.outputs)
    assert second.outputs == {"tables": {"features.x": 7}, "steps": ["read", "write"]}
    (record,) = Ledger(project).runs()
    assert (record.state, record.attempt, record.inputs) == ("finished", 1, INPUTS)
    assert record.finished_at == datetime(2026, 1, 31)


def test_another_key_is_another_run_newest_first(project: Project):
    calls: list[str] = []
    do(project, calls, "a")
    project.clock.advance(days=1)
    do(project, calls, "b")
    assert len(calls) == 4
    assert [run.key for run in Ledger(project).runs()] == ["b", "a"]
    assert [run.key for run in Ledger(project).runs(1)] == ["b"]
    assert Ledger(project).runs(pipeline="other") == []


def test_a_failed_run_says_why_and_goes_on_where_it_stopped(project: Project):
    calls: list[str] = []
    with pytest.raises(NotEnoughData):
        do(project, calls, fail_at="write")
    failed = Ledger(project).find("conversion/features", "k")
    assert (failed.state, failed.error) == ("failed", "3 rows are not enough")
    do(project, calls)
    done = Ledger(project).find("conversion/features", "k")
    assert (done.state, done.error, done.attempt) == ("finished", None, 2)
    assert done.id == failed.id
    assert calls == ["read", "write"]


def test_a_step_whose_key_changed_is_done_again(project: Project):
    def attempt(key: str, value: int) -> None:
        with Ledger(project).run("p", "k", {}) as run:
            seen.append(run.step("read", key, lambda: {"value": value})["value"])
            raise NotEnoughData("stop")

    seen: list[int] = []
    for key, value in (("1", 10), ("1", 11), ("2", 12), ("2", 13)):
        with pytest.raises(NotEnoughData):
            attempt(key, value)
    assert seen == [10, 10, 12, 12]


def test_a_resumed_run_sees_what_the_first_one_saw(project: Project):
    def attempt() -> dict[str, object]:
        with Ledger(project).run("p", "k", {}) as run:
            outputs = {"at": datetime(2026, 1, 1), "nan": float("nan"), "pair": (1, 2)}
            return run.step("read", "1", lambda: outputs)

    results = []
    for _ in range(2):
        with pytest.raises(UsageError):  # neither attempt calls finish
            results.append(attempt())
    with Ledger(project).run("p", "k", {}) as run:
        results += [
            run.step("read", "1", dict),
            run.step("same", "1", lambda: {"nan": float("inf")}),
        ]
        run.finish({})
    assert results[0] == {"at": "2026-01-01 00:00:00", "nan": None, "pair": [1, 2]}
    assert results[1] == {"nan": None}


def test_a_run_that_forgets_to_finish_is_not_finished(project: Project):
    with pytest.raises(UsageError, match="without finish"), Ledger(project).run("p", "k", {}):
        pass
    assert Ledger(project).find("p", "k").state == "failed"


def test_an_interrupt_is_recorded(project: Project):
    with pytest.raises(KeyboardInterrupt), Ledger(project).run("p", "k", {}):
        raise KeyboardInterrupt
    assert Ledger(project).find("p", "k").error == "KeyboardInterrupt"


def test_two_at_once_are_refused_but_other_keys_are_not(project: Project):
    with Ledger(project).run("p", "k", {}) as run:
        with pytest.raises(LeaseLost), Ledger(project).run("p", "k", {}):
            pass
        with Ledger(project).run("p", "other", {}) as other:
            other.finish({})
        run.finish({})
    assert Ledger(project).find("p", "k").state == "finished"


def test_a_crowd_makes_exactly_one_run(project: Project):
    project.ops.migrate()
    results: list[str] = []
    calls: list[str] = []

    def work() -> None:
        try:
            results.append(do(project, calls).id)
        except LeaseLost:
            results.append("refused")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["read", "write"]
    assert len(results) == 8
    assert len(set(results) - {"refused"}) == 1


def test_a_holder_that_was_taken_over_can_record_nothing(project: Project):
    def attempt() -> None:
        with Ledger(project).run("p", "k", {}) as run:
            with project.ops.begin() as connection:
                connection.execute(sa.update(LEASES).values(holder="thief", fence=99))
            run.step("late", "1", dict)

    with pytest.raises(LeaseLost, match="took over"):
        attempt()
    assert Ledger(project).find("p", "k").state == "running"


def test_a_finished_run_takes_no_more_steps(project: Project):
    do(project, [])
    with (
        Ledger(project).run("conversion/features", "k", {}) as run,
        pytest.raises(UsageError, match="finished already"),
    ):
        run.finish({})


KILLED = """
import os, signal, sys
from pathlib import Path
from perdure.platform.automation.ledger import Ledger
from perdure.platform.storage.project import Project
with Ledger(Project(Path(sys.argv[1]))).run("p", "k", {}) as run:
    run.step("first", "1", lambda: {"by": "the killed"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_is_resumed_at_once_without_its_finished_steps(project: Project):
    done = subprocess.run([sys.executable, "-c", KILLED, str(project.root)], check=False)
    assert done.returncode == -9
    assert Ledger(project).find("p", "k").state == "running"
    with Ledger(project).run("p", "k", {}) as run:
        assert run.attempt == 2
        assert run.step("first", "1", lambda: {"by": "the second"}) == {"by": "the killed"}
        run.finish({})


def test_every_attempt_leaves_its_lineage(project: Project):
    with pytest.raises(NotEnoughData):
        do(project, [], fail_at="write")
    do(project, [])
    do(project, [])
    found = list(lineage.events(project.var / "lineage"))
    assert [each["eventType"] for each in found] == ["START", "FAIL", "START", "COMPLETE"]
    assert found[0]["run"]["runId"] == found[1]["run"]["runId"] != found[2]["run"]["runId"]
    assert found[1]["run"]["facets"]["errorMessage"]["message"] == "3 rows are not enough"
    assert [each["name"] for each in found[3]["inputs"]] == ["claims"]
    assert found[3]["outputs"][0]["facets"]["version"]["datasetVersion"] == "7"
