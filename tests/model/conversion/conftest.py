"""Shares what the unit tests of conversion have made up."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "conversion"))


@pytest.fixture(scope="session")
def real_cms() -> Path:
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else ROOT.parent / "shared" / "data"
    if not (root / "cms").is_dir():
        pytest.skip(f"NO REAL DATA at {root}: set PERDURE_SHARED_DATA to run these tests")
    return root / "cms"
