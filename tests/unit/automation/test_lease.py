"""Leases: one holder, taken over from the dead at once and from the silent after a while."""

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from perdure.kernel.clock import FixedClock
from perdure.kernel.errors import LeaseLost
from perdure.platform.automation import process as processes
from perdure.platform.automation.lease import Lease
from perdure.platform.automation.records import LEASES
from perdure.platform.storage.ops import Ops


@pytest.fixture
def ops(tmp_path: Path):
    made = Ops(tmp_path / "ops.sqlite", wait_seconds=5)
    yield made
    made.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 1, 31))


def row(ops: Ops, name: str = "work"):
    with ops.connect() as connection:
        return connection.execute(sa.select(LEASES).where(LEASES.c.name == name)).one()


def test_a_held_lease_is_refused_to_others_and_free_afterwards(ops: Ops):
    with Lease(ops, "work"), pytest.raises(LeaseLost, match="another process is doing 'work'"):
        Lease(ops, "work").acquire()
    with Lease(ops, "work") as again, Lease(ops, "other"):
        assert again.held().fence == 2


def test_a_lease_is_given_back_when_the_work_fails(ops: Ops):
    with pytest.raises(ZeroDivisionError), Lease(ops, "work") as lease:
        _ = lease.held().fence / 0
    assert row(ops).holder is None


def test_a_silent_holder_loses_it_after_its_time_and_can_write_no_more(ops: Ops, clock: FixedClock):
    first, second = (Lease(ops, "work", seconds=60, clock=clock) for _ in range(2))
    grant = first.acquire()
    clock.advance(seconds=59)
    with pytest.raises(LeaseLost):
        second.acquire()
    clock.advance(seconds=1)
    assert second.acquire().fence == grant.fence + 1
    with pytest.raises(LeaseLost, match="took over"):
        first.renew()
    with pytest.raises(LeaseLost, match="took over"), ops.begin() as connection:
        grant.check(connection)
    first.release()
    assert row(ops).holder == second.held().holder


def test_renewing_keeps_it(ops: Ops, clock: FixedClock):
    first, second = (Lease(ops, "work", seconds=60, clock=clock) for _ in range(2))
    first.acquire()
    for _ in range(3):
        clock.advance(seconds=50)
        first.renew()
    with pytest.raises(LeaseLost):
        second.acquire()


def test_the_thread_renews_by_itself(ops: Ops):
    with Lease(ops, "work", seconds=0.3):
        first = row(ops).expires_at
        limit = time.monotonic() + 10
        while row(ops).expires_at == first and time.monotonic() < limit:
            time.sleep(0.02)
        assert row(ops).expires_at > first


HOLDER = """
import sys, time
from pathlib import Path
from perdure.platform.automation.lease import Lease
from perdure.platform.storage.ops import Ops
with Lease(Ops(Path(sys.argv[1])), "work"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_holder_of_this_machine_is_taken_over_at_once(ops: Ops):
    ops.migrate()
    command = [sys.executable, "-c", HOLDER, str(ops.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(LeaseLost, match=f"process {child.pid}"):
            Lease(ops, "work").acquire()
        child.kill()
        while not processes.process_is_gone(row(ops).process):
            time.sleep(0.01)
        # The killed child is not waited for yet: a zombie counts as gone.
        assert Lease(ops, "work").acquire().fence == 2


def test_a_process_of_another_machine_is_believed_until_its_time_is_over(
    ops: Ops, clock: FixedClock
):
    Lease(ops, "work", seconds=60, clock=clock).acquire()
    with ops.begin() as connection:
        gone = {"machine": "another", "process": "999999999.1"}
        connection.execute(sa.update(LEASES).values(**gone))
    with pytest.raises(LeaseLost):
        Lease(ops, "work", clock=clock).acquire()
    with ops.begin() as connection:
        connection.execute(sa.update(LEASES).values(machine=processes.machine()))
    Lease(ops, "work", clock=clock).acquire()


def test_a_number_that_another_process_has_now_is_gone():
    number, _, began = processes.process().partition(".")
    assert not processes.process_is_gone(f"{number}.{began}")
    assert processes.process_is_gone(f"{number}.{int(began) + 1}")
    assert not processes.process_is_gone(f"{number}.0")


def test_a_lease_not_taken_holds_nothing(ops: Ops):
    lease = Lease(ops, "work")
    lease.release()
    with pytest.raises(LeaseLost, match="not held"):
        lease.held()
