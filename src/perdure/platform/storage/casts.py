"""Values in the types of the contract: what cannot be one is named, value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import Column, Dtype, TableContract
from perdure.platform.storage import numerals
from perdure.platform.storage.contracts import DETAIL, POLARS, RULE
from perdure.platform.storage.encoding import Encoding
from perdure.platform.storage.hints import Hints
from perdure.platform.storage.moments import moments

Read = tuple[pl.Series, pl.Series | None]

NOT_A_DATE = "not-a-date"
NOT_A_TRUTH_VALUE = "not-a-truth-value"
NOT_TEXT = "not-text"

_TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), False),
}
_EXPECTED = {
    numerals.NOT_A_NUMBER: "a number",
    numerals.NOT_AN_INTEGER: "a whole number",
    numerals.OUT_OF_RANGE: "a number that 64 bits hold",
    NOT_A_DATE: "a date such as 2026-01-31",
    NOT_A_TRUTH_VALUE: "true or false",
    NOT_TEXT: "text",
}
# White space of Unicode, byte order marks and blanks of no width.
BLANK = (
    " \t\n\r\x0b\x0c\x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u2060"
)


@dataclass(frozen=True)
class Cast:
    """Rows in the contract's types, and the rows with values that could not be read.

    ``faults`` has the columns ``place`` (row number in the frame), ``_rule`` and ``_detail``.
    """

    frame: pl.DataFrame
    faults: pl.DataFrame


def cast(contract: TableContract, frame: pl.DataFrame, hints: Hints) -> Cast:
    """The columns of ``frame`` (named as in the contract, of any type) in the contract's types.

    Columns that ``frame`` lacks are left out. Blanks around a text do not count, an empty one
    is no value. Raises ContractError for a column that holds lists or records.
    """
    made, faults = [], []
    for column in contract:
        if column.name in frame.columns:
            series = frame[column.name]
            values, rules = cast_column(column, series, hints)
            made.append(values.alias(column.name))
            if rules is not None and rules.null_count() < len(rules):
                faults.append(_faults(column, series, rules))
    return Cast(pl.DataFrame(made), _per_row(faults))


def cast_column(column: Column, values: pl.Series, hints: Hints) -> Read:
    """One column in its type, and the rule that each unreadable value breaks (None: none)."""
    kind = values.dtype
    if kind.is_nested() or kind == pl.Object:
        raise ContractError(
            f"column '{column.name}' holds {kind}, not single values",
            expected=f"{column.dtype} values",
        )
    if kind == pl.Binary:
        return _from_text(column, _decoded(values), hints)
    if kind in (pl.Categorical, pl.Enum, pl.String):
        return _from_text(column, values.cast(pl.String), hints)
    return _from_typed(column, values, hints)


def cast_value(column: Column, value: object) -> pl.Expr:
    """One value for all rows, in the column's type; ContractError when it cannot be that."""
    made, rules = cast_column(column, pl.Series([value]), Hints())
    if rules is not None and rules[0] is not None:
        raise ContractError(
            f"the value {value!r} for column '{column.name}' is {rules[0]}",
            expected=_expected(column, rules[0]),
        )
    return pl.lit(made[0], POLARS[column.dtype]).alias(column.name)


def _from_text(column: Column, texts: pl.Series, hints: Hints) -> Read:
    if (
        column.dtype in ("number", "integer")
        and (read := _plain_numbers(column, texts)) is not None
    ):
        return read, None
    bare = _tidy(texts, column.absent)
    match column.dtype:
        case "string":
            return bare, None
        case "number":
            return numerals.numbers(bare, column.unit, hints, column.name)
        case "integer":
            return numerals.integers(bare, column.unit, hints, column.name)
        case "boolean":
            truth = bare.str.to_lowercase().replace_strict(
                _TRUTH, default=None, return_dtype=pl.Boolean
            )
            return truth, _unread(bare, truth, NOT_A_TRUTH_VALUE)
        case "timestamp" | "date":
            return _dated(column.dtype, bare, moments(bare, hints, column.name))


def _plain_numbers(column: Column, texts: pl.Series) -> pl.Series | None:
    """The numbers when every text is a plain one or missing: by far the most frequent case."""
    read = texts.cast(POLARS[column.dtype], strict=False)
    if read.null_count() > texts.null_count() or any(_is_number(t) for t in column.absent):
        return None
    return read if column.dtype == "integer" or read.is_finite().all() else None


def _is_number(text: str) -> bool:
    return text.lstrip("+-")[:1].isdigit()


def _decoded(values: pl.Series) -> pl.Series:
    """Texts that an old writer stored as bare bytes."""
    encoding = Encoding()
    texts = [None if value is None else encoding.text(value) for value in values]
    return pl.Series(values.name, texts, dtype=pl.String)


def _tidy(texts: pl.Series, absent: tuple[str, ...]) -> pl.Series:
    bare = texts.str.strip_chars(BLANK)
    empty = bare.is_in(["", *absent]) if absent else bare == ""
    if not empty.any():
        return bare
    return bare.set(empty.fill_null(value=False), None)


def _dated(dtype: Dtype, given: pl.Series, read: pl.Series) -> Read:
    """Moments as the column's type; a moment within a day is no date, nor is one of year 0."""
    read = read.set(~read.is_between(datetime.min, datetime.max).fill_null(value=True), None)
    if dtype == "timestamp":
        return read, _unread(given, read, NOT_A_DATE)
    days = read.dt.date()
    part = (read != days.cast(read.dtype)).fill_null(value=False)
    days = days.set(part, None)
    return days, _unread(given, days, NOT_A_DATE)


def _unread(given: pl.Series, read: pl.Series, rule: str) -> pl.Series | None:
    failed = given.is_not_null() & read.is_null()
    if not failed.any():
        return None
    return pl.select(pl.when(failed).then(pl.lit(rule))).to_series()


def _from_typed(column: Column, values: pl.Series, hints: Hints) -> Read:
    kind = values.dtype
    if kind == pl.Null:
        return values.cast(POLARS[column.dtype]), None
    if kind.is_float():
        # A missing number is NaN in tables made by other tools.
        values = values.fill_nan(None)
    if column.dtype in ("date", "timestamp"):
        return _moment_from_typed(column, values, hints)
    if column.dtype == "string":
        return _text_from_typed(values), None
    if kind.is_temporal():
        return _nothing(column, values, NOT_A_TRUTH_VALUE if column.dtype == "boolean" else None)
    return _number_from_typed(column, values)


def _moment_from_typed(column: Column, values: pl.Series, hints: Hints) -> Read:
    kind = values.dtype
    if kind == pl.Date:
        return _dated(column.dtype, values, values.cast(pl.Datetime("us")))
    if isinstance(kind, pl.Datetime):
        utc = values.dt.convert_time_zone("UTC") if kind.time_zone else values
        return _dated(column.dtype, values, utc.dt.replace_time_zone(None).cast(pl.Datetime("us")))
    # Whole numbers may be dates written as 20260131.
    return _from_text(column, _text_from_typed(values), hints)


def _text_from_typed(values: pl.Series) -> pl.Series:
    """Numbers as text; identifiers that another tool made floats get their digits back."""
    if values.dtype.is_float():
        whole = values.is_finite() & (values == values.round()) & (values.abs() < 2.0**53)
        if whole.fill_null(value=True).all():
            return values.cast(pl.Int64).cast(pl.String)
    return values.cast(pl.String)


def _number_from_typed(column: Column, values: pl.Series) -> Read:
    if column.dtype == "number":
        return values.cast(pl.Float64), None
    if column.dtype == "boolean":
        known = values.cast(pl.Boolean).set(~values.cast(pl.Float64).is_in([0.0, 1.0]), None)
        return known, _unread(values, known, NOT_A_TRUTH_VALUE)
    if values.dtype.is_integer() or values.dtype == pl.Boolean:
        whole = values.cast(pl.Int64, strict=False)
        return whole, _unread(values, whole, numerals.OUT_OF_RANGE)
    floats = values.cast(pl.Float64)
    exact = (floats == floats.round()) & (floats.abs() <= 2.0**53)
    whole = floats.set((~exact).fill_null(value=False), None).cast(pl.Int64)
    return whole, _unread(values, whole, numerals.NOT_AN_INTEGER)


def _nothing(column: Column, values: pl.Series, rule: str | None) -> Read:
    empty = values.clear(len(values)).cast(POLARS[column.dtype])
    return empty, _unread(values, empty, rule or numerals.NOT_A_NUMBER)


def _faults(column: Column, values: pl.Series, rules: pl.Series) -> pl.DataFrame:
    shown = values.cast(pl.String, strict=False).str.slice(0, 80)
    expected: Mapping[str, str] = {r: _expected(column, r) for r in rules.drop_nulls().unique()}
    frame = pl.DataFrame({"shown": shown, "rule": rules}).with_row_index("place")
    return frame.drop_nulls("rule").select(
        pl.col("place").cast(pl.Int64),
        pl.format("{}:{}", pl.lit(column.name), "rule").alias(RULE),
        pl.format(
            "{} is '{}', expected {}",
            pl.lit(column.name),
            "shown",
            pl.col("rule").replace_strict(expected, return_dtype=pl.String),
        ).alias(DETAIL),
    )


def _expected(column: Column, rule: str) -> str:
    if rule == numerals.WRONG_UNIT:
        return f"a value in {column.unit}"
    return _EXPECTED[rule]


def _per_row(faults: list[pl.DataFrame]) -> pl.DataFrame:
    if not faults:
        return pl.DataFrame(schema={"place": pl.Int64, RULE: pl.String, DETAIL: pl.String})
    return (
        pl.concat(faults)
        .group_by("place", maintain_order=True)
        .agg(pl.col(RULE).first(), pl.col(DETAIL).str.join("; "))
        .sort("place")
    )
