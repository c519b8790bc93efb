"""A made-up practice: each complaint has its own diagnosis, medicine, test and advice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

YEARS = (2006, 2007, 2008)
KINDS = 12


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of visits, items and names, in the form of the benchmark."""
    folder = tmp_path_factory.mktemp("practice")
    rng = np.random.default_rng(0)
    visits, items = [], []
    for number in range(600):
        year = YEARS[number % 3]
        visit, doctor = year * 1000 + number, f"{year}-{number % 15}"
        visits.append((visit, year, 1 + number % 12, doctor, number, 40, 1 + number % 2, "GP"))
        kind = int(rng.integers(KINDS))
        molecule = f"m{kind:02}"
        items += [
            (visit, "complaint", f"c{kind:02}", None, None),
            (visit, "diagnosis", f"d{kind:02}", None, None),
            (visit, "medicine", f"b{kind:02}", molecule, 1),
            (visit, "medicine", f"b{(kind + 1) % KINDS:02}", f"m{(kind + 1) % KINDS:02}", 2),
            (visit, "lab", f"l{kind % 3}", None, None),
            (visit, "advice", f"a{kind % 2}", None, None),
        ]
    listed = ["visit_id", "year", "month", "doctor", "seq", "age", "sex", "specialty"]
    entered = ["visit_id", "field", "code", "molecule", "status"]
    pl.DataFrame(visits, schema=listed, orient="row").write_parquet(folder / "visits.parquet")
    pl.DataFrame(items, schema=entered, orient="row").write_parquet(folder / "items.parquet")
    _names().write_parquet(folder / "names.parquet")
    return folder


def _names() -> pl.DataFrame:
    words = ("aching", "burning", "cold", "dry", "early", "faint", "great", "heavy", "itching")
    words = (*words, "jumping", "keen", "lasting")
    rows = [("complaint", f"c{i:02}", f"Pain, {word}") for i, word in enumerate(words)]
    rows += [("diagnosis_icd9", f"d{i:02}", f"Disease of {word} kind") for i, word in
             enumerate(words)]  # fmt: skip
    rows += [("brand", f"b{i:02}", f"{word}ol") for i, word in enumerate(words)]
    return pl.DataFrame(rows, schema=["field", "code", "name"], orient="row")
