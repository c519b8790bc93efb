"""Group commit: told after the commit, batched, and nobody pays for a neighbour's mistake."""

import threading
import time
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Self

import pytest
import sqlalchemy as sa

from perdure.kernel.errors import StoreError, UsageError
from perdure.platform.automation.records import LEASES, RUN_STEPS
from perdure.platform.storage.ops import Ops
from perdure.platform.storage.writer import GroupCommitWriter

MOMENT = datetime(2026, 1, 31)


def lease(name: str) -> dict[str, object]:
    return {"name": name, "fence": 1, "machine": "m", "process": "1", "expires_at": MOMENT}


def names(ops: Ops) -> set[str]:
    with ops.connect() as connection:
        return set(connection.scalars(sa.select(LEASES.c.name)))


@pytest.fixture
def ops(tmp_path: Path):
    made = Ops(tmp_path / "ops.sqlite", wait_seconds=5)
    made.migrate()
    yield made
    made.close()


class Blocked:
    """Keeps the writer's thread busy, so that what is submitted meanwhile is one batch."""

    def __init__(self, writer: GroupCommitWriter) -> None:
        self.go, started = threading.Event(), threading.Event()

        def wait(_connection: sa.Connection) -> None:
            started.set()
            self.go.wait(10)

        self.first = writer.call(wait)
        started.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.go.set()
        self.first.result(10)


def test_what_is_acknowledged_can_be_read_by_another_connection(ops: Ops):
    with GroupCommitWriter(ops) as writer:
        for number in range(5):
            writer.submit(ops.insert_new(LEASES, "name"), [lease(f"{number}")]).result(10)
            assert f"{number}" in names(ops)


def test_nothing_is_acknowledged_before_the_commit(ops: Ops):
    insert = ops.insert_new(LEASES, "name")
    with GroupCommitWriter(ops) as writer:
        with Blocked(writer):
            futures = [writer.submit(insert, [lease(f"{number}")]) for number in range(20)]
            time.sleep(0.05)
            assert not any(future.done() for future in futures)
            assert names(ops) == set()
        for future in futures:
            future.result(10)
    assert len(names(ops)) == 20


def test_waiting_writes_share_one_commit(ops: Ops, monkeypatch: pytest.MonkeyPatch):
    commits: list[int] = []
    begin = ops.begin
    monkeypatch.setattr(ops, "begin", lambda: (commits.append(1), begin())[1])
    with GroupCommitWriter(ops) as writer:
        with Blocked(writer):
            before = len(commits)
            futures = [
                writer.submit(ops.insert_new(LEASES, "name"), [lease(f"{number}")])
                for number in range(50)
            ]
        for future in futures:
            future.result(10)
    assert len(commits) == before + 1


def test_a_failing_write_leaves_its_neighbours_alone(ops: Ops):
    insert = LEASES.insert()
    with GroupCommitWriter(ops) as writer:
        with Blocked(writer):
            futures = [writer.submit(insert, [lease(name)]) for name in ("a", "b", "a", "c")]
            read = writer.call(lambda connection: connection.scalar(sa.select(sa.func.count("*"))))
        assert read.result(10) is not None
        assert [_outcome(future) for future in futures] == [None, None, "IntegrityError", None]
    assert names(ops) == {"a", "b", "c"}


def test_work_that_raises_is_undone_and_told(ops: Ops):
    def refuse(connection: sa.Connection) -> None:
        connection.execute(LEASES.insert(), lease("half"))
        raise UsageError("no such decision")

    with GroupCommitWriter(ops) as writer:
        with Blocked(writer):
            good = writer.submit(LEASES.insert(), [lease("good")])
            bad = writer.call(refuse)
        assert _outcome(good) is None
        assert _outcome(bad) == "UsageError"
    assert names(ops) == {"good"}


def test_statements_keep_their_order(ops: Ops):
    with GroupCommitWriter(ops) as writer:
        with Blocked(writer):
            futures = [
                writer.submit(LEASES.insert(), [lease("a")]),
                writer.submit(
                    sa.delete(LEASES).where(LEASES.c.name == sa.bindparam("n")), [{"n": "a"}]
                ),
                writer.submit(LEASES.insert(), [lease("a"), lease("b")]),
            ]
        assert [_outcome(future) for future in futures] == [None] * 3
    assert names(ops) == {"a", "b"}


def test_a_busy_store_is_told_to_each_caller(ops: Ops):
    quick = Ops(ops.path, wait_seconds=0.1)
    quick.migrate()
    with ops.begin(), GroupCommitWriter(quick) as writer:
        future = writer.submit(LEASES.insert(), [lease("a")])
        assert _outcome(future) == "StoreError"
    with GroupCommitWriter(quick) as writer:
        writer.submit(LEASES.insert(), [lease("b")]).result(10)
    assert names(ops) == {"b"}
    quick.close()


def test_a_full_queue_makes_the_caller_wait_and_then_says_so(ops: Ops):
    ops.wait_seconds = 0.1
    with GroupCommitWriter(ops, waiting_limit=2) as writer, Blocked(writer):
        writer.submit(LEASES.insert(), [lease("a")])
        writer.submit(LEASES.insert(), [lease("b")])
        with pytest.raises(StoreError, match="2 writes are waiting"):
            writer.submit(LEASES.insert(), [lease("c")])


def test_closing_commits_what_waits_and_then_refuses(ops: Ops):
    writer = GroupCommitWriter(ops)
    futures = [writer.submit(LEASES.insert(), [lease(f"{number}")]) for number in range(200)]
    writer.close()
    writer.close()
    assert all(future.done() for future in futures)
    assert len(names(ops)) == 200
    with pytest.raises(StoreError, match="closed"):
        writer.submit(LEASES.insert(), [lease("late")])


def test_a_cancelled_write_is_not_made(ops: Ops):
    with GroupCommitWriter(ops) as writer:
        with Blocked(writer):
            future = writer.submit(LEASES.insert(), [lease("a")])
            assert future.cancel()
        writer.submit(LEASES.insert(), [lease("b")]).result(10)
    assert names(ops) == {"b"}


@pytest.mark.parametrize("rows", [[], [lease("a"), {"name": "b"}]])
def test_rows_that_do_not_fit_together_are_refused_at_once(ops: Ops, rows: list):
    with GroupCommitWriter(ops) as writer, pytest.raises(UsageError):
        writer.submit(LEASES.insert(), rows)


def test_a_foreign_key_is_enforced(ops: Ops):
    row = {
        "run": "none",
        "name": "x",
        "key": "k",
        "outputs": {},
        "started_at": MOMENT,
        "finished_at": MOMENT,
    }
    with GroupCommitWriter(ops) as writer, pytest.raises(sa.exc.IntegrityError):
        writer.submit(RUN_STEPS.insert(), [row]).result(10)


def test_many_threads_are_all_told_the_truth(ops: Ops):
    insert = ops.insert_new(LEASES, "name")
    acknowledged: list[str] = []

    def work(number: int) -> None:
        for i in range(20):
            writer.submit(insert, [lease(f"{number}-{i}")]).result(10)
            acknowledged.append(f"{number}-{i}")

    with GroupCommitWriter(ops, largest_batch=7) as writer:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(acknowledged) == 240
    assert names(ops) == set(acknowledged)


def _outcome(future: "Future[None]") -> str | None:
    error = future.exception(10)
    return type(error).__name__ if error else None
