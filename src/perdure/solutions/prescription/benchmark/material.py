"""The files of a benchmark folder as visits: ``visits``, ``items``, ``names`` in Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perdure.kernel.errors import ContractError, UsageError
from perdure.methods.recommend.membership import Ints
from perdure.solutions.prescription.engine.encoding import encode, learn_vocabulary
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "visits": ("visit_id", "year", "month", "doctor", "seq", "age", "sex", "specialty"),
    "items": ("visit_id", "field", "code", "molecule", "status"),
    "names": ("field", "code", "name"),
}
NEW = 1
"""Status of a medicine that is new to the patient; anything else is continued or not known."""


@dataclass(frozen=True, slots=True)
class Material:
    """All visits of the years asked for, oldest first, and the year of each."""

    visits: Visits
    terms: Vocabulary
    year: Ints
    files: tuple[str, ...]


def read_material(folder: Path, years: Sequence[int]) -> Material:
    """The visits of ``years``. Raises UsageError or ContractError naming what is missing."""
    tables = {name: _table(folder, name) for name in _NEEDED}
    listed = _visits(tables["visits"], years)
    entries = _entries(tables["items"], listed)
    terms = learn_vocabulary(listed, entries, _names(tables["names"]))
    return Material(
        encode(listed, entries, terms), terms, listed["year"].to_numpy(),
        tuple(f"{name}.parquet" for name in _NEEDED),
    )  # fmt: skip


def read_names(folder: Path, terms: Vocabulary) -> dict[str, list[str]]:
    """The names of all terms by field, in the order of their numbers; without a name, the code."""
    known = _names(_table(folder, "names"))
    return {
        field: [known.get(field, {}).get(code) or code for code in codes]
        for field, codes in terms.terms.items()
    }


def _table(folder: Path, name: str) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise UsageError(f"no {path.name} in {folder}", hint=f"columns: {', '.join(_NEEDED[name])}")
    try:
        found = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ContractError(f"{path.name} is no Parquet file", where=str(path)) from error
    absent = [column for column in _NEEDED[name] if column not in found.columns]
    if absent:
        raise ContractError(f"{path.name} has no column {', '.join(absent)}", where=str(path))
    return found


def _visits(table: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame:
    found = table.filter(pl.col("year").is_in(list(years)))
    absent = sorted(set(years) - set(found["year"].unique().to_list()))
    if absent:
        raise UsageError(f"no visits of {', '.join(map(str, absent))}")
    return found.sort("year", "month", "doctor", "seq", "visit_id").select(
        pl.col("visit_id").alias("visit"),
        pl.col("doctor").rank("dense").cast(pl.Int64).alias("doctor"),
        "specialty", "age", "sex", "year",
        (pl.col("year") * 12 + pl.col("month") - 1).alias("months"),
        pl.col("seq").alias("order"),
    )  # fmt: skip


def _entries(table: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    found = table.join(visits, left_on="visit_id", right_on="visit", how="semi")
    return found.select(
        pl.col("visit_id").alias("visit"), "field", "code", "molecule",
        (pl.col("status") == NEW).fill_null(value=False).alias("new"),
    )  # fmt: skip


def _names(table: pl.DataFrame) -> dict[str, dict[str, str]]:
    """The name of each code; diagnoses of several editions share a field."""
    found: dict[str, dict[str, str]] = {}
    for field, code, name in table.select("field", "code", "name").iter_rows():
        found.setdefault(field.partition("_")[0], {}).setdefault(code, name or "")
    return found
