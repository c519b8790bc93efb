"""Kill -9 at random points, in short; ``make kill-sweep`` does it two hundred times."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_ten_kills_lose_nothing_and_an_unsafe_writer_is_caught():
    command = [sys.executable, "-m", "tools.kill_sweep", "--kills", "10", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["kills"] >= 10
    assert report["violations"] == 0
    assert all(scenario["acknowledged"] for scenario in report["scenarios"])
    assert [check["caught"] for check in report["self_check"]] == [True] * len(report["self_check"])
