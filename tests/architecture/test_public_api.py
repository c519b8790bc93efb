"""The public names: few, pinned, documented."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import griffe
import pytest
from tools.public_api import SNAPSHOT, described, difference, exported
from tools.reference.python_api import each_module, package, public_members

import perdure

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "perdure"


def test_the_public_names_are_few_and_all_there() -> None:
    assert len(perdure.__all__) <= 12
    assert sorted(perdure.__all__) == list(perdure.__all__)
    for name in perdure.__all__:
        assert getattr(perdure, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        perdure.no_such_name  # noqa: B018  reading the name is the test


def test_type_checkers_see_the_same_names() -> None:
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    imported = {
        (f"{node.module}", alias.name)
        for node in ast.walk(stub)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    places = {(f"perdure.{place}", name) for name, place in perdure._PLACES.items()}
    assert imported == places
    assert {name for _place, name in imported} | {"__version__"} == set(perdure.__all__)


def test_the_interface_is_the_pinned_one() -> None:
    advice = "look at the difference, then: python -m tools.public_api --write"
    assert not difference(), advice


def test_the_snapshot_is_about_everything_public() -> None:
    lines = described()
    assert set(exported()) == set(perdure.__all__) - {"__version__"}
    assert all(any(line.startswith(f"perdure.{name}: ") for line in lines) for name in exported())
    assert any(line.startswith("perdure.methods.") for line in lines)
    assert SNAPSHOT.read_text().splitlines() == lines


def test_every_public_name_says_what_it_answers() -> None:
    modules = list(each_module(package()))
    named = [member for module in modules for member in public_members(module)]
    methods = [
        m for found in named if isinstance(found, griffe.Class) for m in public_members(found)
    ]
    documented: list[griffe.Object] = [*modules, *named, *methods]
    assert not [m.path for m in documented if m.docstring is None or not m.docstring.value.strip()]


def test_the_version_is_said_twice_and_equally() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == perdure.__version__
