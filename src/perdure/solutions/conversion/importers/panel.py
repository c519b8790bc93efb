"""The HCP panel: one row per drug class, year and physician, with the class's target brand.

The form of the study tables of DeJong et al. (JAMA Internal Medicine 2016). Brand rows below 100
claims and physicians below 100 class claims do not appear, so "no row" means "fewer than 100".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.tables import TableContract
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import CLAIMS, PHYSICIAN, PRACTICE, PROMOTION

VISIBLE_FROM = 100
"""Smallest brand and class count that the panel shows."""

_TEXTS = ("class", "brand", "npi", "specialty", "city", "credential", "gender", "state")
FIELDS = (
    Field("class", ("drug_class",), needed=True),
    Field("brand", ("target_brand",), needed=True),
    Field("year", ("year",), needed=True),
    Field("npi", ("npi",), needed=True),
    Field("specialty", ("doc_specialty",)),
    Field("city", ("doc_city",)),
    Field("credential", ("doc_cred",)),
    Field("gender", ("doc_gender",)),
    Field("state", ("doc_state",)),
    Field("grad_year", ("doc_grad_year",)),
    Field("group_size", ("doc_group_size",)),
    Field("profile", ("doc_id",)),
    Field("patients", ("doc_bene_count",)),
    Field("claims", ("doc_total_claims",)),
    Field("cost", ("doc_total_drug_cost",)),
    Field("days_supply", ("doc_total_day_supply",)),
    Field("claims_65", ("doc_total_claims_65",)),
    Field("brand_claims", ("doc_brand_claims",)),
    Field("brand_cost", ("doc_brand_cost",)),
    Field("generic_claims", ("doc_generic_claims",)),
    Field("generic_cost", ("doc_generic_cost",)),
    Field("lis_claims", ("doc_lis_claims",)),
    Field("mapd_claims", ("doc_mapd_claims",)),
    Field("class_patients", ("total_class_bene",)),
    Field("class_claims", ("total_class_claims",), needed=True),
    Field("class_days", ("total_class_day_supply",)),
    Field("class_cost", ("total_class_drug_cost",)),
    Field("target_patients", ("total_target_bene",)),
    Field("target_claims", ("total_target_claims",), needed=True),
    Field("target_days", ("total_target_day_supply",)),
    Field("target_cost", ("total_target_drug_cost",)),
    Field("paid", ("total_payment_dollars",)),
    Field("target_paid", ("total_target_payment_dollars",)),
    Field("target_payments", ("total_target_payment_number",)),
)
OUTCOME_FIELDS = (
    Field("next_target_claims", ("y_target_claims_t1",), needed=True),
    Field("next_class_claims", ("y_class_claims_t1",), needed=True),
    Field("converted", ("converted",)),
)
MAIN = "claims"
_GROUP, _SYSTEM = 3, 10  # from these sizes on, two groups of one size in a place are rare
_SUMS = ("claims", "patients", "cost", "days_supply")


def recognises(header: Sequence[str]) -> bool:
    """Whether the file is such a panel (a file that also holds outcomes is :func:`is_outcome`)."""
    return present(header, FIELDS) and not is_outcome(header)


def is_outcome(header: Sequence[str]) -> bool:
    """Whether the file is a panel of one year with the next year's outcome beside it."""
    return present(header, FIELDS) and present(header, OUTCOME_FIELDS)


def read(
    path: Path,
    settings: ConversionSettings,
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, pa.Table, str]]:
    """The tables ``physician``, ``claims``, ``practice`` and ``promotion`` of the panel.

    An outcome file gives the next year's claims as well.
    """
    frame = load(path, settings, refusals or Refusals(path.name))
    lag = settings.imports.lag_months
    parts: tuple[tuple[TableContract, pl.DataFrame], ...] = (
        (PHYSICIAN, _once(_placed(frame))),
        (CLAIMS, _claims(frame, lag)),
        (PRACTICE, _once(frame)),
        (PROMOTION, _promotion(frame)),
    )
    for contract, rows in parts:
        progress.step(f"{path.name}: {contract.name}", rows.height, rows.height)
        yield contract.name, values.as_table(contract, rows), path.name


def load(path: Path, settings: ConversionSettings, refusals: Refusals) -> pl.DataFrame:
    """The panel under our names, numbers as numbers, with ``event_time`` and ``known_at``."""
    head = files.header(path)
    wanted = (*FIELDS, *OUTCOME_FIELDS) if is_outcome(head) else FIELDS
    frame = pl.concat(files.batches(path, columns(head, wanted, path.name), refusals))
    frame = values.all_numbers(
        frame, [f.name for f in wanted if f.name not in (*_TEXTS, "profile")], path.name
    )
    texts = [pl.lit(None, pl.String).alias(n) for n in _TEXTS if n not in frame.columns]
    frame = values.of_states(frame.with_columns(texts), settings.imports.states, refusals)
    return frame.with_columns(
        *values.year_end(pl.col("year"), settings.imports.lag_months),
        values.specialty("specialty"),
        values.place("city"),
        values.place("state"),
        values.credential("credential"),
        pl.lit(value=True).alias("active"),
    )


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """With territory, and with group practices told by place and size: the file names none."""
    size = pl.col("group_size").cast(pl.Int64)
    group = pl.format("{}, {}: {}", "city", "state", size)
    return frame.with_columns(
        pl.col("state").alias("territory"),
        pl.when(size >= _GROUP).then(group).alias("practice_group"),
        pl.when(size >= _SYSTEM).then(pl.format("{}: {}", "state", size)).alias("practice_system"),
    )


def _once(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per physician and year: the same physician stands in several classes."""
    return frame.unique(["npi", "event_time"], keep="first", maintain_order=True)


def _claims(frame: pl.DataFrame, lag: int) -> pl.DataFrame:
    pair = [(frame, "class", "target")]
    if "next_class_claims" in frame.columns:
        year, known = values.year_end(pl.col("year") + 1, lag)
        later = frame.filter(pl.col("next_class_claims") > 0).with_columns(year, known)
        none = [
            pl.lit(None, pl.Float64).alias(f"next_{w}_{m}")
            for w in ("class", "target")
            for m in ("patients", "cost", "days")
        ]
        pair.append((later.with_columns(none), "next_class", "next_target"))
    return pl.concat([part for one in pair for part in _products(*one)])


def _products(frame: pl.DataFrame, whole: str, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The target brand's rows, and the rest of the class as one product."""
    measures = dict(zip(("claims", "patients", "cost", "days"), _SUMS, strict=True))
    same = (
        "npi",
        pl.col("class").alias("market"),
        "event_time",
        "known_at",
        pl.lit(value=False).alias("suppressed"),
    )
    brand = frame.filter(pl.col(f"{target}_claims") > 0).select(
        *same,
        pl.col("brand").alias("product"),
        *(pl.col(f"{target}_{m}").alias(n) for m, n in measures.items()),
    )
    rest = frame.select(
        *same,
        pl.format("other {}", pl.col("class")).alias("product"),
        *(
            (pl.col(f"{whole}_{m}") - pl.col(f"{target}_{m}").fill_null(0))
            .clip(lower_bound=0)
            .alias(n)
            for m, n in measures.items()
        ),
    )
    return brand, rest.filter(pl.col("claims") > 0)


def _promotion(frame: pl.DataFrame) -> pl.DataFrame:
    """Payments for the target brand, and all other payments of the year as one row."""
    same = (
        "npi",
        pl.lit("payment").alias("channel"),
        "event_time",
        "known_at",
        pl.lit("year").alias("reference"),
    )
    brand = frame.filter(pl.col("target_payments") > 0).select(
        *same,
        pl.col("brand").alias("product"),
        pl.col("target_payments").alias("contacts"),
        pl.col("target_paid").alias("amount_usd"),
    )
    known = pl.col("target_paid").fill_null(0).sum().over("npi", "event_time")
    other = _once(frame.with_columns((pl.col("paid") - known).alias("amount_usd")))
    other = other.filter(pl.col("amount_usd") > 0).select(
        *same,
        pl.lit("(other)").alias("product"),
        pl.lit(None, pl.Float64).alias("contacts"),
        "amount_usd",
    )
    return pl.concat([brand, other], how="diagonal")
