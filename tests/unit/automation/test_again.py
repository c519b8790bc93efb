"""The same tables and settings give the same models, scores and decisions, in any process."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from perdure.kernel.progress import SILENT
from perdure.platform.automation import rehearsal

SCRIPT = Path(__file__).with_name("played_again.py")


def played(folder, seed, *words):
    """The digests of one run in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), *words],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_two_projects_with_the_same_tables_come_to_the_same_decisions(tmp_path):
    first = played(tmp_path / "one", "1")
    again = played(tmp_path / "another", "2", "shuffled")
    assert first["decided"] > 100
    assert first == again


def test_cases_of_a_rehearsal_decide_in_their_order_whichever_is_ready_first(monkeypatch, tmp_path):
    other_is_ready, decided = threading.Event(), []

    def score(root, solution, case, at):
        if case == "first":
            assert other_is_ready.wait(60)
        other_is_ready.set()
        return [f"{case} scored"]

    def last(root, solution, case, at):
        decided.append(case)
        return [f"{case} decided"]

    monkeypatch.setattr(rehearsal, "last_act", last)
    played = rehearsal._Rehearsal(
        SimpleNamespace(root=tmp_path),
        SimpleNamespace(name="any"),
        SimpleNamespace(cases=("first", "second")),
        None,
        SILENT,
    )
    with ThreadPoolExecutor(2) as pool:
        lines = list(played._each(pool, score, datetime(2026, 1, 1), {}))
    assert decided == ["first", "second"]
    assert lines == ["first scored", "first decided", "second scored", "second decided"]
