"""NPPES: every provider with an NPI, where they practise and what they are (V1 and V2 files)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, nucc, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import PHYSICIAN

MAIN = "physician"
_SLOTS = range(1, 16)
FIELDS = (
    Field("npi", ("npi",), needed=True),
    Field("entity", ("entity_type_code",), needed=True),
    Field("credential", ("provider_credential_text",)),
    Field("city", ("provider_business_practice_location_address_city_name",)),
    Field("state", ("provider_business_practice_location_address_state_name",)),
    Field("enumerated", ("provider_enumeration_date",), needed=True),
    Field("updated", ("last_update_date",)),
    Field("deactivated", ("npi_deactivation_date",)),
    Field("reactivated", ("npi_reactivation_date",)),
    Field("gender", ("provider_sex_code", "provider_gender_code")),
    *(Field(f"code{n}", (f"healthcare_provider_taxonomy_code_{n}",), n == 1) for n in _SLOTS),
    *(Field(f"main{n}", (f"healthcare_provider_primary_taxonomy_switch_{n}",)) for n in _SLOTS),
)


def recognises(header: Sequence[str]) -> bool:
    """Whether the file lists providers with entity type, enumeration date and taxonomy."""
    return present(header, FIELDS)


def read(
    path: Path,
    settings: ConversionSettings,
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, Iterator[pa.Table], str]]:
    """The table ``physician`` of individuals (entity type 1).

    Specialties are named by a NUCC file in the same folder; without one they are the codes.
    """
    yield MAIN, _rows(path, settings, progress, refusals or Refusals(path.name)), path.name


def _rows(
    path: Path, settings: ConversionSettings, progress: Progress, refusals: Refusals
) -> Iterator[pa.Table]:
    wanted = columns(files.header(path), FIELDS, path.name)
    names = _names(path)
    done = 0
    for frame in files.batches(path, wanted, refusals):
        done += frame.height
        progress.step(f"{path.name}: providers", done)
        people = _complete(frame).filter(pl.col("entity") == "1")
        refusals.pass_over("organisations and withdrawn numbers", frame.height - people.height)
        rows = values.of_states(_dated(people), settings.imports.states, refusals)
        yield values.as_table(PHYSICIAN, rows.join(names, on="taxonomy", how="left"))


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    absent = [f.name for f in FIELDS if f.name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    main = [
        pl.when(pl.col(f"main{n}").str.to_uppercase() == "Y").then(pl.col(f"code{n}"))
        for n in _SLOTS
    ]
    return frame.with_columns(
        pl.coalesce(*main, "code1").alias("taxonomy"),
        values.place("city"),
        values.place("state"),
        values.credential("credential"),
    ).with_columns(pl.col("state").alias("territory"))


def _dated(frame: pl.DataFrame) -> pl.DataFrame:
    """With dates; a provider whose number was withdrawn and not given back is not active."""
    days = {name: _day(name) for name in ("updated", "enumerated", "deactivated", "reactivated")}
    at = pl.coalesce("updated", "enumerated")
    active = pl.col("deactivated").is_null() | (pl.col("reactivated") >= pl.col("deactivated"))
    return frame.with_columns(**days).with_columns(
        at.alias("event_time"),
        at.alias("known_at"),
        active.fill_null(value=False).alias("active"),
    )


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%m/%d/%Y", strict=False, time_unit="us")


def _names(path: Path) -> pl.DataFrame:
    for file in sorted(path.parent.iterdir()):
        if nucc.recognises(files.header_or_none(file)):
            whole = pl.concat_str(
                "classification", "specialization", separator=": ", ignore_nulls=True
            )
            return nucc.names(file).select(
                pl.col("code").alias("taxonomy"), whole.alias("specialty")
            )
    return pl.DataFrame(schema={"taxonomy": pl.String, "specialty": pl.String})
