"""The service that the handlers are given."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fakes():
    place = Path(__file__).parents[2] / "fake_prescription_service.py"
    spec = importlib.util.spec_from_file_location("fake_prescription_service", place)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def service(fakes):
    return fakes.FakeService()
