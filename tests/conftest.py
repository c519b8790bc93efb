"""Settings of all tests: on a CI machine, property tests draw the same examples every time."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("laptop", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")


@pytest.fixture
def toy_shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The toy recommender as an installed plug-in; gives the name of its solution."""
    place = Path(__file__).parent / "toys" / "plugged.py"
    spec = importlib.util.spec_from_file_location("plugged", place)
    plugged = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugged)
    plugged.plug_in(monkeypatch, tmp_path / "installed")
    return "shop"
