"""UCI transfusion (data set 176, I-Cheng Yeh, CC BY 4.0) as it is: ``transfusion.data``.

A row is a donor of the Hsin-Chu blood service: Recency (months since the last donation),
Frequency (donations), Monetary (blood in c.c., 250 a donation), Time (months since the FIRST
donation, not since the last contact), and whether a donation followed in March 2007. Headers
differ between copies (units, case, the long name of the class, none at all).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.clock import add_months
from perdure.kernel.errors import ContractError, UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.contracts import split
from perdure.platform.storage.headers import match
from perdure.platform.storage.readers import open_rows
from perdure.platform.storage.refusals import Refusals, Screened
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import RFMT

COLUMNS = ("recency_months", "frequency", "monetary_ml", "time_months", "donated")
"""The order of the columns in a file without a header."""
_FILLED = ("donor", "event_time", "known_at")
_SUFFIXES = (".data", ".csv", ".txt", ".tsv", ".parquet")


def read(
    path: Path, settings: DonorSettings, progress: Progress = SILENT
) -> Iterator[tuple[str, Screened, str]]:
    """The table ``donor_rfmt`` of a file, or of the one such file in a folder.

    The donor is the number of the row, unless the file names donors. The values are handed on as
    they are written: those that break the contract go into quarantine with the rule they broke.
    """
    file = find(path)
    refusals = Refusals(file.name)
    frame = _frame(file, settings, refusals)
    progress.step(f"{file.name}: {frame.height:,} donors")
    yield RFMT.name, Screened(_arrow(frame), refusals), file.name


def read_frame(path: Path, settings: DonorSettings, *, labelled: bool = False) -> pl.DataFrame:
    """The same rows as numbers, for a benchmark: any row that breaks the contract is an error.

    ``labelled``: so is a row that does not say whether a donation followed.
    """
    file = find(path)
    refusals = Refusals(file.name)
    frame = _frame(file, settings, refusals).with_row_index("_line", 2)
    if refusals.total():
        raise ContractError("a line is no row", where=file.name, expected="4 or 5 numbers")
    typed = frame.with_columns(
        pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in COLUMNS
    ).with_columns(pl.col("frequency").cast(pl.Int64, strict=False))
    typed = typed.with_columns(donated=pl.col("donated") > 0)
    _, bad = split(RFMT, typed.select(RFMT.names()))
    if bad.height:
        raise ContractError(
            f"{bad.height} rows break the contract; donor {bad['donor'][0]}: {bad['_detail'][0]}",
            where=file.name,
            hint="perdure data import transfusion FILE sets such rows aside",
        )
    if labelled and (unanswered := typed["donated"].null_count()):
        raise ContractError(
            f"{unanswered} rows do not say whether a donation followed", where=file.name
        )
    return typed


def find(path: Path) -> Path:
    """The file itself, or the one RFMT file of a folder. Raises UsageError when there is none."""
    if path.is_file():
        return path
    found = [file for file in sorted(path.glob("*")) if file.name.lower().endswith(_SUFFIXES)]
    known = [file for file in found if _is_rfmt(file)]
    if len(known) != 1:
        raise UsageError(
            f"{path} holds {len(known)} RFMT files", expected="transfusion.data, or name the file"
        )
    return known[0]


def _is_rfmt(file: Path) -> bool:
    reader = open_rows(file)
    try:
        return bool(_positions(reader.header, file.name))
    except ContractError:
        return False
    finally:
        reader.close()


def _frame(file: Path, settings: DonorSettings, refusals: Refusals) -> pl.DataFrame:
    reader = open_rows(file)
    try:
        positions = _positions(reader.header, file.name)
        frames = [_first(reader.header, positions)] if _headless(reader.header) else []
        for batch in reader.batches(positions):
            refusals.unreadable(batch.broken)
            frames.append(batch.frame.select(pl.all().cast(pl.String)))
    finally:
        reader.close()
    if not frames:
        raise ContractError("the file has a header and no rows", where=file.name)
    rows = pl.concat(frames)
    refusals.read(rows.height)
    snapshot = datetime.combine(settings.imports.snapshot, time())
    absent = [pl.lit(None, pl.String).alias(n) for n in COLUMNS if n not in rows.columns]
    number = pl.int_range(1, pl.len() + 1).cast(pl.String)
    return rows.with_columns(
        *absent,
        *(() if "donor" in rows.columns else (number.alias("donor"),)),
        event_time=pl.lit(snapshot, pl.Datetime("us")),
        # Whether a donation followed is known when the month is over.
        known_at=pl.lit(add_months(snapshot, 1), pl.Datetime("us")),
    ).select(RFMT.names())


def _positions(header: Sequence[str], where: str) -> Mapping[str, int]:
    if _headless(header):
        return dict(zip(COLUMNS, range(len(header)), strict=False))
    found = match(header, RFMT, where=where, defaults=_FILLED)
    return {name: place for name, place in found.positions.items() if name not in _FILLED[1:]}


def _headless(header: Sequence[str]) -> bool:
    """Whether the first line is a row: four or five whole numbers."""
    texts = [text.strip() for text in header]
    return len(texts) in (4, 5) and all(text.lstrip("-").isdigit() for text in texts)


def _first(header: Sequence[str], positions: Mapping[str, int]) -> pl.DataFrame:
    return pl.DataFrame({name: [header[place]] for name, place in positions.items()})


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
