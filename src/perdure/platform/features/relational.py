"""Queries as trees: select, join, group; every part is given once and nothing is copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from perdure.platform.features.syntax import name, table


def select(
    columns: Iterable[exp.Expr],
    source: exp.Expr | str,
    *joins: exp.Join,
    where: exp.Expr | None = None,
    group: Sequence[exp.Expr] = (),
    having: exp.Expr | None = None,
    order: Sequence[exp.Expr] = (),
    distinct: bool = False,
) -> exp.Select:
    """One query; ``source`` is a relation, or the name of one.

    >>> from perdure.platform.features.syntax import column
    >>> select([column("npi", "c")], table("claims", "c"), order=[column("npi", "c")]).sql()
    'SELECT "c"."npi" FROM "claims" AS "c" ORDER BY "c"."npi"'
    """
    return exp.Select(
        expressions=list(columns),
        distinct=exp.Distinct() if distinct else None,
        from_=exp.From(this=table(source) if isinstance(source, str) else source),
        joins=list(joins),
        where=exp.Where(this=where) if where else None,
        group=exp.Group(expressions=[g.copy() for g in group]) if group else None,
        having=exp.Having(this=having) if having else None,
        order=ordered(order) if order else None,
    )


def join(relation: exp.Expr, on: exp.Expr) -> exp.Join:
    """Rows of both sides that match."""
    return exp.Join(this=relation, on=on)


def left_join(relation: exp.Expr, on: exp.Expr) -> exp.Join:
    """All rows of the left side, with what matches or NULL."""
    return exp.Join(this=relation, on=on, side="LEFT")


def subquery(query: exp.Query, alias: str) -> exp.Subquery:
    """A query in brackets, to be selected from."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))


def union(first: exp.Query, *others: exp.Query) -> exp.Query:
    """The distinct rows of all queries."""
    made = first
    for other in others:
        made = exp.Union(this=made, expression=other, distinct=True)
    return made


def star(alias: str) -> exp.Column:
    """All columns of an alias."""
    return exp.Column(this=exp.Star(), table=name(alias))


def ordered(columns: Sequence[exp.Expr]) -> exp.Order:
    """An order by columns that are never NULL, so that no engine's habit for NULL matters."""
    return exp.Order(expressions=[c.copy() for c in columns])


def row_number(order: Sequence[exp.Expr]) -> exp.Window:
    """1, 2, 3, ... in that order."""
    return exp.Window(this=exp.RowNumber(), order=ordered(order))
