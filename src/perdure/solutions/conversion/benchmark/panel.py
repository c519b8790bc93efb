"""The panel protocol: features of one year, outcomes of the next, whole states held out in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from perdure.kernel.evidence import BenchReport, Measured, Verdict
from perdure.kernel.progress import SILENT, Progress
from perdure.solutions.conversion.benchmark.cases import measure_case
from perdure.solutions.conversion.benchmark.cold_start import cold_start
from perdure.solutions.conversion.benchmark.leak import leaked
from perdure.solutions.conversion.benchmark.material import (
    CaseMaterial,
    Material,
    gather,
    outcome_files,
)
from perdure.solutions.conversion.importers import files
from perdure.solutions.conversion.importers.fields import columns
from perdure.solutions.conversion.importers.panel import FIELDS, OUTCOME_FIELDS

LEAK = "leak"


def run_panel(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """Every brand of the panel at the path.

    ``leak``: also add a column of the outcome year and let the gate judge that.
    ``case``: only this brand (others still serve the cold start).
    """
    material = gather(path, progress)
    cases = [material.case(name) for name in material.settings.cases]
    wanted = [c for c in cases if options.get("case", c.name).casefold() == c.name.casefold()]
    report = BenchReport("conversion", _what_was_read(material))
    for case in wanted:
        measured = measure_case(case)
        report.rows += measured.rows
        report.verdicts += measured.verdicts
        if options.get(LEAK, "false") != "false":
            rows, verdicts = leaked(case)
            report.rows += rows
            report.verdicts += verdicts
    report.rows += _of(wanted, cold_start(cases))
    report.verdicts += same_labels(path, cases)
    return report


def _of(cases: Iterable[CaseMaterial], rows: Iterable[Measured]) -> list[Measured]:
    names = {case.name for case in cases}
    return [row for row in rows if row.case in names]


def same_labels(path: Path, cases: Iterable[CaseMaterial]) -> list[Verdict]:
    """Whether the label contract says what the file's own outcomes say, row by row."""
    theirs = [
        frame.drop_nulls("converted")
        for file in outcome_files(path)
        for frame in files.batches(
            file, columns(files.header(file), (*FIELDS[:4], *OUTCOME_FIELDS), file.name)
        )
        if "converted" in frame.columns
    ]
    if not theirs:
        return []
    ours = [
        pl.DataFrame(case.labels).select(
            pl.lit(case.name).alias("brand"),
            pl.col("entity").alias("npi"),
            pl.col("at").dt.year().cast(pl.String).alias("year"),
            pl.col("label").fill_null(-1).cast(pl.String),
        )
        for case in cases
    ]
    both = pl.concat(theirs).join(pl.concat(ours), on=["brand", "npi", "year"], how="left")
    different = both.filter(pl.col("converted").ne_missing(pl.col("label"))).height
    return [
        Verdict(
            "labels equal the file's own outcomes",
            "0 rows differ",
            f"{different:,} of {both.height:,} rows differ",
            holds=different == 0,
        )
    ]


def _what_was_read(material: Material) -> dict[str, object]:
    settings = material.settings
    return {
        "files": [path.name for path in material.sources],
        "rows": {name: table.num_rows for name, table in material.tables.items()},
        "index_dates": [f"{at:%Y-%m-%d}" for at in material.index_dates],
        "brands": {name: case.market for name, case in settings.cases.items()},
        "converted_from": settings.label.minimum_volume,
        "protocol": "features of one year, outcome of the next, states held out in turn",
        "lag": "a year's file counts as known at its end; officially it is out 17 months later",
    }
