"""The knowledge bases and the real data of the safety tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perdure.solutions.prescription.safety.check import SafetyCheck
from perdure.solutions.prescription.safety.knowledge import bundled_files, load


@pytest.fixture(scope="session")
def knowledge():
    return load(bundled_files())


@pytest.fixture(scope="session")
def safety(knowledge):
    return SafetyCheck(knowledge)


@pytest.fixture(scope="session")
def real_data() -> Path:
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else Path(__file__).parents[5] / "shared" / "data"
    if not (root / "ddi").is_dir():
        pytest.skip(f"NO REAL DATA at {root}: set PERDURE_SHARED_DATA to run these tests")
    return root
