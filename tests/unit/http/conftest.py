"""The application on the small project, called without a network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient

from perdure.interfaces.http.app import create_app


def _builder() -> ModuleType:
    place = Path(__file__).parents[2] / "console_project.py"
    spec = importlib.util.spec_from_file_location("console_project", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOKEN = "t" * 43


@pytest.fixture(scope="session")
def builder():
    return _builder()


@pytest.fixture(scope="session")
def project(builder, tmp_path_factory):
    """Shared by the tests that only read."""
    return builder.make_project(tmp_path_factory.mktemp("project") / "clinic")


@pytest.fixture
def fresh(builder, tmp_path):
    """One's own, for tests that write."""
    return builder.make_project(tmp_path / "clinic", people=40)


def client_of(project, token=None, **options):
    return TestClient(
        create_app(project, token),
        base_url="http://127.0.0.1",
        raise_server_exceptions=False,
        follow_redirects=False,
        **options,
    )


@pytest.fixture(scope="session")
def client(project):
    return client_of(project)


@pytest.fixture
def own(fresh):
    return client_of(fresh, headers={"sec-fetch-site": "same-origin"})


@pytest.fixture
def locked(project):
    """The application with a token."""
    return client_of(project, TOKEN)


@pytest.fixture
def make_client():
    return client_of
