"""NAMCS office visits in their tidy form: ``visits``, ``items`` and ``names`` in Parquet.

Weighted totals by year are the importer's proof: 902.0, 994.3, 956.0 and 1,037.8 million visits
for 2006 to 2009 and 883.7 for 2016, as the National Center for Health Statistics publishes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.errors import ContractError, UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.solutions.prescription.engine.frames import SEX_NAMES
from perdure.solutions.prescription.settings import PrescriptionSettings

FILES = ("visits", "items", "names")
_STATUS = {1: "new", 2: "continued"}


def read(
    path: Path,
    settings: PrescriptionSettings,  # noqa: ARG001 - the form of every importer
    progress: Progress = SILENT,
) -> Iterator[tuple[str, pa.Table, str]]:
    """(table, rows, source) of the folder's files. Raises UsageError naming what is missing."""
    absent = [f"{name}.parquet" for name in FILES if not (path / f"{name}.parquet").is_file()]
    if absent:
        raise UsageError(f"{path} holds no {', '.join(absent)}", expected="a folder of three files")
    found = {name: _table(path / f"{name}.parquet") for name in FILES}
    progress.step(f"{found['visits'].height:,} visits")
    visits = _visits(found["visits"])
    yield "prescription_visit", visits.to_arrow(), "visits.parquet"
    when = visits.select("visit", "event_time", "known_at")
    yield "prescription_entry", _entries(found["items"], when).to_arrow(), "items.parquet"
    yield "prescription_term", _terms(found["names"], found["items"]).to_arrow(), "names.parquet"


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ContractError(f"{path.name} is no Parquet file", where=str(path)) from error


def _visits(table: pl.DataFrame) -> pl.DataFrame:
    """Files tell year and month only; a visit is dated to the first of its month."""
    day = pl.datetime(pl.col("year"), pl.col("month"), 1)
    return table.select(
        pl.col("visit_id").cast(pl.String).alias("visit"),
        day.alias("event_time"), day.alias("known_at"), "doctor",
        pl.col("seq").alias("sequence"), pl.col("specialty").cast(pl.String), "age",
        pl.col("sex").replace_strict(
            SEX_NAMES, default="unknown", return_dtype=pl.String
        ).alias("sex"),
        pl.lit(None, pl.String).alias("notes"),
    )  # fmt: skip


def _entries(items: pl.DataFrame, when: pl.DataFrame) -> pl.DataFrame:
    told = items.with_columns(
        pl.col("visit_id").cast(pl.String).alias("visit"),
        pl.col("status").cast(pl.Int64).replace_strict(
            _STATUS, default="unknown", return_dtype=pl.String
        ).alias("status"),
    )  # fmt: skip
    return told.join(when, on="visit").select(
        "visit", "event_time", "known_at", "field", pl.col("pos").alias("position"), "code",
        "molecule", pl.when(pl.col("field") == "medicine").then("status").alias("status"),
    )  # fmt: skip


def _terms(names: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Names of codes; diagnoses of two editions share a field, the first name of a code counts."""
    molecules = (
        items.filter(pl.col("field") == "medicine")
        .group_by("code", "molecule").len().sort("len", "molecule")
        .group_by("code", maintain_order=True).last().select("code", "molecule")
    )  # fmt: skip
    field = pl.col("field").str.replace("_icd.*$", "").replace("brand", "medicine")
    told = names.with_columns(field.alias("field")).filter(pl.col("field") != "specialty")
    known = pl.datetime(2000, 1, 1)
    return (
        told.unique(["field", "code"], keep="first", maintain_order=True)
        .join(molecules, on="code", how="left")
        .select(
            "field", "code", known.alias("event_time"), known.alias("known_at"),
            pl.col("name").fill_null(pl.col("code")), pl.lit(None, pl.String).alias("simple_names"),
            pl.when(pl.col("field") == "medicine").then("molecule").alias("molecule"),
            pl.lit(None, pl.String).alias("alias_of"),
        )
    )  # fmt: skip
