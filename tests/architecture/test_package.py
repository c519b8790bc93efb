"""The package that users install: complete, without tests, the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PACKAGE = ROOT / "src" / "perdure"
LEFT_OUT = {"__pycache__", ".pytest_cache"}


def build(target: Path) -> Path:
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", target]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "PIP_NO_INDEX": "1"}
    done = subprocess.run(
        [*command, ROOT], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_the_wheel_holds_everything_but_the_tests(wheel: Path) -> None:
    expected = {
        str(path.relative_to(ROOT / "src"))
        for path in PACKAGE.rglob("*")
        if path.is_file()
        and not LEFT_OUT & set(path.parts)
        and path.suffix != ".pyc"
        and not path.match("test_*.py")
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected
    assert not [name for name in held if Path(name).match("test_*.py")]


@pytest.mark.slow
def test_the_wheel_holds_what_is_no_python(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()
    for part in (
        "perdure/py.typed",
        "perdure/__init__.pyi",
        "perdure/interfaces/console/templates/",
        "perdure/interfaces/console/static/",
        "perdure/interfaces/console/vendor/",
        "perdure/platform/storage/migrations/versions/",
        "perdure/solutions/conversion/defaults.yaml",
    ):
        assert any(name.startswith(part) for name in held), part


@pytest.mark.slow
def test_the_wheel_carries_its_licences_and_its_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    assert {Path(name).name for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}
    (entry,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "perdure = perdure.interfaces.cli.main:main" in archive.read(entry).decode()


@pytest.mark.slow
def test_two_builds_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


def test_every_import_is_a_declared_dependency() -> None:
    done = subprocess.run(
        [BIN / "deptry", "src", "--known-first-party", "perdure", "--no-ansi"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_next_release_notes_can_be_written() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: towncrier asks git for the fragments")
    done = subprocess.run(
        [BIN / "towncrier", "build", "--draft", "--version", "9.9.9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9.9.9" in done.stdout


def test_the_fragments_are_of_known_types() -> None:
    known = {"feature", "bugfix", "doc", "removal", "misc"}
    fragments = [p for p in (ROOT / "changelog.d").glob("*.md") if p.name != "README.md"]
    assert all(path.name.split(".")[-2] in known for path in fragments)
    assert (ROOT / "CHANGELOG.md").read_text().count("towncrier release notes start") == 1


def test_the_default_install_stays_small() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(project["dependencies"]) <= 35
