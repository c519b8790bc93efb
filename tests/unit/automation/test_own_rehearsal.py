"""A solution may bring its own rehearsal; one without a label has a simple one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from perdure.interfaces.cli.main import run
from perdure.kernel import discovery
from perdure.kernel.clock import FixedClock
from perdure.platform.automation.rehearsal import rehearse
from perdure.platform.storage.project import Project


@pytest.fixture
def manifest(toy_shop):
    return discovery.solution(toy_shop)


@pytest.fixture
def world(manifest):
    return manifest.code("sample")(0, 2_000)


@pytest.fixture
def project(tmp_path, world):
    made = Project.create(tmp_path / "clinic", clock=FixedClock(world.horizon))
    yield made
    made.ops.close()


def test_its_own_rehearsal_is_played_once_and_told_again(project, manifest, world):
    first = list(rehearse(project, manifest, world))
    assert [(line.part, line.text) for line in first] == [
        ("shop", "North, South: rehearsed by itself")
    ]
    again = replace(manifest, rehearse="toy_shop.desk:gone")
    assert list(rehearse(project, again, world)) == first


def test_without_one_it_is_trained_and_asked(project, manifest, world):
    lines = list(rehearse(project, replace(manifest, rehearse=""), world))
    assert [line.part for line in lines] == ["data", *["train", "score", "monitor"] * 2]
    assert "2,000 new rows" in lines[0].text
    assert "champion" in lines[1].text


def test_the_demo_plays_it(monkeypatch, manifest, tmp_path, capsys):
    monkeypatch.setattr(discovery, "solutions", lambda: {"shop": manifest})
    assert run(["demo", "--folder", str(tmp_path / "demo"), "--no-serve", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["lines"] == [{"part": "shop", "text": "North, South: rehearsed by itself"}]
    assert "clock: 2026-01-31" in (tmp_path / "demo/conf/base/project.yaml").read_text()
