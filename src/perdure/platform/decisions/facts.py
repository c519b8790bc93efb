"""What the limits look at, and that it is whole: a gap in it stops every decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from perdure.kernel.errors import LimitError
from perdure.platform.decisions.history import CONTACTS, DECIDED, History
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.restrictions import SCHEMA


@dataclass(frozen=True, slots=True)
class Facts:
    """Restrictions, history, the policy and the present moment."""

    restrictions: pl.DataFrame
    history: History
    policy: DecisionPolicy
    at: datetime


def whole_facts(
    restrictions: pl.DataFrame, history: History, policy: DecisionPolicy, at: datetime
) -> Facts:
    """The facts, with names compared without the blanks around them and channels in lower case.

    Raises LimitError when a column or a value is missing.
    """
    known = _whole(restrictions, SCHEMA, "restrictions").with_columns(
        pl.col("channel").str.to_lowercase()
    )
    return Facts(
        known,
        History(
            _whole(history.contacts, CONTACTS, "contacts"),
            _whole(history.decided, DECIDED, "decisions"),
        ),
        policy,
        at,
    )


def contacting(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The proposals that touch somebody: all but the null actions."""
    return rows.filter(~pl.col("action").is_in(list(facts.policy.null_actions)))


def stopped(rows: pl.DataFrame, rule: str) -> pl.DataFrame:
    """These rows, stopped by that rule: columns ``row`` and ``rule``."""
    return rows.select("row", rule=pl.lit(rule))


def _whole(frame: pl.DataFrame, schema: Mapping[str, Any], what: str) -> pl.DataFrame:
    try:
        found = frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
        gaps = sum(found.null_count().row(0))
    except (pl.exceptions.PolarsError, AttributeError, TypeError) as error:
        raise LimitError(
            f"the {what} cannot be read, so nobody may be contacted", expected=", ".join(schema)
        ) from error
    if gaps:
        raise LimitError(f"the {what} have gaps, so nobody may be contacted")
    return found.with_columns(pl.col("entity").str.strip_chars())
