"""Lets the tests of this folder import what they share, and trains one candidate for all."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def candidate():
    from training_made import train, world

    return train(world())
