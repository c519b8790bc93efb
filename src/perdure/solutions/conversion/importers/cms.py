"""A folder (or file) of official downloads: each file is told by its header and read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pyarrow as pa

from perdure.kernel.errors import UnreadableFile, UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals, Screened
from perdure.solutions.conversion.importers import (
    files,
    nppes,
    nucc,
    open_payments,
    panel,
    partd_provider,
    partd_provider_drug,
    shared,
    values,
)
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import TABLES

READERS: tuple[ModuleType, ...] = (
    nucc,
    partd_provider_drug,
    partd_provider,
    panel,
    nppes,
    open_payments,
    shared,
)
Rows: TypeAlias = pa.Table | pa.RecordBatchReader | Screened

_CONTRACTS = {contract.name: contract for contract in TABLES}


def recognises(header: Sequence[str]) -> bool:
    """Whether some reader knows this kind of file."""
    return any(reader.recognises(header) for reader in READERS) or panel.is_outcome(header)


def read(
    path: Path, settings: ConversionSettings, progress: Progress = SILENT
) -> Iterator[tuple[str, Rows, str]]:
    """(table, rows, source) of every file that is recognised; others are named and left out.

    A panel file that already holds the next year's outcomes is read only when the folder has no
    panel of its own: it repeats the rows of one. Rows that no table can take are set aside with
    the file's main table. Raises UsageError when nothing is recognised.
    """
    chosen = plan(path)
    if not any(readers for _, readers in chosen):
        raise UsageError(
            "no file here is of a known kind",
            where=str(path),
            expected="CMS Part D, Open Payments, NPPES, NUCC, shared patients or an HCP panel",
        )
    for file in _others(path):
        progress.remark(f"{file.name}: left out, its name is not that of a table as text")
    for file, readers in chosen:
        if reason := _left_out(file, readers, settings, alone=path.is_file()):
            progress.remark(f"{file.name}: left out, {reason}")
            continue
        for reader in readers:
            yield from _tables(reader, file, settings, progress)


def _tables(
    reader: ModuleType, file: Path, settings: ConversionSettings, progress: Progress
) -> Iterator[tuple[str, Rows, str]]:
    refusals = Refusals(file.name)
    for table, made, source in reader.read(file, settings, progress, refusals):
        whole = isinstance(made, pa.Table)
        rows = made if whole else values.stream(made, _CONTRACTS[table])
        yield table, Screened(rows, refusals) if table == reader.MAIN else rows, source


def plan(path: Path) -> list[tuple[Path, list[ModuleType]]]:
    """Every text table at the path, with the readers that know it."""
    if not path.exists():
        raise UsageError("there is nothing", where=str(path))
    tables = [file for file in _found(path) if files.is_text_table(file)]
    heads = {file: files.header_or_none(file) for file in tables}
    panels = any(panel.recognises(head) for head in heads.values())
    chosen = []
    for file, head in heads.items():
        readers = [reader for reader in READERS if reader.recognises(head)]
        if panel.is_outcome(head):
            readers = [] if panels else [panel]
        chosen.append((file, readers))
    return sorted(chosen, key=_rank)


def _found(path: Path) -> list[Path]:
    return [path] if path.is_file() else [p for p in sorted(path.rglob("*")) if p.is_file()]


def _others(path: Path) -> list[Path]:
    """Files that are not even opened; those of the system, such as .DS_Store, are not told."""
    found = [file for file in _found(path) if not file.name.startswith(".")]
    return [file for file in found if not files.is_text_table(file)]


def _rank(chosen: tuple[Path, list[ModuleType]]) -> tuple[int, str]:
    """Order of reading: of two statements about a physician the fuller one must come last."""
    file, readers = chosen
    return (READERS.index(readers[-1]) if readers else len(READERS), file.name)


def _left_out(
    file: Path, readers: list[ModuleType], settings: ConversionSettings, *, alone: bool
) -> str | None:
    """Why a file of a folder is not read; None when it is."""
    if not readers:
        return _unread(file)
    needs_year = any(getattr(reader, "NEEDS_YEAR", False) for reader in readers)
    try:
        values.year_of(file, settings.imports.year)
    except UsageError:
        return "no year in its name and imports.year not set" if needs_year and not alone else None
    return None


def _unread(file: Path) -> str:
    try:
        head = files.header(file)
    except UnreadableFile as error:
        return f"it cannot be read: {error.what}"
    return "it repeats the panel" if panel.is_outcome(head) else "not of a known kind"
