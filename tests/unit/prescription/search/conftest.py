"""A small index, and the real search table when it is there."""

import os
from pathlib import Path

import pytest

from perdure.solutions.prescription.search.build import build_index
from perdure.solutions.prescription.search.fts import FtsIndex
from perdure.solutions.prescription.search.protocol import Term

ROOT = Path(__file__).parents[4]
TERMS = [
    Term(
        code="I10",
        name="Essential (primary) hypertension",
        kind="diagnosis",
        simple_names=("hypertension", "BP"),
        aliases=("high blood pressure",),
        popularity=90,
    ),
    Term("I15.1", "Hypertension secondary to other renal disorders", "diagnosis", (), (), 1),
    Term("E11.9", "Type 2 diabetes mellitus", "diagnosis", ("DM",), (), 80),
    Term("E10.9", "Type 1 diabetes mellitus", "diagnosis", (), (), 20),
    Term("J45.909", "Unspecified asthma, uncomplicated", "diagnosis", (), ("asthma",), 40),
    Term("G43.909", "Migraine, unspecified", "diagnosis", (), (), 30),
    Term("A69.20", "Lyme disease, unspecified", "diagnosis", (), ("erythema migrans",), 50),
    Term("B16.9", "Acute hepatitis B", "diagnosis", (), (), 5),
    Term("B15.9", "Acute hepatitis A", "diagnosis", (), (), 6),
    Term("dolo", "Dolo", "medicine", (), ("paracetamol",), 9),
    Term("fever", "Fever", "complaint", (), ("pyrexia",), 9),
]  # fmt: skip


@pytest.fixture
def index(tmp_path) -> FtsIndex:
    built = build_index(tmp_path / "terms.index", TERMS)
    return FtsIndex(built.path, tmp_path / "additions")


@pytest.fixture(scope="session")
def real_icd10() -> Path:
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else ROOT.parent / "shared" / "data"
    if not (root / "icd10").is_dir():
        pytest.skip(f"NO REAL DATA at {root}: set PERDURE_SHARED_DATA to run these tests")
    return root / "icd10" / "icd10cm_search.parquet"
