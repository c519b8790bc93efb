"""Random donor tables, and who may be contacted by them, told row by row and not by blocks."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

AT = datetime(2026, 3, 1, 12)
_NOW = np.datetime64(AT, "us")
_DAY = np.timedelta64(24 * 3600 * 1_000_000, "us")


def _some(rng, donors, share, low=-1_000, high=0):
    """Some donors, possibly several times, with a moment between so many days from now."""
    who = rng.integers(0, len(donors), int(len(donors) * share))
    when = _NOW + rng.integers(low * 24, high * 24, len(who)) * np.timedelta64(3_600_000_000, "us")
    return pl.DataFrame({"donor": donors.gather(who), "event_time": when, "known_at": when})


def random_tables(rng: np.random.Generator, n: int) -> tuple[pl.Series, dict[str, pl.DataFrame]]:
    """n donors with everything that can stand against a contact, all of it by lot."""
    donors = pl.Series("donor", [f"d{i}" for i in range(n)])
    pick = lambda rows, *values: pl.Series(rng.choice(np.array(values), rows.height))  # noqa: E731
    who = pl.DataFrame({"donor": donors, "event_time": np.full(n, _NOW - 900 * _DAY)})
    person = who.with_columns(
        known_at="event_time",
        sex=pick(who, "female", "male", "unknown"),
        country=pick(who, "GB", "US", "CA", "DE"),
        birth_year=pl.lit(1980),
        centre=pl.lit("north"),
    ).filter(pl.Series(rng.random(n) > 0.02))
    consent = _some(rng, donors, 2.0)
    consent = consent.with_columns(
        channel=pick(consent, "sms", "email", "all"),
        state=pick(consent, "given", "given", "given", "withdrawn"),
    )
    response = _some(rng, donors, 0.2)
    response = response.with_columns(kind=pick(response, "opted_out", "opened"))
    deferral = _some(rng, donors, 0.3, -400, 100)
    length = rng.integers(1, 400, deferral.height) * _DAY
    until = pl.Series(deferral["event_time"].to_numpy() + length)
    deferral = deferral.with_columns(
        until=pl.when(pl.Series(rng.random(deferral.height) > 0.1)).then(until),
        reason=pl.lit("travel"),
        known_at=pl.lit(datetime(2020, 1, 1)),
    )
    donation = _some(rng, donors, 1.5, -700, 0)
    blood = _some(rng, donors, 0.5, -700, 0)
    blood = blood.with_columns(
        loinc=pick(blood, "718-7", "2276-4"), value=rng.uniform(5, 20, blood.height)
    )
    tables = {
        "donor": person,
        "donation": donation.with_columns(volume_ml=pl.lit(450.0)),
        "donor_consent": consent,
        "donor_response": response,
        "donor_deferral": deferral,
        "donor_haemoglobin": blood,
    }
    return donors, {
        name: frame.with_columns(
            pl.col("event_time", "known_at").cast(pl.Datetime("us")),
            _sequence=pl.int_range(pl.len()),
        )
        for name, frame in tables.items()
    }


def must_be_left_alone(
    donors: pl.Series, tables: dict[str, pl.DataFrame], channel: str
) -> pl.Series:
    """Whether a donor is deferred, has opted out, or has not consented to the channel at ``AT``."""
    asked, past = donors.to_frame(), pl.col("event_time") <= AT
    deferred = tables["donor_deferral"].filter(
        past, pl.col("until").is_null() | (pl.col("until") > AT)
    )
    words = tables["donor_consent"].filter(past, pl.col("channel").is_in([channel, "all"]))
    last = words.sort("event_time", pl.col("state") == "withdrawn").group_by("donor").last()
    given = last.filter(pl.col("state") == "given").select("donor", agreed="event_time")
    out = tables["donor_response"].filter(past, pl.col("kind") == "opted_out")
    out = out.group_by("donor").agg(out=pl.col("event_time").max())
    told = asked.join(given, on="donor", how="left").join(out, on="donor", how="left")
    told = told.join(deferred.select("donor", on=True).unique(), on="donor", how="left")
    told = asked.join(told, on="donor", how="left", maintain_order="left")
    stays_out = pl.col("out").is_not_null() & ~(pl.col("agreed") > pl.col("out")).fill_null(False)
    return told.select(
        pl.col("agreed").is_null() | stays_out | pl.col("on").fill_null(False)
    ).to_series()
