"""What only a whole export can show: one event told twice, an answer before its question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from perdure.kernel.tables import LINE
from perdure.solutions.donor.importers.crm_rows import Taken
from perdure.solutions.donor.tables import CONTACT, DONATION, RESPONSE

_EVENT = {
    DONATION.name: (["donor", "_at"], "donation"),
    CONTACT.name: (["donor", "_at", "action"], "contact"),
}


def without_twins(part: Taken) -> Taken:
    """Without events told twice under two names; the first one stays.

    A row that is the same in every column is no fault: ingest counts it as a duplicate.
    """
    if part.contract.name not in _EVENT:
        return part
    same, name = _EVENT[part.contract.name]
    known = pl.col("_at").is_not_null()
    other = pl.col(name) != pl.col(name).first().over(same, order_by=LINE)
    twins = part.rows.filter(known & other)
    detail = f"the same donor and moment as another {name}"
    part.refusals.refuse(twins, "duplicate-event", detail, part.contract.names())
    left = part.rows.join(twins.select(LINE), on=LINE, how="anti", maintain_order="left")
    return replace(part, rows=left)


def with_contact_times(part: Taken, parts: Sequence[Taken]) -> Taken:
    """Responses with the time of the contact that they answer, where the export holds it."""
    if part.contract is not RESPONSE:
        return part
    sent = [p.rows.select("contact", sent="_at") for p in parts if p.contract is CONTACT]
    if not sent:
        return part
    first = pl.concat(sent).group_by("contact").agg(pl.col("sent").min())
    rows = part.rows.join(first, on="contact", how="left", maintain_order="left")
    text = pl.col("sent").dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    told = pl.coalesce("contacted_at", text)
    return replace(part, rows=rows.with_columns(contacted_at=told).drop("sent"))
