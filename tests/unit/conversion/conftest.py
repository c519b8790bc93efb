"""Settings, a small sample world, and the folder of real files when it is there."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from conversion_made import settings_of

from perdure.solutions.conversion.sample.world import sample

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def yearly():
    return settings_of("cms")


@pytest.fixture(scope="session")
def monthly():
    return settings_of("sample")


@pytest.fixture(scope="session")
def world():
    return sample(seed=3, size=1500)


@pytest.fixture(scope="session")
def real_cms() -> Path:
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else ROOT.parent / "shared" / "data"
    if not (root / "cms").is_dir():
        pytest.skip(f"NO REAL DATA at {root}: set PERDURE_SHARED_DATA to run these tests")
    return root / "cms"
