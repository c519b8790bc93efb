"""Rows that were refused: which rule they broke, where they came from, and as they were."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pyarrow as pa
from sqlalchemy import select

from perdure.kernel.names import checked_name
from perdure.platform.storage.batches import BROKEN, Batch
from perdure.platform.storage.contracts import DETAIL, RULE
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.ops import Ops
from perdure.platform.storage.records import INGESTS

PREFIX = "quarantine."

SCHEMA = pa.schema(
    [
        ("batch", pa.string()),
        ("source", pa.string()),
        ("line", pa.int64()),
        ("rule", pa.string()),
        ("detail", pa.string()),
        ("raw", pa.string()),
        ("at", pa.timestamp("us")),
    ]
)
"""``batch`` is the ingest's key; ``line`` counts from 1, in tables the row number."""


def quarantine_table(table: str) -> str:
    """The name of the table that holds the refused rows of ``table``.

    >>> quarantine_table("claims")
    'quarantine.claims'
    """
    return checked_name(PREFIX + table, "table name")


def quarantined(lake: Lake, table: str, batch: str | None = None) -> pl.LazyFrame:
    """The refused rows of a table, of one ingest or of all; empty when none was ever refused."""
    name = quarantine_table(table)
    if not lake.exists(name):
        return pl.LazyFrame(pl.from_arrow(SCHEMA.empty_table()))
    rows = lake.scan(name)
    return rows if batch is None else rows.filter(pl.col("batch") == batch)


def set_aside(ops: Ops, table: str) -> dict[str, int]:
    """How many rows of a table were ever set aside, by the rule that they broke.

    The quarantine table may hold fewer: of very many rows with one rule it keeps a sample.
    """
    query = select(INGESTS.c.by_rule).where(INGESTS.c.table_name == table)
    with ops.connect() as connection:
        counts = [Counter(found) for (found,) in connection.execute(query)]
    return dict(sorted(sum(counts, Counter[str]()).items()))


def refused_rows(batch: Batch, places: pl.Series, reasons: pl.DataFrame) -> pl.DataFrame:
    """Line, rule, detail and text of the refused rows of a batch, in the order of the lines.

    The rows at ``places`` are refused for ``reasons`` (``_rule``, ``_detail``, one row per
    place); the broken ones say why themselves.
    """
    refused = pl.DataFrame(
        {
            "line": batch.lines.gather(places),
            "rule": reasons[RULE],
            "detail": reasons[DETAIL],
            "raw": batch.rows.raw(places.to_list()),
        },
        schema=BROKEN,
    )
    return pl.concat([refused, batch.broken]).sort("line")
