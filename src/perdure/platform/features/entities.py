"""Entities as small numbers: cheaper to join and group by than their names."""

from __future__ import annotations

from sqlglot import exp

from perdure.kernel.errors import FeatureError, did_you_mean
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import row_number, select, subquery
from perdure.platform.features.rows import CODES, ENTITY, NAME, Tables
from perdure.platform.features.syntax import column, named, not_null, varchar


def numbered(names: exp.Query) -> Step:
    """Every distinct name of a query with a number of its own, in the order of the names."""
    once = select([column(NAME, "n")], subquery(names, "n"), distinct=True)
    query = select(
        [named(row_number([column(NAME, "u")]), ENTITY), column(NAME, "u")],
        subquery(once, "u"),
        where=not_null(column(NAME, "u")),
    )
    return Step(CODES, query, "every entity, numbered")


def entities_of(source: str, entity: str, tables: Tables, where: str) -> Step:
    """Every entity of one table with a number of its own."""
    check_entity(source, entity, tables, where)
    return numbered(select([named(varchar(column(entity)), NAME)], source))


def check_entity(source: str, entity: str, tables: Tables, where: str) -> None:
    """Refuse a table without that entity column."""
    columns = tables.columns(source)
    if entity not in columns:
        raise FeatureError(
            f"table '{source}' has no entity column '{entity}'",
            where=where,
            hint=did_you_mean(entity, columns),
        )
