"""What was sold, and what was advertised (which no model may read)."""

from __future__ import annotations

from perdure.kernel.tables import Column, TableContract

_MOMENTS = (
    Column("event_time", "timestamp", "when"),
    Column("known_at", "timestamp", "since when known"),
)
SALES = TableContract(
    "sales",
    "what each group took",
    (
        Column("id", "string", "number of the sale"),
        Column("case", "string", "the shop"),
        Column("buyers", "string", "group of buyers"),
        Column("item", "string", "what was taken"),
        *_MOMENTS,
    ),
    keys=("id",),
)
ADVERTS = TableContract(
    "adverts",
    "what was advertised",
    (Column("item", "string", "what was shown"), *_MOMENTS),
    keys=("item", "event_time"),
    promotional=True,
)
TABLES = (SALES, ADVERTS)
