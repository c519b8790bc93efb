"""Open Payments general payments: the era without NPI (2013-2015) and the current one.

A file without NPI names physicians by profile; ``imports.crosswalk`` (the official profile
supplement, or any CSV with profile and NPI) or a panel file in the same folder tells whose they
are. Payments whose physician is not known, or that a panel counts already, are set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, panel, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import PROMOTION

MAIN = "promotion"
NO_NPI, UNKNOWN_PROFILE, COUNTED = "no-npi", "unknown-profile", "counted-by-the-panel"
_SHOWN = ("record", "date", "amount", "profile", "npi", "product1")
_BLOCKS = range(1, 6)
_NPI = ("covered_recipient_npi", "npi", "physician_npi")
_PROFILE = ("covered_recipient_profile_id", "physician_profile_id", "profile_id", "doc_id")
FIELDS = (
    Field("amount", ("total_amount_of_payment_usdollars",), needed=True),
    Field("date", ("date_of_payment",), needed=True),
    Field("nature", ("nature_of_payment_or_transfer_of_value",), needed=True),
    Field("record", ("record_id", "general_transaction_id"), needed=True),
    Field("number", ("number_of_payments_included_in_total_amount",)),
    Field("published", ("payment_publication_date",)),
    Field("state", ("recipient_state",)),
    Field("npi", _NPI[:1]),
    Field("profile", _PROFILE[:2]),
    *(
        Field(
            f"product{n}",
            (
                f"name_of_drug_or_biological_or_device_or_medical_supply_{n}",
                f"name_of_associated_covered_drug_or_biological{n}",
            ),
        )
        for n in _BLOCKS
    ),
)
_CROSSWALK = (Field("npi", _NPI, needed=True), Field("profile", _PROFILE, needed=True))


def recognises(header: Sequence[str]) -> bool:
    """Whether the file lists payments, one a row."""
    return present(header, FIELDS)


def read(
    path: Path,
    settings: ConversionSettings,
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, Iterator[pa.Table], str]]:
    """The table ``promotion``: a row per payment and product, the amount in equal parts."""
    yield MAIN, _rows(path, settings, progress, refusals or Refusals(path.name)), path.name


def crosswalk(path: Path, settings: ConversionSettings) -> pl.DataFrame:
    """Which profile is which NPI: columns ``profile``, ``npi`` and ``years``.

    From the settings' file, else from a panel in the folder of ``path``. ``years`` lists what a
    panel already counts of this physician's payments (empty otherwise).
    """
    named = settings.imports.crosswalk
    candidates = [Path(named)] if named else sorted(path.parent.iterdir())
    found = [pl.DataFrame(schema={"profile": pl.String, "npi": pl.String, "year": pl.String})]
    for file in candidates:
        if named or panel.recognises(files.header_or_none(file)):
            fields = _CROSSWALK if named else (*_CROSSWALK, Field("year", ("year",)))
            wanted = columns(files.header(file), fields, file.name)
            pairs = [f.drop_nulls().unique() for f in files.batches(file, wanted)]
            found.append(pl.concat(pairs))
    whole = pl.concat(found, how="diagonal").unique()
    years = pl.col("year").drop_nulls().cast(pl.Int32).alias("years")
    return whole.group_by("profile").agg(pl.col("npi").min(), years)


def _rows(
    path: Path, settings: ConversionSettings, progress: Progress, refusals: Refusals
) -> Iterator[pa.Table]:
    wanted = columns(files.header(path), FIELDS, path.name)
    known = None if "npi" in wanted else crosswalk(path, settings)
    done = 0
    for frame in files.batches(path, wanted, refusals):
        done += frame.height
        progress.step(f"{path.name}: payments", done)
        # First whose state it is: of what nobody asked for, nothing needs an explanation.
        asked = values.of_states(frame, settings.imports.states, refusals)
        payments = _uncounted(_dated(_whose(asked, known, refusals), settings), refusals)
        yield values.as_table(PROMOTION, _products(payments, settings))


def _whose(frame: pl.DataFrame, known: pl.DataFrame | None, refusals: Refusals) -> pl.DataFrame:
    rule, detail = NO_NPI, "the payment names no NPI (teaching hospitals have none)"
    if known is not None:
        rule = UNKNOWN_PROFILE
        detail = "neither imports.crosswalk nor a panel beside the file knows the profile's NPI"
        if "profile" not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias("profile"))
        frame = frame.join(known, on="profile", how="left", maintain_order="left")
    refusals.refuse(frame.filter(pl.col("npi").is_null()), rule, detail, _SHOWN)
    return frame.filter(pl.col("npi").is_not_null())


def _uncounted(payments: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    """Without payments that a panel in the same folder already has in its yearly totals."""
    if "years" not in payments.columns:
        return payments
    counted = pl.col("years").list.contains(pl.col("event_time").dt.year()).fill_null(value=False)
    detail = "the panel beside the file has the payment in the physician's total of the year"
    refusals.refuse(payments.filter(counted), COUNTED, detail, _SHOWN)
    return payments.filter(~counted)


def _dated(frame: pl.DataFrame, settings: ConversionSettings) -> pl.DataFrame:
    lag = settings.imports.lag_months
    happened = _day("date")
    # With a lag the file's own date of publication says best since when it could be known.
    known = happened.dt.offset_by(f"{lag}mo")
    if lag and "published" in frame.columns:
        known = pl.coalesce(_day("published"), known)
    return frame.with_columns(happened.alias("event_time"), known.alias("known_at"))


def _day(name: str) -> pl.Expr:
    text = pl.col(name)
    american = text.str.to_datetime("%m/%d/%Y", strict=False, time_unit="us")
    return pl.coalesce(american, text.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us"))


def _products(frame: pl.DataFrame, settings: ConversionSettings) -> pl.DataFrame:
    names = [f"product{n}" for n in _BLOCKS if f"product{n}" in frame.columns]
    brands = pl.concat_list(_brand(name, settings) for name in names) if names else pl.lit([])
    number = values.number("number") if "number" in frame.columns else pl.lit(1.0)
    frame = frame.with_columns(
        number.fill_null(1.0).alias("contacts"),
        pl.col("nature").str.to_lowercase().fill_null("(not stated)").alias("channel"),
        pl.col("record").alias("reference"),
        brands.cast(pl.List(pl.String)).list.drop_nulls().list.unique().alias("products"),
    )
    several = pl.col("products").list.len()
    part = values.number("amount") / several.clip(lower_bound=1)
    return frame.with_columns(
        pl.when(several == 0).then(pl.lit(["(other)"])).otherwise("products").alias("product"),
        # What is no number is handed on as it stands, so that ingest sets the row aside.
        pl.coalesce(part.round(4).cast(pl.String), "amount").alias("amount_usd"),
    ).explode("product")


def _brand(name: str, settings: ConversionSettings) -> pl.Expr:
    """The product in capitals; one that begins with a case's name is that case."""
    product = values.place(name)
    for case in settings.cases:
        begins = product.str.starts_with(case.upper())
        product = pl.when(begins).then(pl.lit(case)).otherwise(product)
    return product
