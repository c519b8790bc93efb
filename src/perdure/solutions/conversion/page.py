"""What the console shows of one physician: facts, prescriptions over time, contacts."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from perdure.kernel.tables import SEQUENCE, TableContract
from perdure.kernel.timeline import Event, Series, Timeline
from perdure.platform.storage.project import Project
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import CLAIMS, PHYSICIAN, PRACTICE, PROMOTION

MOST_EVENTS = 200

_FACTS = (
    ("specialty", "Specialty"),
    ("credential", "Credential"),
    ("city", "City"),
    ("state", "State"),
    ("territory", "Territory"),
    ("group_size", "Physicians in the group"),
    ("grad_year", "Year of graduation"),
)
_PRACTICE_FACTS = (("patients", "Patients a year"), ("claims", "Prescriptions a year, all drugs"))


def timeline(
    project: Project, settings: ConversionSettings, case: str, entity: str, as_of: datetime
) -> Timeline:
    """Facts, claims by product and contacts of one physician, as known at ``as_of``."""
    market = settings.case(case).market
    who = _known(project, PHYSICIAN, entity, as_of)
    claims = _known(project, CLAIMS, entity, as_of).filter(pl.col("market") == market)
    contacts = _known(project, PROMOTION, entity, as_of)
    practice = _known(project, PRACTICE, entity, as_of)
    return Timeline(
        facts=(*_facts(who, _FACTS), *_facts(practice, _PRACTICE_FACTS)),
        series=_series(claims, case, market),
        events=_events(contacts),
    )


def _known(project: Project, contract: TableContract, entity: str, as_of: datetime) -> pl.DataFrame:
    """The physician's rows of a table, the last statement of each fact that was known then."""
    if not project.lake.exists(contract.name):
        return pl.DataFrame(schema=dict.fromkeys(contract.names(), pl.String()))
    rows = project.lake.scan(contract.name).filter(
        pl.col("npi") == entity, pl.col("event_time") <= as_of, pl.col("known_at") <= as_of
    )
    order = ["event_time", "known_at", SEQUENCE]
    return rows.sort(order).unique(contract.keys, keep="last", maintain_order=True).collect()


def _facts(rows: pl.DataFrame, wanted: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The newest row's values, in words; what is not known is left out."""
    if rows.is_empty():
        return []
    newest = rows.row(-1, named=True)
    return [(title, _text(newest[name])) for name, title in wanted if newest[name] is not None]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}"
    return str(value)


def _series(claims: pl.DataFrame, brand: str, market: str) -> tuple[Series, ...]:
    """The brand, the whole market, then each other product, by period."""
    if claims.is_empty():
        return ()
    own = claims.filter(pl.col("product") == brand)
    made = [
        _sums(own, brand),
        _sums(claims, f"market {market}"),
        *(
            _sums(rows, str(product))
            for (product,), rows in claims.filter(pl.col("product") != brand).group_by(
                "product", maintain_order=True
            )
        ),
    ]
    return tuple(series for series in made if series.points)


def _sums(rows: pl.DataFrame, name: str) -> Series:
    by_time = rows.group_by("event_time").agg(pl.col("claims").sum()).sort("event_time")
    return Series(name, "prescriptions", tuple(by_time.rows()))


def _events(contacts: pl.DataFrame) -> tuple[Event, ...]:
    newest = contacts.tail(MOST_EVENTS)
    return tuple(
        Event(row["event_time"], row["channel"], _contact(row))
        for row in newest.iter_rows(named=True)
    )


def _contact(row: dict[str, object]) -> str:
    amount = row["amount_usd"]
    paid = f", {amount:,.2f} USD" if isinstance(amount, float) and amount else ""
    return f"{row['product']}{paid}"
