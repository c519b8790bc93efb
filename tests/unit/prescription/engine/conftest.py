"""A tiny practice, and an engine that learned from it."""

from datetime import timedelta

import numpy as np
import pytest

from perdure.methods.recommend.ranker import RankerSettings
from perdure.solutions.prescription.engine import files
from perdure.solutions.prescription.engine.desk import Desk, histories_of
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.parts import fit_parts
from perdure.solutions.prescription.engine.stack import StackSettings, fit_stack
from perdure.solutions.prescription.sample.world import PrescriptionWorld
from perdure.solutions.prescription.training.material import read_material

VISITS, FREE = 420, 12


class Tables:
    """The world's tables, to be read by name."""

    def __init__(self, tables):
        self._tables = tables

    def read(self, name):
        return self._tables[name]


@pytest.fixture(scope="session")
def world():
    return PrescriptionWorld(seed=3, visits=VISITS)


@pytest.fixture(scope="session")
def material(world):
    return read_material(Tables(world.tables(world.horizon)), (), FREE)


@pytest.fixture(scope="session")
def engine(material):
    """Counted on most visits, ranked on the others, and as it comes back from its files."""
    early, late = np.arange(300), np.arange(300, VISITS)
    parts = fit_parts(material.visits.take(early), material.terms, material.months(300),
                      fields=SERVED)  # fmt: skip
    chosen = StackSettings(VISITS, 0, RankerSettings(rounds=12, leaves=15, rate=0.2, least=10))
    rankers = {n: fit_stack(parts, material.visits, late, n, chosen) for n in SERVED}
    return files.from_files(files.to_files(Engine(parts, rankers)))


@pytest.fixture
def desk(engine, material):
    return Desk(engine, histories_of(material.visits, material.doctors))


@pytest.fixture(scope="session")
def months(material):
    return material.months(VISITS - 1) + 0.1


@pytest.fixture(scope="session")
def written(world):
    """A prescription with complaints, diagnoses and medicines."""
    found = world.desk(60, world.horizon - timedelta(days=1))
    return next(one for one in found if all(map(one.of, ("complaint", "diagnosis", "medicine"))))
