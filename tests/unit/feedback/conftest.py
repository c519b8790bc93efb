"""A project whose store is made once and copied for each test."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.platform.storage.project import Project

AT = datetime(2026, 3, 1, 6)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    project = Project.create(tmp_path_factory.mktemp("template") / "clinic")
    project.ops.migrate()
    project.ops.close()
    return project.root


@pytest.fixture
def project(empty_store, tmp_path):
    shutil.copytree(empty_store, tmp_path / "clinic")
    made = Project.create(tmp_path / "clinic", clock=FixedClock(AT))
    yield made
    made.ops.close()
