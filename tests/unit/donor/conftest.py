"""Settings, a project, and the real data of the donor tests."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.config import load_settings
from perdure.platform.storage.project import Project
from perdure.solutions import donor
from perdure.solutions.donor.settings import DonorSettings

sys.path.insert(0, str(Path(__file__).parent))

AT = datetime(2026, 3, 1, 12)


@pytest.fixture(scope="session")
def settings() -> DonorSettings:
    defaults = Path(donor.__file__).parent / "defaults.yaml"
    return load_settings(DonorSettings, "donor", [defaults], {}).value


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "service", clock=FixedClock(AT))
    yield made
    made.ops.close()


@pytest.fixture(scope="session")
def transfusion() -> Path:
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else Path(__file__).parents[4] / "shared" / "data"
    path = root / "donor" / "transfusion.data"
    if not path.is_file():
        pytest.skip(f"NO REAL DATA at {path}: set PERDURE_SHARED_DATA to run these tests")
    return path
