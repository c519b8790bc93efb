"""Makes the toys installed plug-ins for one test, also for the processes that it starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def plug_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put beside the toy what an installer would, and let Python find both."""
    told = folder / "toy_shop-0.1.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-shop\nVersion: 0.1\n")
    (told / "entry_points.txt").write_text(
        "[perdure.solutions]\nshop = toy_shop.solution:SOLUTION\n"
    )
    for place in (HERE, folder):
        monkeypatch.syspath_prepend(place)
    kept = os.environ.get("PYTHONPATH")
    paths = [str(HERE), str(folder), *([kept] if kept else [])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
