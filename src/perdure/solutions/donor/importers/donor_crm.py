"""A donor CRM's export: a file for each kind of event, or one file of events of all kinds.

Files are told by their names (donations, contacts, responses, consents, deferrals, haemoglobin,
donors), else by their columns. In one file of events the column ``event`` names the kind. Columns
may go by the synonyms of the contracts. A row that breaks a rule is set aside with its reason; a
consent or a deferral that cannot be read stops the import, because passing it over would let the
donor be contacted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl

from perdure.kernel.clock import SystemClock
from perdure.kernel.errors import ContractError, UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.tables import LINE, TableContract
from perdure.platform.storage.headers import match, plain
from perdure.platform.storage.readers import open_rows
from perdure.platform.storage.refusals import Refusals, Screened
from perdure.solutions.donor.importers.crm_checks import with_contact_times, without_twins
from perdure.solutions.donor.importers.crm_protection import refuse_protecting
from perdure.solutions.donor.importers.crm_rows import MADE, Taken, taken
from perdure.solutions.donor.importers.crm_words import table_of_event, table_of_name
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import RFMT, TABLES

_BY_NAME = {contract.name: contract for contract in TABLES if contract is not RFMT}
_EVENT_COLUMNS = ("event", "event_type", "event_kind")
_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".parquet", ".arrow", ".feather")


def read(
    path: Path, settings: DonorSettings, progress: Progress = SILENT
) -> Iterator[tuple[str, Screened, str]]:
    """(table, rows, source) of every file. Raises UsageError for a folder without any."""
    parts = [part for file in _files(path) for part in _parts(file, settings, progress)]
    if not parts:
        raise UsageError(f"{path} holds no file of donor events", expected=", ".join(_BY_NAME))
    for part in parts:
        whole = without_twins(with_contact_times(part, parts))
        rows = whole.rows.select(whole.contract.names())
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        yield whole.contract.name, Screened(table, whole.refusals), whole.source


def _files(path: Path) -> list[Path]:
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return [file for file in found if file.is_file() and file.name.lower().endswith(_SUFFIXES)]


def _parts(file: Path, settings: DonorSettings, progress: Progress) -> Iterator[Taken]:
    """What a file holds: one table, or several by the kind of event."""
    refusals = Refusals(file.name)
    frame = _frame(file, refusals)
    progress.step(f"{file.name}: {frame.height:,} rows")
    lag, as_of = settings.imports.lag_days, _as_of(settings)
    event = next((n for n in frame.columns if plain(n) in _EVENT_COLUMNS), None)
    if event is None:
        contract = _contract(file, [n for n in frame.columns if n != LINE])
        yield taken(contract, frame, file.name, refusals, lag_days=lag, as_of=as_of)
        return
    kinds = frame.with_columns(_table=table_of_event(event))
    strange = kinds.filter(pl.col("_table").is_null())
    if strange.height == kinds.height:
        raise ContractError(f"column '{event}' names no kind of event", where=file.name)
    refuse_protecting(strange, event, file.name)
    refusals.read(strange.height)
    refusals.refuse(strange, "unknown-event", f"{event} names no kind of event", frame.columns)
    known = kinds.filter(pl.col("_table").is_not_null())
    for rows in known.partition_by("_table", maintain_order=True):
        contract, own = _BY_NAME[rows["_table"][0]], _used(rows.drop("_table", event))
        yield taken(contract, own, file.name, refusals, lag_days=lag, as_of=as_of)
        # What belongs to no kind is told once, with the first table of the file.
        refusals = Refusals(file.name)


def _used(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the columns that rows of this kind leave empty: they belong to other kinds."""
    empty = [n for n in rows.columns if rows[n].null_count() == rows.height]
    return rows.drop(empty)


def _frame(file: Path, refusals: Refusals) -> pl.DataFrame:
    """Every row as text, with the line that it stands on."""
    reader = open_rows(file)
    try:
        header = [name.strip() or f"column {i}" for i, name in enumerate(reader.header, 1)]
        if len(set(map(plain, header))) < len(header):
            match(header, _BY_NAME["donor"], where=file.name)  # says which column is there twice
        frames = []
        for batch in reader.batches({name: i for i, name in enumerate(header)}):
            refusals.unreadable(batch.broken)
            texts = batch.frame.select(pl.all().cast(pl.String).str.strip_chars().replace("", None))
            frames.append(texts.with_columns(batch.lines.cast(pl.Int64).alias(LINE)))
    finally:
        reader.close()
    # A service without deferrals, say, shows it by a header without rows.
    none = pl.DataFrame(schema={**dict.fromkeys(header, pl.String), LINE: pl.Int64})
    return pl.concat(frames) if frames else none


def _contract(file: Path, header: list[str]) -> TableContract:
    """The table that a file's name tells, else the one table whose columns it has."""
    if (named := table_of_name(file.stem)) is not None:
        return _BY_NAME[named]
    fits = [contract for contract in _BY_NAME.values() if _fits(header, contract)]
    if len(fits) != 1:
        raise ContractError(
            f"the file could be {' or '.join(c.name for c in fits) or 'no table'}",
            where=file.name,
            expected="a name such as donations.csv, or a column 'event'",
        )
    return fits[0]


def _fits(header: list[str], contract: TableContract) -> bool:
    try:
        match(header, contract, defaults=MADE)
    except ContractError:
        return False
    return True


def _as_of(settings: DonorSettings) -> datetime:
    return settings.imports.as_of or SystemClock().now()
