"""Proposals as a table: what a policy would like to do, one row each, before any limit."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl

from perdure.kernel.decisions import Proposal
from perdure.kernel.errors import UsageError
from perdure.platform.decisions.arms import held_out
from perdure.platform.decisions.policy import HOLDOUT, TREATED, DecisionPolicy

SCHEMA: dict[str, Any] = {
    "entity": pl.String,
    "action": pl.String,
    "score": pl.Float64,
    "territory": pl.String,
    "channel": pl.String,
    "start": pl.Datetime("us"),
    "send_at": pl.Datetime("us"),
    "propensity": pl.Float64,
    "reasons": pl.String,
    "alternatives": pl.String,
}
"""Columns of a table of proposals. Needed: entity, action, score. ``reasons`` and ``alternatives``
are JSON text; ``send_at`` is the moment in the entity's own hours (for quiet hours)."""

_TEXT_DEFAULTS = {"territory": "", "reasons": "[]", "alternatives": "{}"}


def proposal_table(
    proposals: Iterable[Proposal] | pl.DataFrame, policy: DecisionPolicy, at: datetime
) -> pl.DataFrame:
    """The proposals with all columns of ``SCHEMA``, blanks around names removed.

    Raises UsageError for a table without a needed column or with values of another type.
    """
    frame = proposals if isinstance(proposals, pl.DataFrame) else _from_records(proposals)
    missing = [name for name in ("entity", "action", "score") if name not in frame.columns]
    if missing:
        raise UsageError(f"proposals have no column {missing[0]!r}", expected=", ".join(SCHEMA))
    absent = [pl.lit(None, kind).alias(n) for n, kind in SCHEMA.items() if n not in frame.columns]
    try:
        cast = frame.with_columns(absent).select(pl.col(n).cast(k) for n, k in SCHEMA.items())
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"proposals cannot be read: {str(error)[:300]}") from error
    return cast.with_columns(
        pl.col("entity", "action", "territory").str.strip_chars(),
        pl.col("channel").str.strip_chars().fill_null(policy.channel),
        pl.col("start").fill_null(at),
        pl.col("propensity").fill_null(1.0),
    ).with_columns(
        *(pl.col(name).fill_null(value) for name, value in _TEXT_DEFAULTS.items()),
        pl.col("send_at").fill_null(pl.col("start")),
    )


def with_arms(proposals: pl.DataFrame, policy: DecisionPolicy, experiment: str) -> pl.DataFrame:
    """The proposals with ``arm``, and with the chance of the arm in ``propensity``."""
    names = proposals["entity"].fill_null("").to_list()
    held = pl.Series(
        held_out(names, policy.holdout_share, experiment, policy.salt), dtype=pl.Boolean
    )
    share = policy.holdout_share
    return proposals.with_columns(
        pl.when(held).then(pl.lit(HOLDOUT)).otherwise(pl.lit(TREATED)).alias("arm"),
        pl.col("propensity") * pl.when(held).then(share).otherwise(1 - share),
    )


def _from_records(proposals: Iterable[Proposal]) -> pl.DataFrame:
    rows = [
        {
            "entity": p.entity,
            "action": p.action,
            "score": p.score,
            "territory": p.territory,
            "channel": p.channel or None,
            "start": p.start,
            "propensity": p.propensity,
            "reasons": _json([asdict(reason) for reason in p.reasons]),
            "alternatives": _json(dict(p.alternatives)),
        }
        for p in proposals
    ]
    return pl.DataFrame(rows, schema={n: k for n, k in SCHEMA.items() if n != "send_at"})


def _json(value: Any) -> str:
    """JSON in ASCII; a number that is none (NaN, infinity) becomes null."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
