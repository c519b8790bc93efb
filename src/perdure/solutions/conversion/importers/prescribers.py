"""What the two Part D prescriber files have in common: who the prescriber is, and which era."""

from __future__ import annotations

import polars as pl

from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import values
from perdure.solutions.conversion.importers.fields import Field
from perdure.solutions.conversion.settings import ImportSettings

WHO = (
    Field("npi", ("prscrbr_npi", "npi"), needed=True),
    Field("city", ("prscrbr_city", "nppes_provider_city")),
    Field("state", ("prscrbr_state_abrvtn", "nppes_provider_state")),
    Field("specialty", ("prscrbr_type", "specialty_description")),
    Field("credential", ("prscrbr_crdntls", "nppes_credentials")),
    Field("gender", ("prscrbr_gndr", "nppes_provider_gender")),
    Field("kind", ("prscrbr_ent_cd", "nppes_entity_code")),
)
"""Fields of the prescriber, with the names since 2021 and those before."""


def texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every field of ``WHO`` (empty when the file has none), names put in order."""
    absent = [pl.lit(None, pl.String).alias(f.name) for f in WHO if f.name not in frame.columns]
    return frame.with_columns(absent).with_columns(
        values.specialty("specialty"),
        values.place("city"),
        values.place("state"),
        values.credential("credential"),
        pl.col("state").alias("territory"),
        pl.lit(value=True).alias("active"),
    )


def selected(frame: pl.DataFrame, options: ImportSettings, refusals: Refusals) -> pl.DataFrame:
    """Individuals (not organisations) of the states that the settings name."""
    people = frame.filter(pl.col("kind").is_null() | (pl.col("kind") == "I"))
    refusals.pass_over("organisations", frame.height - people.height)
    return values.of_states(people, options.states, refusals)


def years(frame: pl.DataFrame, year: int, lag_months: int) -> pl.DataFrame:
    """The frame with ``event_time`` and ``known_at`` of the file's year."""
    return frame.with_columns(*values.year_end(pl.lit(year), lag_months))


def once(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per prescriber; files are sorted by NPI, so hardly any repeats in a later batch."""
    return frame.unique("npi", keep="first", maintain_order=True)
