"""Projects: found from anywhere inside, made once, one clear error otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from perdure.kernel.clock import SystemClock
from perdure.kernel.errors import StoreError, UsageError
from perdure.kernel.solution import Solution
from perdure.platform.storage import filesystem
from perdure.platform.storage.project import Project


@pytest.fixture(autouse=True)
def _no_project_named(monkeypatch):
    monkeypatch.delenv("PERDURE_PROJECT", raising=False)


def test_a_project_is_found_from_any_folder_inside(tmp_path, monkeypatch):
    Project.create(tmp_path / "clinic")
    inside = tmp_path / "clinic" / "notes" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert Project.find().root == tmp_path / "clinic"


def test_the_named_folder_comes_before_the_variable_before_the_current_one(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        Project.create(tmp_path / name)
    monkeypatch.chdir(tmp_path / "c")
    monkeypatch.setenv("PERDURE_PROJECT", str(tmp_path / "b"))
    assert Project.find(tmp_path / "a").root.name == "a"
    assert Project.find().root.name == "b"


def test_no_project_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="perdure init my-project"):
        Project.find()
    with pytest.raises(UsageError, match="no project at"):
        Project.find(tmp_path / "elsewhere")


def test_making_a_project_twice_changes_nothing(tmp_path):
    first = Project.create(tmp_path / "clinic")
    (first.root / "conf/base/project.yaml").write_text("name: mine\n")
    Project.create(tmp_path / "clinic")
    assert (first.root / "conf/base/project.yaml").read_text() == "name: mine\n"
    assert isinstance(first.clock, SystemClock)


def test_a_network_file_system_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(filesystem, "filesystem_of", lambda _: "nfs4")
    with pytest.raises(StoreError, match="network file system"):
        Project.create(tmp_path / "clinic")


def test_stores_are_opened_once(tmp_path):
    project = Project.create(tmp_path / "clinic")
    assert project.lake is project.lake
    assert project.lake.root == project.var / "lake"
    assert project.artifacts.put({"a": b"1"})


@pytest.fixture
def solution(tmp_path, monkeypatch) -> Solution:
    folder = tmp_path / "solution_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "parts.py").write_text(
        "from perdure.kernel.config import Settings\n"
        "class Parameters(Settings):\n"
        "    cases: dict[str, int] = {}\n"
        "    size: int = 1\n"
        "TABLES = ()\n"
    )
    (folder / "defaults.yaml").write_text("size: 2\ncases: {VOLTAREN: 1, LOTEMAX: 2}\n")
    monkeypatch.syspath_prepend(tmp_path)
    name = "solution_of_a_test.parts"
    return Solution(
        "demo", "Demo", "?", "000", "rules", "npi", settings=f"{name}:Parameters",
        tables=f"{name}:TABLES",
    )  # fmt: skip


def test_settings_come_in_layers(tmp_path, solution):
    project = Project.create(tmp_path / "clinic")
    assert project.settings(solution).size == 2
    (project.root / "conf/base/demo.yaml").write_text("size: 3\n")
    assert project.settings(solution).size == 3
    (project.root / "conf/local/demo.yaml").write_text("size: 4\n")
    told = project.explained_settings(solution)
    assert told.value.size == 4
    assert told.origins[("size",)].startswith("conf/local/demo.yaml:1:")
    assert project.contracts(solution) == {}


def test_cases_are_found_whatever_their_case(tmp_path, solution):
    project = Project.create(tmp_path / "clinic")
    assert project.cases(solution) == ("VOLTAREN", "LOTEMAX")
    assert project.case(solution, "voltaren") == "VOLTAREN"
    with pytest.raises(UsageError, match="did you mean 'VOLTAREN'"):
        project.case(solution, "VOLTARAN")
    with pytest.raises(UsageError, match="name one"):
        project.case(solution)


def test_a_solution_without_cases_has_one(tmp_path, solution):
    project = Project.create(tmp_path / "clinic")
    (project.root / "conf/base/demo.yaml").write_text("cases: {VOLTAREN: null, LOTEMAX: null}\n")
    assert project.case(solution) == "default"
    assert Path(project.root / "var").is_dir()
