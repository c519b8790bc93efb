"""A project with tables and a champion, made once and copied for each test."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.platform.storage.project import Project

sys.path.insert(0, str(Path(__file__).parent))


def copied(root: Path, tmp_path: Path, name: str) -> Project:
    from monitoring_made import NOW

    shutil.copytree(root, tmp_path / name)
    return Project.create(tmp_path / name, clock=FixedClock(NOW))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    project = Project.create(tmp_path_factory.mktemp("template") / "clinic")
    project.ops.migrate()
    project.ops.close()
    return project.root


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory) -> Path:
    from monitoring_made import fill, promote

    project = Project.create(tmp_path_factory.mktemp("filled") / "clinic")
    fill(project)
    promote(project)
    project.ops.close()
    return project.root


@pytest.fixture
def project(empty_store, tmp_path):
    made = copied(empty_store, tmp_path, "clinic")
    yield made
    made.ops.close()


@pytest.fixture
def watched(filled_store, tmp_path):
    made = copied(filled_store, tmp_path, "watched")
    yield made
    made.ops.close()
