"""Small pieces of SQL as trees: quoted names, conditions, arithmetic that never divides by zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce

from sqlglot import exp

DAY_MICROSECONDS = 86_400_000_000


def name(text: str) -> exp.Identifier:
    """A quoted identifier, so that no name can be read as anything but a name."""
    return exp.to_identifier(text, quoted=True)


def column(text: str, table: str | None = None) -> exp.Column:
    """A quoted column, of a table alias or of the only table in sight."""
    return exp.Column(this=name(text), table=name(table) if table else None)


def table(text: str, alias: str | None = None) -> exp.Table:
    """A quoted table."""
    return exp.Table(this=name(text), alias=exp.TableAlias(this=name(alias)) if alias else None)


def named(tree: exp.Expr, alias: str) -> exp.Alias:
    """``tree AS alias``."""
    return exp.Alias(this=tree, alias=name(alias))


def number(value: float) -> exp.Expr:
    """A number; negative ones are kept in brackets, so that ``a - -1`` never reads as a comment."""
    made = exp.Literal.number(repr(abs(value)))
    return exp.Paren(this=exp.Neg(this=made)) if value < 0 else made


def text(value: str) -> exp.Literal:
    """A text in quotes."""
    return exp.Literal.string(value)


def double(tree: exp.Expr) -> exp.Expr:
    """The value as a double."""
    return exp.Cast(this=tree, to=exp.DataType.build("double"))


def varchar(tree: exp.Expr) -> exp.Expr:
    """The value as text."""
    return exp.Cast(this=tree, to=exp.DataType.build("text"))


def as_moment(tree: exp.Expr) -> exp.Expr:
    """The value as a timestamp."""
    return exp.Cast(this=tree, to=exp.DataType.build("timestamp"))


def moment(value: datetime) -> exp.Expr:
    """A moment as a timestamp value."""
    return as_moment(text(value.isoformat(sep=" ", timespec="microseconds")))


def both(conditions: Iterable[exp.Expr | None]) -> exp.Expr | None:
    """All conditions joined by AND; None when there is none."""
    found = [exp.paren(c, copy=False) if isinstance(c, exp.Or) else c for c in conditions if c]
    return reduce(lambda a, b: exp.And(this=a, expression=b), found) if found else None


def all_of(conditions: Sequence[exp.Expr | None]) -> exp.Expr:
    """All conditions joined by AND; without any, true."""
    return both(conditions) or exp.true()


def any_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """All conditions joined by OR, in brackets."""
    return exp.Paren(this=reduce(lambda a, b: exp.Or(this=a, expression=b), conditions))


def when(condition: exp.Expr | None, value: exp.Expr) -> exp.Expr:
    """The value where the condition holds, else NULL."""
    if condition is None:
        return value
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def or_else(tree: exp.Expr, other: exp.Expr) -> exp.Expr:
    """The value, or the other one where it is NULL."""
    return exp.Coalesce(this=tree, expressions=[other])


def or_zero(tree: exp.Expr) -> exp.Expr:
    """The value, or 0 where it is NULL."""
    return or_else(tree, number(0.0))


def quotient(over: exp.Expr, under: exp.Expr) -> exp.Expr:
    """``over / under`` as a double; NULL when ``under`` is 0."""
    return exp.Div(
        this=double(over),
        expression=exp.Nullif(this=double(under), expression=number(0.0)),
    )


def greatest(first: exp.Expr, *others: exp.Expr) -> exp.Expr:
    """The largest of the values that are not NULL."""
    return exp.Greatest(this=first, expressions=list(others), ignore_nulls=True)


def least(first: exp.Expr, *others: exp.Expr) -> exp.Expr:
    """The smallest of the values that are not NULL."""
    return exp.Least(this=first, expressions=list(others), ignore_nulls=True)


def less(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """``(a - b)``."""
    return exp.Paren(this=exp.Sub(this=a, expression=b))


def plus(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """``(a + b)``."""
    return exp.Paren(this=exp.Add(this=a, expression=b))


def times(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """``a * b``, for operands that bind at least as tightly."""
    return exp.Mul(this=a, expression=b)


def equal(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """``a = b``."""
    return exp.EQ(this=a, expression=b)


def not_null(tree: exp.Expr) -> exp.Expr:
    """``tree IS NOT NULL``."""
    return exp.Not(this=exp.Is(this=tree, expression=exp.Null()))


def days_between(earlier: exp.Expr, later: exp.Expr) -> exp.Expr:
    """Days from one moment to another with their fraction, exact to the microsecond."""
    span = exp.TimestampDiff(this=later, expression=earlier, unit=exp.var("MICROSECOND"))
    return exp.Div(this=double(span), expression=number(float(DAY_MICROSECONDS)))


def matched(left: str, right: str, columns: Sequence[str]) -> exp.Expr:
    """Equality of the same columns of two table aliases."""
    return all_of([equal(column(c, left), column(c, right)) for c in columns])
