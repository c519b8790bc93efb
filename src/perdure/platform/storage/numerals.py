"""Numbers from text: plain ones fast, and ``$1,234.50``, ``(12)``, ``5 %`` where they are clear."""

from __future__ import annotations

import polars as pl

from perdure.platform.storage.hints import Hints
from perdure.platform.storage.units import CURRENCY_SYMBOLS, canonical

NOT_A_NUMBER = "not-a-number"
NOT_AN_INTEGER = "not-an-integer"
OUT_OF_RANGE = "out-of-range"
WRONG_UNIT = "wrong-unit"

_SIGNS = "|".join(s.replace("$", r"\$") for s in sorted(CURRENCY_SYMBOLS, key=len, reverse=True))
_BEFORE = rf"(?i)^([+-]?)\s*({_SIGNS}|[A-Z]{{3}})\s*([+-]?[\d.,]+)$"
_AFTER = r"^([+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*([^\d\s.,+-][^\d]*)$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$"
_DECIMAL_COMMA = r"^[+-]?\d+,(\d{1,2}|\d{4,})$"
_LARGEST_EXACT = 2.0**53


def numbers(
    texts: pl.Series, unit: str | None, hints: Hints, column: str
) -> tuple[pl.Series, pl.Series | None]:
    """The numbers that texts mean, and the rule that each unreadable text breaks (None: none).

    >>> read = numbers(pl.Series(["12", "$1,234.5", "(3)", "€5", "x"]), "usd", Hints(), "cost")
    >>> read[0].to_list(), read[1].to_list()
    ([12.0, 1234.5, -3.0, None, None], [None, None, None, 'wrong-unit', 'not-a-number'])
    """
    values = texts.cast(pl.Float64, strict=False)
    unread = texts.is_not_null() & ~values.is_finite().fill_null(value=False)
    if not unread.any():
        return values, None
    mended = _mended(texts.filter(unread), unit, hints, column)
    return _put(values, unread, mended["value"]), _put(None, unread, mended["rule"])


def integers(
    texts: pl.Series, unit: str | None, hints: Hints, column: str
) -> tuple[pl.Series, pl.Series | None]:
    """The whole numbers that texts mean, and the rule that each unreadable text breaks.

    ``12.0`` is one; ``1.5e9`` is not, because digits were lost when it was written.
    """
    values = texts.cast(pl.Int64, strict=False)
    unread = texts.is_not_null() & values.is_null()
    if not unread.any():
        return values, None
    left = texts.filter(unread)
    floats, rules = numbers(left, unit, hints, column)
    whole = (floats == floats.round()) & (floats.abs() <= _LARGEST_EXACT) & ~_rounded(left)
    digits = left.str.contains(r"^[+-]?\d+(\.0*)?$")
    rules = pl.repeat(None, len(left), dtype=pl.String, eager=True) if rules is None else rules
    frame = pl.DataFrame(
        {"float": floats, "rule": rules, "whole": whole, "digits": digits}
    ).with_columns(
        pl.when("whole").then("float").cast(pl.Int64).alias("value"),
        pl.when(pl.col("rule").is_not_null())
        .then("rule")
        .when("digits", ~pl.col("whole"))
        .then(pl.lit(OUT_OF_RANGE))
        .when(~pl.col("whole").fill_null(value=False))
        .then(pl.lit(NOT_AN_INTEGER))
        .alias("rule"),
    )
    return _put(values, unread, frame["value"]), _put(None, unread, frame["rule"])


def _rounded(texts: pl.Series) -> pl.Series:
    return texts.str.contains("(?i)e")


def _put(into: pl.Series | None, where: pl.Series, values: pl.Series) -> pl.Series:
    """``into`` with ``values`` at the true places of ``where``; None stands for all null."""
    if into is None:
        into = values.clear(len(where))
    places = where.arg_true()
    return into.scatter(places, values)


def _mended(texts: pl.Series, unit: str | None, hints: Hints, column: str) -> pl.DataFrame:
    text = pl.col("text")
    frame = (
        texts.alias("text")
        .to_frame()
        .with_columns(
            text.str.replace_all("[−–]", "-")
            .str.replace(r"^\(\s*(.+?)\s*\)$", "-${1}")
            .alias("bare")
        )
    )
    frame = _without_unit(frame, unit)
    _hint(frame["bare"], hints, column)
    thousands = pl.col("bare").str.contains(_THOUSANDS)
    digits = pl.when(thousands).then(pl.col("bare").str.replace_all(",", "")).otherwise("bare")
    value = digits.cast(pl.Float64, strict=False)
    finite = value.is_finite().fill_null(value=False) & ~pl.col("foreign")
    too_large = value.is_infinite() & pl.col("bare").str.contains(r"\d")
    return frame.with_columns(
        pl.when(finite).then(value).alias("value"),
        pl.when(finite)
        .then(None)
        .when("foreign")
        .then(pl.lit(WRONG_UNIT))
        .when(too_large)
        .then(pl.lit(OUT_OF_RANGE))
        .otherwise(pl.lit(NOT_A_NUMBER))
        .alias("rule"),
    )


def _without_unit(frame: pl.DataFrame, unit: str | None) -> pl.DataFrame:
    """Take the column's own unit away from beside the number; ``foreign`` marks another one."""
    bare = pl.col("bare")
    found = frame.with_columns(
        pl.coalesce(bare.str.extract(_BEFORE, 2), bare.str.extract(_AFTER, 2)).alias("beside"),
    )
    spellings = {word: canonical(word) for word in found["beside"].drop_nulls().unique()}
    mine = [w for w, c in spellings.items() if _agrees(w, c, unit)]
    other = [w for w, c in spellings.items() if c and canonical(unit) not in {None, c}]
    naked = pl.coalesce(
        bare.str.extract(_BEFORE, 1) + bare.str.extract(_BEFORE, 3), bare.str.extract(_AFTER, 1)
    )
    own = pl.col("beside").is_in(mine).fill_null(value=False)
    return found.with_columns(
        pl.when(own).then(naked).otherwise(bare).alias("bare"),
        pl.col("beside").is_in(other).fill_null(value=False).alias("foreign"),
    )


def _agrees(word: str, meaning: str | None, unit: str | None) -> bool:
    """A unit is taken away when the column has it; a bare dollar sign also when it has none."""
    if canonical(unit) is None:
        return word == "$" or (unit is not None and word.casefold() == unit.casefold())
    return meaning == canonical(unit)


def _hint(texts: pl.Series, hints: Hints, column: str) -> None:
    for kind, pattern in (("thousands", _THOUSANDS), ("decimal_comma", _DECIMAL_COMMA)):
        chosen = texts.filter(texts.str.contains(pattern))
        hints.see(column, kind, str(chosen[0]) if len(chosen) else None)
