"""SQL expressions of declarations: parsed, checked against a whitelist, never pasted."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from perdure.kernel.errors import FeatureError, did_you_mean
from perdure.platform.features.syntax import double, greatest, name, number, text, when

Parameters = Mapping[str, str | int | float]
LONGEST = 4_000
ROOTS = 8

ALLOWED: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
        exp.Is, exp.In, exp.Between, exp.Like, exp.NullSafeEQ, exp.NullSafeNEQ,
        exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Pow,
        exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least,
        exp.Abs, exp.Ln, exp.Exp, exp.Sqrt, exp.Sign, exp.Round, exp.Floor, exp.Ceil,
        exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right,
        exp.DPipe, exp.Year, exp.Month, exp.Cast, exp.DataType,
    }
)  # fmt: skip
CASTS = frozenset(
    {exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.INT, exp.DType.BIGINT, exp.DType.TEXT,
     exp.DType.VARCHAR, exp.DType.BOOLEAN, exp.DType.DATE, exp.DType.TIMESTAMP}
)  # fmt: skip


def compiled(
    source: str,
    columns: Collection[str],
    parameters: Parameters,
    *,
    where: str,
    alias: str | None = None,
) -> exp.Expr:
    """The tree of an expression over ``columns``, placeholders bound, columns quoted.

    ``where`` names the declaration in errors. Quotients are NULL when the divisor is 0, ``LN``
    and ``SQRT`` are NULL outside their domain, and ``/`` always divides as doubles.

    >>> compiled("claims / days", ["claims", "days"], {}, where="demo").sql()
    '(CAST("claims" AS DOUBLE) / NULLIF(CAST("days" AS DOUBLE), 0.0))'
    >>> compiled("klaims", ["claims"], {}, where="here")
    Traceback (most recent call last):
    perdure.kernel.errors.FeatureError: here: no column 'klaims'. Next: did you mean 'claims'?
    """
    root = exp.Paren(this=_parsed(source, where))
    for node in root.walk():
        _check(node, source, where)
    if len(list(root.find_all(exp.Sqrt))) > ROOTS:
        raise FeatureError(f"more than {ROOTS} square roots in {source!r}", where=where)
    # From the leaves up: what a node is replaced by never needs another look.
    for node in reversed(list(root.this.walk())):
        node.replace(_safe(node, columns, source, where, alias, parameters))
    tree = root.this
    return tree if isinstance(tree, exp.Column | exp.Literal) else exp.Paren(this=tree.pop())


def _parsed(source: str, where: str) -> exp.Expr:
    if len(source) > LONGEST:
        raise FeatureError(f"expression of {len(source)} characters", where=where,
                           expected=f"at most {LONGEST}")  # fmt: skip
    try:
        found = sqlglot.parse(source)
    except (SqlglotError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FeatureError(f"{source!r} is not an expression: {reason}", where=where) from error
    if len(found) != 1 or found[0] is None:
        raise FeatureError(f"{source!r} is not one expression", where=where)
    return found[0]


def _check(node: exp.Expr, source: str, where: str) -> None:
    node.pop_comments()
    known = type(node) in ALLOWED or (isinstance(node, exp.Placeholder) and node.this)
    if known and isinstance(node, exp.In):
        known = not node.args.get("query") and not node.args.get("unnest")
    if known and isinstance(node, exp.DataType):
        known = node.this in CASTS
    if not known:
        raise FeatureError(
            f"{node.sql()[:60]!r} ({type(node).__name__}) may not be used in {source!r}",
            where=where,
            expected="columns, values, comparisons, arithmetic, CASE and simple functions",
        )


def _bound(node: exp.Placeholder, source: str, parameters: Parameters, where: str) -> exp.Expr:
    if node.this not in parameters:
        raise FeatureError(
            f"no parameter ':{node.this}' for {source!r}",
            where=where,
            hint=did_you_mean(node.this, parameters),
        )
    return literal(parameters[node.this], where)


def literal(value: str | float, where: str) -> exp.Expr:
    """The value as an SQL literal."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if not math.isfinite(value):
        raise FeatureError(f"parameter {value!r} is not a finite number", where=where)
    return number(value)


def _safe(
    node: exp.Expr,
    columns: Collection[str],
    source: str,
    where: str,
    alias: str | None,
    parameters: Parameters,
) -> exp.Expr:
    if isinstance(node, exp.Column):
        return _column(node, columns, source, where, alias)
    if isinstance(node, exp.Placeholder):
        return _bound(node, source, parameters, where)
    if isinstance(node, exp.Div | exp.Mod):
        zero = exp.Nullif(this=double(node.expression.copy()), expression=number(0.0))
        return type(node)(this=double(node.this.copy()), expression=zero)
    if isinstance(node, exp.Ln):
        # GREATEST skips NULL: what is missing becomes 0, and 0 becomes NULL again.
        kept = greatest(node.this.copy(), number(0.0))
        return exp.Ln(this=exp.Nullif(this=kept, expression=number(0.0)))
    if isinstance(node, exp.Greatest | exp.Least):
        node.set("ignore_nulls", True)
    if isinstance(node, exp.Sqrt):
        return when(exp.GTE(this=node.this.copy(), expression=number(0.0)), node.copy())
    return node


def _column(
    node: exp.Column, columns: Collection[str], source: str, where: str, alias: str | None
) -> exp.Column:
    if node.args.get("table") or node.name not in columns:
        shown = node.sql() if node.args.get("table") else node.name
        around = "" if source.strip('"') == shown else f" in {source!r}"
        raise FeatureError(
            f"no column '{shown[:60]}'{around}",
            where=where,
            hint=did_you_mean(node.name, columns),
        )
    return exp.Column(this=name(node.name), table=name(alias) if alias else None)
