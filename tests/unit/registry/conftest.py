"""A project whose store is made once and copied for each test; shared candidates by import."""

import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.project import Project

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    project = Project.create(tmp_path_factory.mktemp("template") / "p")
    project.ops.migrate()
    project.ops.close()
    return project.root


@pytest.fixture
def project(empty_store, tmp_path):
    shutil.copytree(empty_store, tmp_path / "p")
    made = Project.create(tmp_path / "p", clock=FixedClock(datetime(2026, 1, 1)))
    yield made
    made.ops.close()


@pytest.fixture
def registry(project) -> Registry:
    return Registry(project)
