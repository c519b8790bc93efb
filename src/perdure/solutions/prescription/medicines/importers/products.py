"""What an importer found, and rows of delimited files with headers of any style."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from perdure.kernel.errors import ContractError, UnreadableFile
from perdure.solutions.prescription.medicines.formulary import Product

_SIGNS = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Imported:
    """The products of a file, and the rows that could not be used with the reason."""

    products: list[Product] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The line number and fields of every row; headers are compared by letters and digits alone.

    What a short row does not have is empty.

    ``needed`` are folded names ("shortcomposition1").
    """
    text = _text(path)
    # A remark is read as a blank line, so that the lines keep their numbers.
    reader = csv.reader("" if line.startswith("#") else line for line in text.splitlines())
    header: list[str] | None = None
    try:
        for fields in reader:
            if not any(fields):
                continue
            if header is None:
                header = [_SIGNS.sub("", name.casefold()) for name in fields]
                _check(header, needed, path)
            else:
                row = dict.fromkeys(header, "") | dict(zip(header, fields, strict=False))
                yield reader.line_num, row
    except csv.Error as problem:
        raise UnreadableFile(f"no CSV: {problem}", where=f"{path.name}:{reader.line_num}") from None
    if header is None:
        raise ContractError("the file is empty", where=path.name)


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a text file; one of another code is read as Windows' western one."""
    yield from _text(path).splitlines()


def _check(header: list[str], needed: tuple[str, ...], path: Path) -> None:
    if missing := [name for name in needed if name not in header]:
        raise ContractError(
            f"no column {', '.join(missing)}",
            where=path.name,
            expected=f"{', '.join(needed)}; found {', '.join(header[:12])}",
        )


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise UnreadableFile(f"cannot be read: {problem.strerror}", where=path.name) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
