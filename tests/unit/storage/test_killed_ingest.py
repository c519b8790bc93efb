"""Stopped at any write of an ingest, then run again: the state of one clean run."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import datetime

import pytest
from sqlalchemy import select

from perdure.kernel.clock import FixedClock
from perdure.platform.storage import ingest as ingest_module
from perdure.platform.storage import lake as lake_module
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.project import Project
from perdure.platform.storage.records import INGESTS
from perdure.platform.storage.spool import Spool

# Where it is stopped: before or after the n-th call of a function.
POINTS = {
    "while reading": (Spool, "add", 2, "after"),
    "before the quarantine": (Lake, "append", 1, "before"),
    "after the quarantine": (Lake, "append", 1, "after"),
    "between commit and disk": (lake_module, "_to_disk", 2, "before"),
    "before the table": (Lake, "append", 2, "before"),
    "after the table": (Lake, "append", 2, "after"),
    "before the record": (ingest_module._Run, "_recorded", 1, "before"),
    "after the record": (ingest_module._Run, "_recorded", 1, "after"),
}
CHILD = """
    import os, signal, sys
    from datetime import datetime
    from pathlib import Path
    from perdure.kernel.clock import FixedClock
    from perdure.kernel.tables import *
    from perdure.platform.storage import lake
    from perdure.platform.storage.ingest import ingest
    from perdure.platform.storage.project import Project

    true, calls = lake._to_disk, []
    def killing(*args):
        calls.append(1)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        true(*args)
    lake._to_disk = killing
    project = Project(Path(sys.argv[1]), FixedClock(datetime(2026, 3, 1)))
    ingest(project, {contract!r}, Path(sys.argv[2]))
"""


class Stopped(BaseException):
    """Stands for kill -9: nothing that the code under test does may depend on catching it."""


def stop_at(monkeypatch, where):
    owner, name, number, when = POINTS[where]
    true, calls = getattr(owner, name), []

    def stopping(*args, **options):
        calls.append(1)
        if len(calls) != number:
            return true(*args, **options)
        if when == "after":
            true(*args, **options)
        raise Stopped(where)

    monkeypatch.setattr(owner, name, stopping)


def state(project: Project):
    """Everything that an ingest leaves: rows, refused rows, records, versions."""
    rows = project.lake.scan("visits").sort("_sequence").collect().to_dicts()
    bad = project.lake.scan("quarantine.visits").sort("line").collect().to_dicts()
    with project.ops.connect() as connection:
        records = [dict(row) for row in connection.execute(select(INGESTS)).mappings()]
    versions = [project.lake.version(name) for name in ("visits", "quarantine.visits")]
    return rows, bad, records, versions


@pytest.fixture
def path(write, table, good):
    rows = [good(n, visits=n % 1500) for n in range(1, 3000)]
    return write(table(*rows, good(1, visits=1)))


@pytest.fixture
def projects(tmp_path):
    clock = FixedClock(datetime(2026, 3, 1))
    made = [Project.create(tmp_path / name, clock=clock) for name in ("clean", "stopped")]
    yield made
    for project in made:
        project.ops.close()


@pytest.mark.parametrize("where", POINTS)
def test_run_again_after_a_stop(projects, contract, path, monkeypatch, where):
    clean, stopped = projects
    wanted = ingest(clean, contract, path)
    assert (wanted.stored, wanted.quarantined, wanted.duplicates) == (2001, 998, 1)
    with monkeypatch.context() as patch:
        stop_at(patch, where)
        with pytest.raises(Stopped):
            ingest(stopped, contract, path)
    report = ingest(stopped, contract, path)
    assert state(stopped) == state(clean)
    assert report.repeated if where == "after the record" else report == wanted
    assert ingest(stopped, contract, path).repeated


def test_run_again_after_kill_9(projects, contract, path, tmp_path):
    clean, killed = projects
    wanted = ingest(clean, contract, path)
    child = tmp_path / "child.py"
    child.write_text(textwrap.dedent(CHILD).replace("{contract!r}", repr(contract)))
    command = [sys.executable, str(child), str(killed.root), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert any(p.is_dir() for p in (killed.var / "staging").iterdir())
    assert ingest(killed, contract, path) == wanted
    assert state(killed) == state(clean)
    assert not any(p.is_dir() for p in (killed.var / "staging").iterdir())


def test_a_record_that_was_lost_is_written_again(projects, contract, path):
    clean, lost = projects
    wanted = ingest(clean, contract, path)
    ingest(lost, contract, path)
    with lost.ops.begin() as connection:
        connection.execute(INGESTS.delete())
    assert ingest(lost, contract, path) == wanted
    assert state(lost) == state(clean)
