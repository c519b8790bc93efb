"""The rehearsal: the model earns its place below the best possible, and is played once."""

import re
import time

import pytest

from perdure.interfaces.cli.templates import write_template
from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.kernel.errors import UsageError
from perdure.kernel.progress import SILENT
from perdure.platform.automation.rehearsal import rehearse
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.sample import rehearsal
from perdure.solutions.prescription.sample.world import PrescriptionWorld, sample


def kept(project):
    with Journal(project, "prescription", "default") as journal:
        return [(entry.kind, entry.key) for entry in journal.read()]


@pytest.mark.slow
def test_the_demo_s_practice(tmp_path):
    manifest, world = solution("prescription"), sample()
    write_template(tmp_path / "demo", "sample")
    project = Project(tmp_path / "demo", FixedClock(world.horizon))
    lines = list(rehearse(project, manifest, world))
    told = {line.part: line.text for line in lines}
    parts = [line.part for line in lines]
    assert parts == ["data", "train", "truth", "serve", "habits", "data", "monitor"]
    assert "champion" in told["train"]
    served, seed, best = map(float, re.findall(r"0\.\d{3}", told["truth"]))
    assert seed < served < best
    assert told["habits"].endswith("true")
    before = kept(project)
    assert {kind for kind, _ in before} == {"saved", "shown", "taken"}
    began = time.process_time()
    assert list(rehearse(project, manifest, world)) == lines
    assert time.process_time() - began < 1
    assert kept(project) == before
    project.ops.close()


def test_a_practice_that_is_too_small_serves_nothing(tmp_path, monkeypatch):
    manifest, world = solution("prescription"), PrescriptionWorld(seed=0, visits=250)
    project = Project.create(tmp_path / "clinic", clock=FixedClock(world.horizon))
    summary = {"summary": "challenger"}
    monkeypatch.setattr(rehearsal, "run_step", lambda *asked: summary)
    lines = list(rehearsal.rehearse(project, manifest, world, SILENT))
    assert [line.part for line in lines] == ["data", "train", "data", "held back"]
    assert project.clock.now() == world.horizon
    assert kept(project) == []
    project.ops.close()


def test_a_clock_that_runs_cannot_be_played(tmp_path):
    project = Project.create(tmp_path / "clinic")
    with pytest.raises(UsageError, match="clock can be set"):
        list(rehearsal.rehearse(project, solution("prescription"), sample(), SILENT))
    project.ops.close()
