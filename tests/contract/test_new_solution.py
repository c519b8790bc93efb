"""A scaffolded solution is found as a plug-in, and passes every check without an edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perdure.interfaces.cli.main import run
from perdure.kernel.discovery import solution, solutions
from perdure.platform.automation.checks import check_solution


@pytest.fixture
def plugged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "adherence", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert len(written) <= 12
    source = tmp_path / "perdure-adherence" / "src"
    # What an installer would put beside the package.
    told = source / "perdure_adherence-0.1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: perdure-adherence\nVersion: 0.1.0\n"
    )
    (told / "entry_points.txt").write_text(
        "[perdure.solutions]\nadherence = perdure_adherence.solution:SOLUTION\n"
    )
    monkeypatch.syspath_prepend(source)
    return source


@pytest.mark.slow
def test_a_new_solution_passes_every_check_as_it_is(plugged: Path, tmp_path: Path) -> None:
    assert "adherence" in solutions()
    wrong = [v for v in check_solution(solution("adherence"), tmp_path / "project") if not v.holds]
    assert not wrong


def test_a_name_that_cannot_be_imported_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "../evil"]) == 2
    assert "cannot name a solution" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
