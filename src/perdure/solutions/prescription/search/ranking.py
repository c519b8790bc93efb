"""The order of what was found: exact simple names first, then beginnings, then popularity."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from .protocol import Hit, folded

_BETWEEN = "\n"
_POPULARITY = itemgetter(4)


class Row(NamedTuple):
    """A term as it is stored: ``simple`` holds one folded name a line.

    Further names are many; they are only read, by ``id`` and ``place``, for what is shown.
    """

    code: str
    name: str
    folded: str
    simple: str
    popularity: float
    id: int
    place: int = 0


def joined(names: Iterable[str]) -> str:
    """Names in one field, one a line.

    >>> joined(["BP", " high  BP "]).splitlines()
    ['BP', 'high BP']
    """
    return _BETWEEN.join(dict.fromkeys(" ".join(n.split()) for n in names if n.strip()))


def ranked(rows: Iterable[tuple[Any, ...]], asked: str, limit: int) -> list[Row]:
    """The best ``limit`` rows for what was typed (folded), each code once.

    The order: a simple name is the text, a simple name starts with it, the name starts with it,
    popularity; what stood first stays first among equals.
    """
    classes: tuple[list[tuple[Any, ...]], ...] = ([], [], [], [])
    for row in rows:
        classes[_class(asked, row[2], row[3])].append(row)
    best: dict[str, Row] = {}
    for same in classes:
        # Nearly in this order already, which is what makes sorting cheap.
        same.sort(key=_POPULARITY, reverse=True)
        for row in same:
            if len(best) == limit:
                break
            if row[0] not in best:
                best[row[0]] = Row._make(row)
    return list(best.values())


def _class(asked: str, name: str, simple: str) -> int:
    if simple:
        # Simple names are stored folded, so that nothing is folded while somebody types.
        lines = _BETWEEN + simple + _BETWEEN
        if _BETWEEN + asked + _BETWEEN in lines:
            return 0
        if _BETWEEN + asked in lines:
            return 1
    if name.startswith(asked):
        return 1 if name == asked else 2
    return 3


def named_in(row: Row, words: list[str]) -> bool:
    """Whether the official name alone explains why the row was found."""
    return all(f" {word}" in f" {row.folded}" for word in words)


def hit(row: Row, words: list[str], names: Iterable[str]) -> Hit:
    """The row with the first of its further names that holds all the words."""
    for line in names:
        plain = " " + folded(line)
        if line and all(f" {word}" in plain for word in words):
            return Hit(row.code, row.name, line, row.popularity)
    return Hit(row.code, row.name, row.name, row.popularity)
