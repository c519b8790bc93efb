"""The operational store: durable, readable while written, clear when it cannot go on."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from perdure.kernel.errors import IntegrityError, StoreError
from perdure.platform.automation.records import LEASES
from perdure.platform.storage.metadata import Moment
from perdure.platform.storage.ops import Ops
from perdure.platform.storage.schema import HEAD


def lease(name: str = "a", fence: int = 1) -> dict[str, object]:
    return {
        "name": name,
        "fence": fence,
        "machine": "m",
        "process": "1.0",
        "expires_at": datetime(2026, 1, 31),
    }


def names(ops: Ops) -> set[str]:
    with ops.connect() as connection:
        return set(connection.scalars(sa.select(LEASES.c.name)))


@pytest.fixture
def ops(tmp_path: Path):
    made = Ops(tmp_path / "ops.sqlite", wait_seconds=5)
    yield made
    made.close()


def test_the_promises_of_durability_are_switched_on(ops: Ops):
    with ops.begin() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        got = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert got == ["wal", 2, 1]
    assert ops.path.stat().st_mode & 0o077 == 0


def test_a_block_that_raises_leaves_nothing(ops: Ops):
    with pytest.raises(ZeroDivisionError), ops.begin() as connection:
        _ = connection.execute(LEASES.insert(), lease()).rowcount / 0
    assert names(ops) == set()


def test_insert_new_keeps_the_first_and_upsert_the_last(ops: Ops):
    with ops.begin() as connection:
        for fence in (1, 2):
            connection.execute(ops.insert_new(LEASES, "name"), lease("kept", fence))
            connection.execute(ops.upsert(LEASES, ("name",), ("fence",)), lease("changed", fence))
    with ops.connect() as connection:
        found = dict(connection.execute(sa.select(LEASES.c.name, LEASES.c.fence)).all())
    assert found == {"kept": 1, "changed": 2}


def test_a_reader_is_not_blocked_by_a_writer_and_sees_one_state(ops: Ops):
    with ops.begin() as connection:
        connection.execute(LEASES.insert(), lease("before"))
    with ops.begin() as writing:
        writing.execute(LEASES.insert(), lease("unfinished"))
        assert names(ops) == {"before"}
    with ops.connect() as reading:
        first = reading.scalar(sa.select(sa.func.count()).select_from(LEASES))
        with ops.begin() as writing:
            writing.execute(LEASES.insert(), lease("later"))
        assert reading.scalar(sa.select(sa.func.count()).select_from(LEASES)) == first
    assert names(ops) == {"before", "unfinished", "later"}


def test_a_new_process_can_open_and_read_while_another_writes(ops: Ops):
    ops.migrate()
    other = Ops(ops.path, wait_seconds=0.1)
    with ops.begin() as connection:
        connection.execute(LEASES.insert(), lease())
        assert names(other) == set()
    assert names(other) == {"a"}
    other.close()


def test_a_read_connection_cannot_write(ops: Ops):
    with pytest.raises(StoreError, match="cannot be written"), ops.connect() as connection:
        connection.execute(LEASES.insert(), lease())


@pytest.mark.parametrize("by", ["perdure", "another program"])
def test_a_busy_store_is_a_clear_error_after_a_bounded_wait(ops: Ops, by: str):
    ops.migrate()
    waiting = Ops(ops.path, wait_seconds=0.2)
    waiting.migrate()
    with closing(sqlite3.connect(ops.path, isolation_level=None)) as outside:
        holder = ops.begin() if by == "perdure" else None
        if holder:
            holder.__enter__()
        else:
            outside.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="the store is busy") as caught, waiting.begin():
            pass
        assert caught.value.where
        assert caught.value.hint
        if holder:
            holder.__exit__(None, None, None)
        else:
            outside.execute("ROLLBACK")
    with waiting.begin() as connection:
        connection.execute(LEASES.insert(), lease())
    waiting.close()


def test_a_nested_write_is_told_at_once(ops: Ops):
    with (
        ops.begin(),
        pytest.raises(RuntimeError, match="already open in this thread"),
        ops.begin(),
    ):
        pass


def test_writers_of_many_threads_lose_nothing(ops: Ops):
    def work(number: int) -> None:
        for i in range(5):
            with ops.begin() as connection:
                connection.execute(LEASES.insert(), lease(f"{number}-{i}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(ops)) == 30


def _count_up(path: Path, turns: int) -> None:
    ops = Ops(path, wait_seconds=60)
    for _ in range(turns):
        with ops.begin() as connection:
            now = connection.scalar(sa.select(LEASES.c.fence))
            connection.execute(sa.update(LEASES).values(fence=now + 1))
    ops.close()


def test_processes_that_read_then_write_do_not_lose_each_others_changes(ops: Ops):
    with ops.begin() as connection:
        connection.execute(LEASES.insert(), lease(fence=0))
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=_count_up, args=(ops.path, 20)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    with ops.connect() as connection:
        assert connection.scalar(sa.select(LEASES.c.fence)) == 60


def test_opening_again_changes_nothing_and_loads_no_alembic(ops: Ops):
    def tables() -> list:
        with ops.connect() as connection:
            return connection.exec_driver_sql("SELECT * FROM sqlite_master").all()

    before = tables()
    program = (
        "import sys; from pathlib import Path\n"
        "from perdure.platform.storage.ops import Ops\n"
        "Ops(Path(sys.argv[1])).migrate(); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(ops.path)], check=True)
    assert tables() == before


def test_a_store_from_a_later_release_is_refused(ops: Ops):
    with ops.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    later = Ops(ops.path)
    with pytest.raises(StoreError, match="later release"):
        later.migrate()
    later.close()
    assert HEAD != "9999"


def test_a_store_closed_can_be_used_again(ops: Ops):
    with ops.begin() as connection:
        connection.execute(LEASES.insert(), lease())
    ops.close()
    assert names(ops) == {"a"}


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "ops.sqlite"
    path.write_text("npi,claims\n1,2\n" * 100)
    with pytest.raises(IntegrityError, match="not an SQLite database"):
        Ops(path).migrate()
    assert path.read_text().startswith("npi")


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        Ops(tmp_path / "file" / "ops.sqlite").migrate()


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from perdure.platform.automation.records import LEASES
from perdure.platform.storage.ops import Ops
ops = Ops(Path(sys.argv[1]))
moment = datetime(2026, 1, 31)
for number in range(300):
    row = dict(name=f"n{number}", fence=1, machine="m", process="1", expires_at=moment)
    with ops.begin() as connection:
        connection.execute(LEASES.insert(), row)
os.kill(os.getpid(), signal.SIGKILL)
"""


def _killed_store(tmp_path: Path) -> Path:
    path = tmp_path / "ops.sqlite"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -9
    assert path.with_name("ops.sqlite-wal").stat().st_size > 0
    return path


def test_after_a_kill_everything_acknowledged_is_there(tmp_path: Path):
    ops = Ops(_killed_store(tmp_path))
    assert len(names(ops)) == 300
    ops.close()


def test_damage_is_noticed_when_a_killed_store_is_opened(tmp_path: Path):
    path = _killed_store(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = bytearray(path.read_bytes())
    for start in range(4096 * 3, len(damaged), 4096):
        damaged[start : start + 64] = b"\xff" * 64
    path.write_bytes(damaged)
    path.with_name("ops.sqlite-wal").write_bytes(b"left by a kill")
    with pytest.raises(IntegrityError, match="damaged"):
        Ops(path).migrate()


def test_a_full_disk_acknowledges_nothing_and_recovers(tmp_path: Path):
    ops = Ops(tmp_path / "ops.sqlite")
    with ops.begin() as connection:
        # The limit that SQLite itself enforces stands for the disk: the same error code.
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    acknowledged: set[str] = set()

    def fill() -> None:
        for number in range(500):
            with ops.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")
                connection.execute(LEASES.insert(), lease(f"{number}" + "x" * 400))
            acknowledged.add(f"{number}" + "x" * 400)

    with pytest.raises(StoreError, match="disk is full"):
        fill()
    assert acknowledged
    assert names(ops) == acknowledged
    with ops.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
        connection.execute(LEASES.insert(), lease("room again"))
    assert "room again" in names(ops)
    ops.close()


def test_after_a_failed_fsync_the_process_writes_no_more(ops: Ops):
    class Failed(sqlite3.OperationalError):
        sqlite_errorname = "SQLITE_IOERR_FSYNC"

    def fail() -> None:
        with ops.begin() as connection:
            connection.execute(LEASES.insert(), lease())
            raise sa.exc.OperationalError("COMMIT", None, Failed("disk I/O error"))

    with pytest.raises(StoreError, match="disk failed"):
        fail()
    with pytest.raises(StoreError, match="earlier write"), ops.begin():
        pass
    assert names(ops) == set()


def test_a_statement_that_is_wrong_keeps_its_own_error(ops: Ops):
    with ops.begin() as connection:
        connection.execute(LEASES.insert(), lease())
    with pytest.raises(sa.exc.IntegrityError), ops.begin() as connection:
        connection.execute(LEASES.insert(), lease())


def test_an_aware_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1, tzinfo=UTC), None)


def test_a_password_is_in_no_message():
    assert "secret" not in Ops("postgresql://me:secret@host/db").where


def test_no_descriptor_stays_open(tmp_path: Path):
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for number in range(3):
        ops = Ops(tmp_path / f"{number}.sqlite")
        assert names(ops) == set()
        ops.close()
    assert descriptors() == before
