"""Arrays of the sample world as rows in the columns of the table contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import polars as pl

from perdure.kernel.clock import add_months
from perdure.methods.contact.actions import ACTIONS
from perdure.solutions.donor.eligibility import SEXES
from perdure.solutions.donor.sample.behaviour import FOREVER, Floats, Month
from perdure.solutions.donor.sample.people import COUNTRIES, Ints, People
from perdure.solutions.donor.tables import FERRITIN, HAEMOGLOBIN

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_MEAN_G_DL = np.array([14.0, 13.4, 14.9])
"""Haemoglobin by place in SEXES; spread 1."""


def _moments(start: datetime, offset: Ints) -> pl.Series:
    """``start`` and so many microseconds."""
    base = np.datetime64(start, "us")
    return pl.Series(base + offset.astype("timedelta64[us]"), dtype=pl.Datetime("us"))


def donor_names(who: Ints) -> pl.Series:
    """Identifiers of donors by number."""
    return pl.select(pl.format("D{}", pl.Series(who).cast(pl.String).str.zfill(6))).to_series()


def _frame(who: Ints, when: pl.Series, known: pl.Series, **more: object) -> pl.DataFrame:
    return pl.DataFrame({"donor": donor_names(who), "event_time": when, "known_at": known, **more})


def donor_rows(people: People, registered: datetime) -> pl.DataFrame:
    """The ``donor`` table: one row each, known from before the start on."""
    who = np.arange(len(people))
    when = _moments(registered, np.zeros(len(people), np.int64))
    country = pl.Series(np.array(COUNTRIES)[people.country].tolist())
    centre = pl.Series((people.centre + 1).astype(str).tolist())
    return _frame(
        who, when, when,
        sex=pl.Series(np.array(SEXES)[people.sex].tolist()), birth_year=people.birth_year,
        country=country, centre=country + "-" + centre,
    )  # fmt: skip


def consent_rows(people: People, registered: datetime) -> pl.DataFrame:
    """What was agreed to at registration: SMS, e-mail, or both."""
    parts = []
    for j, channel in enumerate(("sms", "email")):
        who = np.flatnonzero(people.agrees[:, j])
        when = _moments(registered, np.full(len(who), _HOUR))
        parts.append(_frame(who, when, when, channel=_all(channel, who), state=_all("given", who)))
    return pl.concat(parts)


def donation_rows(who: Ints, month: datetime, label: str) -> pl.DataFrame:
    """Donations of one month, on its days 12 to 26."""
    when = _donated(who, month)
    number = pl.select(pl.format("{}-{}", pl.lit(label), donor_names(who))).to_series()
    return _frame(who, when, when, donation=number, volume_ml=np.full(len(who), 450.0))


def month_rows(
    people: People, start: datetime, month: int, told: Month, luck: Floats
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every table's rows of one month of the world; ``luck`` (n,) settles values measured."""
    begin = add_months(start, month)
    given = np.flatnonzero(told.donated)
    yield "donation", donation_rows(given, begin, f"m{month}")
    yield "donor_haemoglobin", _blood(people, given, begin, luck)
    yield "donor_contact", _contacts(begin, month, told)
    yield "donor_response", _responses(begin, month, told)
    yield "donor_deferral", _deferrals(start, begin, told)
    who = np.flatnonzero(told.withdrew)
    when = _moments(begin, np.full(len(who), 20 * _DAY))
    yield (
        "donor_consent",
        _frame(who, when, when, channel=_all("all", who), state=_all("withdrawn", who)),
    )


def _contacts(begin: datetime, month: int, told: Month) -> pl.DataFrame:
    """The log: also of those whom the lot left alone while something else was open to them."""
    who = np.flatnonzero((told.propensity < 1) | (told.action > 0))
    when, hour = _contacted(who, begin)
    action = told.action[who]
    variant = np.where(action > 0, np.where(who % 2, "B", "A"), "")
    return _frame(
        who, when, when,
        contact=_contactdonor_names(who, month),
        action=pl.Series(np.array(ACTIONS)[action].tolist(), dtype=pl.String),
        variant=pl.Series(variant.tolist(), dtype=pl.String).replace("", None),
        hour=hour, propensity=told.propensity[who], policy=_all("lottery@1", who),
    )  # fmt: skip


def _responses(begin: datetime, month: int, told: Month) -> pl.DataFrame:
    """Opened an hour later, opted out two hours later, donated when it was done."""
    reached, parts = told.action > 0, []
    for kind, did in (("opened", told.opened), ("opted_out", told.opted_out),
                      ("donated", told.donated)):  # fmt: skip
        who = np.flatnonzero(reached & did)
        sent, _ = _contacted(who, begin)
        hours = {"opened": 1, "opted_out": 2}.get(kind, 0)
        when = sent.dt.offset_by(f"{hours}h") if hours else _donated(who, begin)
        parts.append(
            _frame(who, when, when, contact=_contactdonor_names(who, month), kind=_all(kind, who),
                   contacted_at=sent)
        )  # fmt: skip
    return pl.concat(parts)


def _deferrals(start: datetime, begin: datetime, told: Month) -> pl.DataFrame:
    who = np.flatnonzero(told.deferred)
    when = _moments(begin, np.full(len(who), 27 * _DAY))
    ends = [None if m >= FOREVER else add_months(start, m) for m in told.deferred[who].tolist()]
    reasons = np.array(("travel", "medication", "low haemoglobin"))[who % 3]
    return _frame(
        who, when, when, until=pl.Series(ends, dtype=pl.Datetime("us")),
        reason=pl.Series(reasons.tolist(), dtype=pl.String),
    )  # fmt: skip


def _blood(people: People, who: Ints, begin: datetime, luck: Floats) -> pl.DataFrame:
    """Haemoglobin at every donation, high enough to give; ferritin at every tenth."""
    from scipy.special import ndtri

    drawn = _MEAN_G_DL[people.sex[who]] + np.abs(ndtri(np.clip(luck[who], 1e-9, 1 - 1e-9)))
    some = who[who % 10 == 0]
    when, later = _donated(who, begin), _donated(some, begin)
    return pl.concat([
        _frame(who, when, when, loinc=_all(HAEMOGLOBIN, who), value=drawn.round(1),
               unit=_all("g/dL", who)),
        _frame(some, later, later, loinc=_all(FERRITIN, some), value=np.round(10 + 90 * luck[some]),
               unit=_all("ug/L", some)),
    ])  # fmt: skip


def _contacted(who: Ints, begin: datetime) -> tuple[pl.Series, Ints]:
    """When a contact of the month is sent (its days 2 to 9), and at which hour."""
    day, hour = 1 + (who * 7) % 8, 9 + (who * 5) % 10
    return _moments(begin, day * _DAY + hour * _HOUR), hour


def _donated(who: Ints, begin: datetime) -> pl.Series:
    return _moments(begin, (11 + (who * 11) % 15) * _DAY + 15 * _HOUR)


def _contactdonor_names(who: Ints, month: int) -> pl.Series:
    return pl.select(pl.format("c{}-{}", pl.lit(month), donor_names(who))).to_series()


def _all(text: str, who: Ints) -> pl.Series:
    return pl.repeat(text, len(who), dtype=pl.String, eager=True)
