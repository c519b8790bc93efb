"""Table contracts put to work: the Arrow schema they mean, and which rows break which rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import LINE, SEQUENCE, SOURCE, Column, Dtype, TableContract

if TYPE_CHECKING:
    import dataframely as dy

RULE = "_rule"
DETAIL = "_detail"
LARGEST = 1e15
"""No number of a table is larger, above or below 0: beyond 2^53 not every whole number is one, and
what is squared and summed over millions of rows must stay finite, else no score is a number."""

ARROW: Mapping[Dtype, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}
POLARS: Mapping[Dtype, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean(),
}
SYSTEM: Mapping[str, pl.DataType] = {SEQUENCE: pl.Int64(), SOURCE: pl.String(), LINE: pl.Int64()}


def arrow_schema(contract: TableContract) -> pa.Schema:
    """The schema of the stored table: the contract's columns, then the system columns.

    >>> from perdure.kernel.tables import Column
    >>> kinds = [("event_time", "timestamp"), ("known_at", "timestamp"), ("n", "integer")]
    >>> made = TableContract("t", "", tuple(Column(n, k, "") for n, k in kinds), keys=("n",))
    >>> arrow_schema(made).names
    ['event_time', 'known_at', 'n', '_sequence', '_source', '_line']
    """
    fields = [pa.field(c.name, ARROW[c.dtype], metadata=_unit(c)) for c in contract]
    system = zip(SYSTEM, (pa.int64(), pa.string(), pa.int64()), strict=True)
    return pa.schema([*fields, *(pa.field(name, kind) for name, kind in system)])


def polars_schema(contract: TableContract) -> dict[str, pl.DataType]:
    """The same schema for Polars."""
    return {c.name: POLARS[c.dtype] for c in contract} | dict(SYSTEM)


@lru_cache(maxsize=64)
def schema_of(contract: TableContract) -> type[dy.Schema]:
    """The contract as a dataframely schema: nulls, ranges, allowed values, patterns, row rules.

    Raises ContractError when a row rule is not an SQL expression over the table's columns.
    """
    import dataframely as dy

    members: dict[str, Any] = {column.name: _column(contract, column) for column in contract}
    members |= {
        SEQUENCE: dy.Int64(nullable=True),
        SOURCE: dy.String(nullable=True),
        LINE: dy.Int64(nullable=True),
    }
    for rule in contract.rules:
        expression = _expression(contract, rule.name, rule.expression)
        members[_member(rule.name)] = dy.rule()(_constant(expression))
    return type(f"Contract_{contract.name}", (dy.Schema,), members)


def split(contract: TableContract, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that keep the contract, and those that do not.

    The latter have the columns ``_rule`` and ``_detail`` too. ``frame`` has the contract's
    columns in their types; system columns may be absent. Order is kept. A row that breaks
    several rules is there once: the first rule, details of all.
    """
    absent = [name for name in SYSTEM if name not in frame.columns]
    whole = frame.with_columns(pl.lit(None, SYSTEM[name]).alias(name) for name in absent)
    good, failure = schema_of(contract).filter(whole)
    kept = frame.columns
    bad = _explained(contract, failure) if len(failure) else whole.clear().with_columns(_NO_REASON)
    return good.select(kept), bad.select(*kept, RULE, DETAIL)


_NO_REASON = (pl.lit(None, pl.String()).alias(RULE), pl.lit(None, pl.String()).alias(DETAIL))


def _explained(contract: TableContract, failure: dy.FailureInfo) -> pl.DataFrame:
    # Rules of single columns first: a rule over the row is often broken because of them. What is
    # no number at all is not called too large.
    broken = sorted(
        failure.counts(),
        key=lambda name: (name.startswith(_member("")), not name.endswith(("|inf", "|nan"))),
    )
    details = failure.details()
    told = [_told(contract, name) for name in broken]
    fails = [pl.col(name) == "invalid" for name in broken]
    rules = [pl.when(f).then(pl.lit(rule)) for f, (rule, _) in zip(fails, told, strict=True)]
    texts = [pl.when(f).then(text) for f, (_, text) in zip(fails, told, strict=True)]
    return details.with_columns(
        pl.coalesce(rules).alias(RULE),
        pl.concat_str(texts, separator="; ", ignore_nulls=True).alias(DETAIL),
    )


def _told(contract: TableContract, name: str) -> tuple[str, pl.Expr]:
    """The name under which a broken rule is reported, and the sentence for one row."""
    for rule in contract.rules:
        if name == _member(rule.name):
            return rule.name, pl.lit(f"{rule.meaning} ({rule.expression})")
    column_name, _, kind = name.partition("|")
    column = contract.column(column_name)
    word, expected = _REASONS[kind](column)
    shown = pl.col(column_name).cast(pl.String).str.slice(0, 80)
    value = pl.format("{} is '{}', expected {}", pl.lit(column_name), shown, pl.lit(expected))
    missing = pl.lit(f"{column_name} has no value")
    return f"{column_name}:{word}", missing if kind == "nullability" else value


_REASONS: Mapping[str, Any] = {
    "nullability": lambda _: ("missing-value", "a value"),
    "min": lambda c: ("below-minimum", f"at least {_bounds(c)[0]:g}"),
    "max": lambda c: ("above-maximum", f"at most {_bounds(c)[1]:g}"),
    "inf": lambda _: ("not-finite", "a finite number"),
    "nan": lambda _: ("not-finite", "a finite number"),
    "regex": lambda c: ("wrong-pattern", f"a text like {c.pattern}"),
    "check__allowed": lambda c: ("not-allowed", "one of " + _few(c.allowed or ())),
}


def _column(contract: TableContract, column: Column) -> dy.Column:
    import dataframely as dy

    needed = column.name in {*contract.keys, contract.event_time, contract.known_at}
    options: dict[str, Any] = {"nullable": column.nullable and not needed}
    if column.allowed is not None:
        options["check"] = {"allowed": _is_allowed(column)}
    match column.dtype:
        case "string":
            return dy.String(regex=_whole(column.pattern), **options)
        case "integer":
            return dy.Int64(min=_up(column.minimum), max=_down(column.maximum), **options)
        case "number":
            low, high = _bounds(column)
            return dy.Float64(min=low, max=high, **options)
        case "date":
            return dy.Date(**options)
        case "timestamp":
            return dy.Datetime(time_unit="us", **options)
        case "boolean":
            return dy.Bool(**options)


def _bounds(column: Column) -> tuple[float, float]:
    """The least and the greatest number of a column; those of every number where it names none."""
    low = -LARGEST if column.minimum is None else column.minimum
    return low, LARGEST if column.maximum is None else column.maximum


def _is_allowed(column: Column) -> Any:
    values = pl.Series(column.allowed, dtype=pl.String).cast(POLARS[column.dtype])
    return lambda expression: expression.is_in(values.to_list())


def _expression(contract: TableContract, name: str, text: str) -> pl.Expr:
    try:
        expression = pl.sql_expr(text)
        kind = pl.LazyFrame(schema=polars_schema(contract)).select(expression).collect_schema()
    except pl.exceptions.PolarsError as error:
        raise ContractError(
            f"rule '{name}' cannot be read: {str(error).splitlines()[0]}",
            where=f"table '{contract.name}'",
            expected="an SQL truth expression over the table's columns",
        ) from error
    if kind.dtypes() != [pl.Boolean()]:
        raise ContractError(
            f"rule '{name}' gives {kind.dtypes()[0]}, not a truth value",
            where=f"table '{contract.name}'",
        )
    return expression


def _constant(expression: pl.Expr) -> Callable[[type[dy.Schema]], pl.Expr]:
    return lambda _: expression


def _member(rule: str) -> str:
    return f"rule|{rule}"


def _unit(column: Column) -> dict[str, str] | None:
    return {"unit": column.unit} if column.unit else None


def _whole(pattern: str | None) -> str | None:
    """A pattern that must match the whole text; the engine's own search would match a part."""
    return None if pattern is None else f"^(?:{pattern})$"


def _up(number: float | None) -> int | None:
    return None if number is None else math.ceil(number)


def _down(number: float | None) -> int | None:
    return None if number is None else math.floor(number)


def _few(values: tuple[str, ...]) -> str:
    return ", ".join(values[:8]) + (", …" if len(values) > 8 else "")
