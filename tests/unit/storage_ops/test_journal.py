"""The journal: told after the commit, a repeat is harmless, read in pages."""

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from perdure.kernel.clock import FixedClock
from perdure.kernel.errors import StoreError, UsageError
from perdure.platform.storage.journal import MOST_BODY, PAGE, Journal, Note
from perdure.platform.storage.ops import Ops
from perdure.platform.storage.project import Project
from perdure.platform.storage.schema import HEAD, MIGRATIONS, revision
from perdure.platform.storage.writer import GroupCommitWriter

NOW = datetime(2026, 1, 31, 9)


@pytest.fixture
def project(tmp_path: Path):
    made = Project.create(tmp_path / "shop", clock=FixedClock(NOW))
    yield made
    made.ops.close()


@pytest.fixture
def journal(project: Project):
    with Journal(project, "toy", "default") as opened:
        yield opened


def sold(journal: Journal, key: str, subject: str = "ann", item: object = "tea"):
    return journal.append("bought", subject, {"item": item}, key=key, actor="till").result(10)


def test_what_is_acknowledged_is_on_disk_for_another_store(project, journal):
    entry = sold(journal, "1")
    other = Ops(project.ops.path)
    with other.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM journal")).mappings().one()
    other.close()
    assert row["sequence"] == entry.sequence
    assert (row["solution"], row["case"], row["kind"]) == ("toy", "default", "bought")
    assert (entry.at, entry.body, entry.repeated) == (NOW, {"item": "tea"}, False)


def test_nothing_is_acknowledged_before_the_commit(project):
    go, started = threading.Event(), threading.Event()

    def wait(_connection: sa.Connection) -> None:
        started.set()
        go.wait(10)

    with GroupCommitWriter(project.ops) as writer:
        journal = Journal(project, "toy", "default", writer=writer)
        writer.call(wait)
        started.wait(10)
        futures = [journal.append("a", "b", {}, key=str(n), actor="c") for n in range(9)]
        assert not any(future.done() for future in futures)
        assert list(journal.read()) == []
        go.set()
        assert [future.result(10).sequence for future in futures] == list(range(1, 10))


def test_the_same_key_answers_with_what_is_stored(journal):
    first = sold(journal, "1")
    again = sold(journal, "1", item="coffee")
    assert (again.sequence, again.body, again.repeated) == (first.sequence, first.body, True)
    assert [entry.body["item"] for entry in journal.read()] == ["tea"]
    assert journal.kept("1") == first
    assert journal.kept("2") is None


def test_a_key_of_something_else_is_refused_and_harms_no_neighbour(journal):
    sold(journal, "1")
    wrong = journal.append("bought", "bob", {}, key="1", actor="till")
    right = journal.append("bought", "bob", {}, key="2", actor="till")
    with pytest.raises(UsageError, match="used for another entry"):
        wrong.result(10)
    assert right.result(10).subject == "bob"


def test_cases_have_keys_of_their_own(project, journal):
    sold(journal, "1")
    with Journal(project, "toy", "other") as other:
        assert not sold(other, "1").repeated
        assert len(list(other.read())) == 1


def test_many_are_kept_together_or_not_at_all(journal):
    sold(journal, "1")
    notes = [Note("bought", "ann", {"n": n}, str(n), "till") for n in (1, 2, 3)]
    kept = journal.append_many(notes).result(10)
    assert [entry.repeated for entry in kept] == [True, False, False]
    notes = [Note("bought", "eve", {}, key, "till") for key in ("4", "1")]
    with pytest.raises(UsageError):
        journal.append_many(notes).result(10)
    assert journal.kept("4") is None


def test_threads_lose_nothing_and_double_nothing(journal):
    keys = [str(n % 150) for n in range(300)]
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda key: sold(journal, key), keys))
    assert len({entry.sequence for entry in entries}) == 150
    assert sum(entry.repeated for entry in entries) == 150
    found = [entry.sequence for entry in journal.read()]
    assert found == sorted(set(found))
    assert len(found) == 150


def test_reading_chooses_and_stops(journal):
    for n in range(6):
        sold(journal, str(n), subject="ann" if n % 2 else "bob")
    journal.append("returned", "ann", {}, key="r", actor="till").result(10)
    assert [e.key for e in journal.read("bought", "ann")] == ["1", "3", "5"]
    assert [e.key for e in journal.read(subject="ann", since_sequence=4)] == ["5", "r"]
    assert [e.key for e in journal.read(limit=2)] == ["0", "1"]
    assert [e.key for e in journal.newest("bought", most=2)] == ["5", "4"]
    assert list(journal.read(limit=0)) == []


def test_reading_needs_the_memory_of_a_page(journal):
    big = {"text": "x" * 20_000}
    count = 4 * PAGE + 1
    for start in range(0, count, PAGE):
        keys = [str(n) for n in range(start, min(count, start + PAGE))]
        journal.append_many([Note("big", "ann", big, key, "till") for key in keys]).result(30)
    tracemalloc.start()
    assert sum(1 for _ in journal.read()) == count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All of it is 40 MB of text at least; a page, as rows and as values, is a quarter of that.
    assert peak < 32_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "k" * 201},
        {"kind": "k" * 33},
        {"subject": "s" * 129},
        {"subject": "a\0b"},
        {"actor": "\ud800"},
        {"body": {"x": float("nan")}},
        {"body": {"x": object()}},
        {"body": {"x": "y" * MOST_BODY}},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_be_kept_is_refused_at_once(journal, wrong):
    given = {"kind": "a", "subject": "b", "body": {}, "key": "c", "actor": "d", **wrong}
    with pytest.raises(UsageError):
        journal.append(**given)
    assert list(journal.read()) == []


def test_a_closed_journal_says_so(project):
    journal = Journal(project, "toy", "default")
    sold(journal, "1")
    journal.close()
    journal.close()
    with pytest.raises(StoreError, match="closed"):
        sold(journal, "2")


def test_a_store_of_the_first_revision_is_brought_to_the_newest(tmp_path: Path):
    ops = Ops(tmp_path / "ops.sqlite")
    engine = sa.create_engine(f"sqlite:///{ops.path}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0001")
        assert not sa.inspect(connection).has_table("journal")
    engine.dispose()
    with ops.connect() as connection:
        assert revision(connection) == HEAD
        assert sa.inspect(connection).has_table("journal")
    ops.close()
