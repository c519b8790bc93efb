"""CMS Medicare Part D Prescribers by Provider and Drug, names since 2021 and before.

Rows under 11 claims are not in the file: a missing row means 0 to 10, which nobody can tell
apart. ``Tot_Benes`` is blank for 1 to 10 patients. Refills are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.tables import LINE
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, prescribers, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.importers.markets import market_rows
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import CLAIMS, PHYSICIAN

NEEDS_YEAR = True
MAIN = "claims"
VISIBLE_FROM = 11
"""Smallest count that the file shows."""

FIELDS = (
    *prescribers.WHO,
    Field("brand", ("brnd_name", "drug_name"), needed=True),
    Field("molecule", ("gnrc_name", "generic_name"), needed=True),
    Field("claims", ("tot_clms", "total_claim_count"), needed=True),
    Field("patients", ("tot_benes", "bene_count")),
    Field("cost", ("tot_drug_cst", "total_drug_cost")),
    Field("days_supply", ("tot_day_suply", "total_day_supply")),
)


def recognises(header: Sequence[str]) -> bool:
    """Whether the file has a prescriber, a drug and a count of claims."""
    return present(header, FIELDS)


def read(
    path: Path,
    settings: ConversionSettings,
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, Iterator[pa.Table], str]]:
    """The tables ``physician`` (who wrote in a listed market) and ``claims`` (what).

    Without ``imports.markets`` nothing is read: all drugs of the country are no market.
    """
    if not settings.imports.markets:
        progress.remark(f"{path.name}: left out, imports.markets names no drugs")
        return
    yield "physician", _physicians(path, settings), path.name
    told = refusals or Refusals(path.name)
    yield "claims", _claims(path, settings, progress, told), path.name


def _claims(
    path: Path, settings: ConversionSettings, progress: Progress, refusals: Refusals
) -> Iterator[pa.Table]:
    done = kept = 0
    for frame in _frames(path, settings, refusals):
        rows = _in_markets(frame, settings)
        # One row may be in several markets: it is taken once.
        refusals.pass_over("other markets", frame.height - rows[LINE].n_unique())
        done, kept = done + frame.height, kept + rows.height
        progress.step(f"{path.name}: {kept:,} rows of the listed markets", done)
        yield values.as_table(
            CLAIMS, rows.with_columns(values.number("claims").is_null().alias("suppressed"))
        )


def _physicians(path: Path, settings: ConversionSettings) -> Iterator[pa.Table]:
    for frame in _frames(path, settings, Refusals(path.name)):
        yield values.as_table(PHYSICIAN, prescribers.once(_in_markets(frame, settings)))


def _in_markets(frame: pl.DataFrame, settings: ConversionSettings) -> pl.DataFrame:
    return market_rows(frame, settings.imports.markets)


def _frames(path: Path, settings: ConversionSettings, refusals: Refusals) -> Iterator[pl.DataFrame]:
    year = values.year_of(path, settings.imports.year)
    wanted = columns(files.header(path), FIELDS, path.name)
    for frame in files.batches(path, wanted, refusals):
        chosen = prescribers.selected(prescribers.texts(frame), settings.imports, refusals)
        yield prescribers.years(chosen, year, settings.imports.lag_months)
