"""A tiny solution that lives in this folder: tables, features, label, settings, champion."""

import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.platform.storage.project import Project

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Path:
    """A project with tables, features at one date, and a champion."""
    from inference_made import fill

    project = Project.create(
        tmp_path_factory.mktemp("filled") / "p", clock=FixedClock(datetime(2026, 1, 1))
    )
    fill(project)
    project.ops.close()
    return project.root


@pytest.fixture
def project(filled, tmp_path):
    shutil.copytree(filled, tmp_path / "p")
    made = Project.create(tmp_path / "p", clock=FixedClock(datetime(2026, 2, 1)))
    yield made
    made.ops.close()
