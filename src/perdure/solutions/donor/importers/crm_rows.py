"""Rows of a donor CRM in the columns of a contract: names, words, missing columns, first checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from perdure.kernel.tables import LINE, TableContract
from perdure.platform.storage.headers import match, plain
from perdure.platform.storage.hints import Hints
from perdure.platform.storage.moments import moments
from perdure.platform.storage.refusals import Refusals
from perdure.platform.storage.units import split_unit
from perdure.solutions.donor.importers.crm_protection import refuse_unsure
from perdure.solutions.donor.importers.crm_words import (
    DELIVERIES,
    NO_END,
    WORDS,
    one_of,
    one_word,
)
from perdure.solutions.donor.tables import (
    CONSENT,
    CONTACT,
    DEFERRAL,
    DONATION,
    FERRITIN,
    HAEMOGLOBIN,
    HAEMOGLOBIN_TABLE,
    RESPONSE,
)

MADE = ("known_at", "donation", "contact", "loinc", "unit", "value", "channel", "reason")
"""Columns that can be made when a file does not have them."""
_BLOOD = {
    HAEMOGLOBIN: ("g/dL", ("hb", "hgb", "haemoglobin", "hemoglobin")),
    FERRITIN: ("ug/L", ("ferritin", "serum_ferritin")),
}


@dataclass(frozen=True)
class Taken:
    """Rows of one file: as text in the contract's columns with ``_line``, and ``_at``, parsed."""

    contract: TableContract
    source: str
    rows: pl.DataFrame
    refusals: Refusals


def taken(
    contract: TableContract,
    frame: pl.DataFrame,
    source: str,
    refusals: Refusals,
    *,
    lag_days: int,
    as_of: datetime,
) -> Taken:
    """The rows of a frame (text, with ``_line``) in the columns of the contract.

    Refuses rows that lie after ``as_of``; deferrals may begin later. Raises ContractError for a
    file without the columns, and when a consent or deferral cannot be read.
    """
    if contract is HAEMOGLOBIN_TABLE:
        frame = _long(frame)
    named = _named(contract, frame, source)
    for (table, column), words in WORDS.items():
        if table == contract.name and column in named.columns:
            named = named.with_columns(one_word(column, words))
    refusals.read(named.height)
    if contract is RESPONSE:
        named = _without_deliveries(named, refusals)
    rows = _completed(contract, named, lag_days)
    refuse_unsure(contract, rows, source, as_of)
    if contract is not DEFERRAL:
        late = rows.filter(pl.col("_at") > as_of)
        detail = f"the event lies after {as_of:%Y-%m-%d %H:%M}"
        refusals.refuse(late, "event-in-the-future", detail, contract.names())
        rows = rows.join(late.select(LINE), on=LINE, how="anti", maintain_order="left")
    return Taken(contract, source, rows, refusals)


def _without_deliveries(rows: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    """Without what a gateway tells of a message: no donor did it."""
    delivery = one_of(pl.col("kind"), DELIVERIES).fill_null(value=False)
    refusals.pass_over("told by the gateway", rows.filter(delivery).height)
    return rows.filter(~delivery)


def _named(contract: TableContract, frame: pl.DataFrame, source: str) -> pl.DataFrame:
    header = [name for name in frame.columns if name != LINE]
    found = match(header, contract, where=source, defaults=MADE).positions
    texts = [pl.col(header[place]).alias(name) for name, place in found.items()]
    return frame.select(
        *(text.cast(pl.String).str.strip_chars().replace("", None) for text in texts), LINE
    )


def _completed(contract: TableContract, rows: pl.DataFrame, lag_days: int) -> pl.DataFrame:
    """All columns of the contract, those that can be made where they are missing."""
    if contract is DEFERRAL:
        rows = _without_end(rows)
    rows = rows.with_columns(_at=moments(rows["event_time"], Hints(), "event_time"))
    absent = [n for n in contract.names() if n not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(n) for n in absent)
    late = pl.when(~_protects(contract)).then(lag_days).otherwise(0)
    since = (pl.col("_at") + pl.duration(days=late)).dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    made: dict[str, pl.Expr] = {"known_at": since}
    where = pl.concat_str("donor", "event_time", separator="@")
    if contract is DONATION:
        made["donation"] = where
    if contract is CONTACT:
        made["contact"] = pl.concat_str(where, "action", separator="@")
        made["hour"] = pl.col("_at").dt.hour().cast(pl.String)
    if contract is CONSENT:
        made["channel"] = _channel_unless_told(absent)
    if contract is DEFERRAL:
        made["reason"] = pl.lit("unstated")
    return rows.with_columns(pl.col(n).fill_null(value) for n, value in made.items())


def _protects(contract: TableContract) -> pl.Expr:
    """What forbids a contact holds from the moment that it is told, however late others come."""
    if contract is CONSENT:
        return (pl.col("state") == "withdrawn").fill_null(value=True)
    if contract is RESPONSE:
        return (pl.col("kind") == "opted_out").fill_null(value=True)
    return pl.lit(contract is DEFERRAL)


def _channel_unless_told(absent: list[str]) -> pl.Expr:
    """Every channel, in a file that tells none; else only for a consent that is withdrawn."""
    if "channel" in absent:
        return pl.lit("all")
    return pl.when(pl.col("state") == "withdrawn").then(pl.lit("all"))


def _without_end(rows: pl.DataFrame) -> pl.DataFrame:
    if "until" not in rows.columns:
        return rows
    endless = pl.col("until").str.to_lowercase().is_in(list(NO_END))
    return rows.with_columns(until=pl.when(~endless).then("until"))


def _long(frame: pl.DataFrame) -> pl.DataFrame:
    """One row for each value, where a file has a column for haemoglobin and one for ferritin.

    The unit is the one in the column's name; without one it is g/dL, and ug/L for ferritin.
    """
    wide = {
        name: (code, split_unit(name)[1] or unit)
        for code, (unit, names) in _BLOOD.items()
        for name in frame.columns
        if plain(name) in names or plain(split_unit(name)[0]) in names
    }
    if not wide:
        return frame
    kept = [name for name in frame.columns if name not in wide]
    parts = [
        frame.select(
            *kept,
            pl.col(name).cast(pl.String).alias("value"),
            pl.lit(code).alias("loinc"),
            pl.lit(unit.replace("_", "/")).alias("unit"),
        )
        for name, (code, unit) in wide.items()
    ]
    return pl.concat(parts).filter(
        pl.col("value").str.strip_chars().replace("", None).is_not_null()
    )
