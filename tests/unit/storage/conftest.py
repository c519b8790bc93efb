"""A small project, one contract with every kind of column, and files written on the spot."""

from __future__ import annotations

import gzip
import os
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.tables import Column, RowRule, TableContract
from perdure.platform.storage.project import Project

VISITS = TableContract(
    "visits",
    "who was visited, and what it cost",
    (
        Column("npi", "string", "the physician", pattern=r"\d{10}", synonyms=("NPI Number",)),
        Column("event_time", "timestamp", "when", synonyms=("date_of_visit",)),
        Column("known_at", "timestamp", "since when known"),
        Column("visits", "integer", "how many", minimum=0, maximum=1000),
        Column("cost", "number", "what it cost", unit="usd", nullable=True, minimum=0),
        Column("channel", "string", "how", nullable=True, allowed=("visit", "mail")),
        Column("paid", "boolean", "whether paid", nullable=True),
    ),
    keys=("npi", "event_time"),
    rules=(RowRule("known-before", "known_at >= event_time", "known before it happened"),),
)
HEADER = "npi,event_time,known_at,visits,cost,channel,paid"
GOOD = "1000000001,2026-01-01,2026-01-02,3,12.5,visit,true"


@pytest.fixture(scope="session")
def contract() -> TableContract:
    return VISITS


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "project", clock=FixedClock(datetime(2026, 3, 1)))
    yield made
    made.ops.close()


@pytest.fixture
def write(tmp_path):
    """Writes text or bytes to a file of that name; ``.gz`` is packed."""

    def writes(text: str | bytes, name: str = "visits.csv") -> Path:
        data = text.encode() if isinstance(text, str) else text
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return writes


@pytest.fixture(scope="session")
def table():
    """CSV text of the contract's columns with these rows."""
    return lambda *rows, header=HEADER: "\n".join((header, *rows)) + "\n"


@pytest.fixture(scope="session")
def good():
    """A row that keeps every rule, for physician number n."""
    return lambda n=1, visits=3: GOOD.replace("0001,", f"{n:04d},", 1).replace(",3,", f",{visits},")


@pytest.fixture(scope="session")
def real_data() -> Path:
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else Path(__file__).parents[4] / "shared" / "data"
    if not (root / "cms").is_dir():
        pytest.skip(f"NO REAL DATA at {root}: set PERDURE_SHARED_DATA to run these tests")
    return root
