"""Dates and moments from text: the spellings that mean one thing only, and US dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from perdure.platform.storage.hints import Hints

MOMENT = pl.Datetime("us")


@dataclass(frozen=True, slots=True)
class _Spelling:
    """Texts that match ``pattern`` are made plain by ``tidy`` and read with ``layout``."""

    pattern: str
    layout: str
    tidy: Callable[[pl.Expr], pl.Expr] = lambda text: text
    zoned: bool = False


def _with_seconds(text: pl.Expr) -> pl.Expr:
    spaced = text.str.replace("T", " ", literal=True)
    return spaced.str.replace(r"( \d{1,2}:\d{2})(\.|$| ?[AaPp])", "${1}:00${2}")


def _with_seconds_and_zone(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace(r"Z$", "+0000").str.replace(r"([+-]\d{2}):(\d{2})$", "${1}${2}")
    spaced = plain.str.replace("T", " ", literal=True).str.replace(r" ([+-]\d{4})$", "${1}")
    return spaced.str.replace(r"^(\S+ \d{2}:\d{2})([+-])", "${1}:00${2}")


def _half_day(text: pl.Expr) -> pl.Expr:
    return _with_seconds(text).str.replace(r" ?([AaPp][Mm])$", " ${1}").str.to_uppercase()


def _joined(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[- ]", "")


_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_SLASHED = r"^\d{1,2}/\d{1,2}/\d{4}"
_SPELLINGS = (
    _Spelling(r"^\d{4}-\d{1,2}-\d{1,2}$", "%Y-%m-%d"),
    _Spelling(rf"^\d{{4}}-\d{{2}}-\d{{2}}[T ]{_TIME}$", "%Y-%m-%d %H:%M:%S%.f", _with_seconds),
    _Spelling(
        rf"^\d{{4}}-\d{{2}}-\d{{2}}[T ]{_TIME} ?(Z|[+-]\d{{2}}:?\d{{2}})$",
        "%Y-%m-%d %H:%M:%S%.f%z",
        _with_seconds_and_zone,
        zoned=True,
    ),
    _Spelling(r"^\d{8}$", "%Y%m%d"),
    _Spelling(_SLASHED + "$", "%m/%d/%Y"),
    _Spelling(rf"{_SLASHED} {_TIME}$", "%m/%d/%Y %H:%M:%S%.f", _with_seconds),
    _Spelling(rf"{_SLASHED} {_TIME} ?[AaPp][Mm]$", "%m/%d/%Y %I:%M:%S %p", _half_day),
    _Spelling(r"^\d{4}/\d{1,2}/\d{1,2}$", "%Y/%m/%d"),
    _Spelling(r"^\d{1,2}\.\d{1,2}\.\d{4}$", "%d.%m.%Y"),
    _Spelling(rf"^\d{{1,2}}\.\d{{1,2}}\.\d{{4}} {_TIME}$", "%d.%m.%Y %H:%M:%S%.f", _with_seconds),
    _Spelling(r"^\d{1,2}[- ]?[A-Za-z]{3}[- ]?\d{4}$", "%d%b%Y", _joined),
)


def moments(texts: pl.Series, hints: Hints, column: str) -> pl.Series:
    """The moments that texts mean, naive UTC; null where a text means none. A date is midnight.

    >>> moments(pl.Series(["31JAN2026", "01/31/2026", "x"]), Hints(), "known_at").to_list()[1:]
    [datetime.datetime(2026, 1, 31, 0, 0), None]
    """
    distinct = texts.drop_nulls().unique(maintain_order=True)
    # Tables hold few dates many times: read each once.
    if len(distinct) * 2 > len(texts):
        return _read(texts, hints, column)
    known = pl.DataFrame({"text": distinct, "moment": _read(distinct, hints, column)})
    wide = texts.alias("text").to_frame()
    return wide.join(known, on="text", how="left", maintain_order="left")["moment"]


def _read(texts: pl.Series, hints: Hints, column: str) -> pl.Series:
    found = pl.repeat(None, len(texts), dtype=MOMENT, eager=True)
    for spelling in _SPELLINGS:
        fits = (found.is_null() & texts.str.contains(spelling.pattern)).fill_null(value=False)
        if fits.any():
            found = _with(found, texts, fits, spelling)
            _hint(texts.filter(fits), spelling, hints, column)
        if found.null_count() == texts.null_count():
            break
    return found


def _with(found: pl.Series, texts: pl.Series, fits: pl.Series, spelling: _Spelling) -> pl.Series:
    expression = spelling.tidy(pl.col("text")).str.to_datetime(
        spelling.layout, strict=False, time_unit="us", time_zone="UTC" if spelling.zoned else None
    )
    read = texts.alias("text").to_frame().select(expression.dt.replace_time_zone(None)).to_series()
    return found.zip_with(~fits, read)


def _hint(texts: pl.Series, spelling: _Spelling, hints: Hints, column: str) -> None:
    if not spelling.pattern.startswith(_SLASHED):
        return
    first = texts.str.extract(r"^(\d+)/").cast(pl.Int64)
    second = texts.str.extract(r"/(\d+)/").cast(pl.Int64)
    hints.see(column, "month_first", _example(texts, (first <= 12) & (second > 12)))
    hints.see(column, "day_first", _example(texts, (first > 12) & (second <= 12)))
    hints.see(column, "either_way", _example(texts, (first <= 12) & (second <= 12)))


def _example(texts: pl.Series, which: pl.Series) -> str | None:
    chosen = texts.filter(which)
    return str(chosen[0]) if len(chosen) else None
