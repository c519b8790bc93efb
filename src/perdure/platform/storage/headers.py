"""Which column of a file is which column of the table, across spellings and file eras."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import Column, TableContract
from perdure.platform.storage.units import canonical, conflict, split_unit

_BLANKS = re.compile(r"[\s\-_]+")
# Byte order marks and zero-width blanks stick to the first header of many exported files.
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\x00"))


@dataclass(frozen=True)
class Matching:
    """Where each column of the table is found in the file, and what is left over."""

    positions: Mapping[str, int]
    unused: tuple[str, ...] = ()
    absent: tuple[str, ...] = field(default=())


def plain(header: str) -> str:
    r"""A header as it is compared: no case, no blanks around, blank and ``-`` and ``_`` alike.

    >>> plain("\ufeff Year  of-Experience ")
    'year_of_experience'
    """
    return _BLANKS.sub("_", header.translate(_INVISIBLE).strip().strip("\"'").casefold()).strip("_")


def match(
    header: Sequence[str],
    contract: TableContract,
    *,
    where: str = "",
    defaults: Collection[str] = (),
    units: Mapping[int, str] | None = None,
) -> Matching:
    """The positions of the table's columns in ``header``.

    Columns that may be empty, or are in ``defaults``, may be absent. ``units`` are units that
    the file declares for its columns, by position. Raises ContractError for a header that is
    there twice, a column in another unit, and columns that are missing (all of them at once,
    each with the nearest name in the file).
    """
    _refuse_twice(header, where)
    found: dict[str, int] = {}
    for column in contract:
        places = _places(column, header, where, units or {})
        if len(places) > 1:
            raise _ambiguous(column, [header[p] for p in places], where)
        if places:
            found[column.name] = places[0]
    absent = tuple(name for name in contract.names() if name not in found)
    unused = tuple(h for p, h in enumerate(header) if p not in found.values() and plain(h))
    missing = [n for n in absent if n not in defaults and not _may_be_absent(contract, n)]
    if missing:
        raise _missing(missing, unused, contract, where)
    return Matching(found, unused, absent)


def _may_be_absent(contract: TableContract, name: str) -> bool:
    needed = (*contract.keys, contract.event_time, contract.known_at, *contract.partition_by)
    return contract.column(name).nullable and name not in needed


def _refuse_twice(header: Sequence[str], where: str) -> None:
    seen: dict[str, str] = {}
    for text in header:
        name = plain(text)
        if name and name in seen:
            raise ContractError(
                f"the header has the column '{_shown(text)}' twice",
                where=where,
                expected="each column once (case, blanks, '-' and '_' do not count)",
                hint="rename or remove one of the two",
            )
        seen[name] = text


def _places(
    column: Column, header: Sequence[str], where: str, units: Mapping[int, str]
) -> list[int]:
    names = {plain(name) for name in (column.name, *column.synonyms)}
    exact = [p for p, text in enumerate(header) if plain(text) in names]
    for place in exact:
        if conflict(column.unit, units.get(place)):
            raise _wrong_unit(column, header[place], str(units[place]), where)
    return exact or _places_by_unit(column, names, header, where)


def _places_by_unit(
    column: Column, names: set[str], header: Sequence[str], where: str
) -> list[int]:
    """Headers that are the column's name with a unit: taken when it is the column's own unit."""
    if canonical(column.unit) is None:
        return []
    bases = names | {plain(split_unit(name)[0]) for name in names if _same(name, column)}
    places = []
    for place, text in enumerate(header):
        base, unit = split_unit(text.translate(_INVISIBLE))
        if unit and plain(base) in bases:
            if conflict(column.unit, unit):
                raise _wrong_unit(column, text, unit, where)
            places.append(place)
    return places


def _same(name: str, column: Column) -> bool:
    unit = split_unit(name)[1]
    return unit is not None and not conflict(unit, column.unit)


def _ambiguous(column: Column, texts: list[str], where: str) -> ContractError:
    return ContractError(
        f"several columns could be '{column.name}': " + ", ".join(map(_quoted, texts)),
        where=where,
        hint="keep the one that is meant",
    )


def _wrong_unit(column: Column, text: str, unit: str, where: str) -> ContractError:
    return ContractError(
        f"column {_quoted(text)} is in {unit}, '{column.name}' is in {column.unit}",
        where=where,
        expected=f"values in {column.unit}",
        hint=f"convert the column and name it '{column.name}'",
    )


def _missing(
    missing: Sequence[str], unused: Sequence[str], contract: TableContract, where: str
) -> ContractError:
    parts = [_with_near_miss(contract.column(name), unused) for name in missing]
    return ContractError(
        f"no column for {', '.join(parts[:12])}{' …' if len(parts) > 12 else ''}",
        where=where,
        expected=f"the columns of table '{contract.name}': {', '.join(contract.names())}",
        hint="rename the column, declare a synonym, or give a value for all rows",
    )


def _with_near_miss(column: Column, unused: Sequence[str]) -> str:
    by_plain = {plain(text): text for text in unused}
    for name in (column.name, *column.synonyms):
        wanted = plain(name)
        near = difflib.get_close_matches(wanted, by_plain, n=1, cutoff=0.7)
        near = near or [
            p for p in by_plain if p.startswith(wanted + "_") or wanted.startswith(p + "_")
        ]
        if near:
            return f"'{column.name}' (nearest: {_quoted(by_plain[near[0]])})"
    return f"'{column.name}'"


def _quoted(text: str) -> str:
    return f"'{_shown(text)}'"


def _shown(text: str) -> str:
    return text.translate(_INVISIBLE).strip()[:60]
