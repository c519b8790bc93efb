"""Shared-patient files: hop teaming with a header, and the older CMS file without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import SHARED_PATIENTS

NEEDS_YEAR = True
MAIN = "shared_patients"
FIELDS = (
    Field("from_npi", ("from_npi", "npi_from"), needed=True),
    Field("to_npi", ("to_npi", "npi_to"), needed=True),
    Field("patients", ("patient_count", "patients", "bene_count"), needed=True),
)
_PLACES = {"from_npi": 0, "to_npi": 1, "patients": 3}


def recognises(header: Sequence[str]) -> bool:
    """Whether the file lists pairs of providers (older files: five numbers, no header)."""
    return present(header, FIELDS) or _is_bare(header)


def read(
    path: Path,
    settings: ConversionSettings,
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, Iterator[pa.Table], str]]:
    """The table ``shared_patients``, dated by the end of the file's year."""
    yield MAIN, _rows(path, settings, progress, refusals or Refusals(path.name)), path.name


def _rows(
    path: Path, settings: ConversionSettings, progress: Progress, refusals: Refusals
) -> Iterator[pa.Table]:
    head = files.header(path)
    bare = _is_bare(head)
    wanted = _PLACES if bare else columns(head, FIELDS, path.name)
    year = values.year_of(path, settings.imports.year)
    done = 0
    for frame in files.batches(path, wanted, refusals, headless=bare):
        done += frame.height
        progress.step(f"{path.name}: pairs", done)
        dated = frame.with_columns(*values.year_end(pl.lit(year), settings.imports.lag_months))
        yield values.as_table(SHARED_PATIENTS, dated)


def _is_bare(header: Sequence[str]) -> bool:
    npis = [name.strip() for name in header[:2]]
    return len(header) == 5 and all(len(n) == 10 and n.isdigit() for n in npis)
