"""Promotion: contacts and payments for the brand and for anything else."""

from __future__ import annotations

from perdure.kernel.features import Aggregation, Declaration, FeatureView
from perdure.solutions.conversion.settings import ConversionSettings

_BRAND = "product = :brand"


def declarations(settings: ConversionSettings) -> tuple[Declaration, ...]:
    """Counts and amounts by window; with months also how fresh they are."""
    windows = settings.features.windows
    made = [
        Aggregation(
            "promotion_usd",
            "sum",
            "Value received from any company in dollars",
            value="amount_usd",
            windows=windows[-1:],
            fill=0,
        ),
        Aggregation(
            "brand_promotion_usd",
            "sum",
            "Value received for the brand in dollars",
            value="amount_usd",
            where=_BRAND,
            windows=windows[-1:],
            fill=0,
        ),
        Aggregation(
            "brand_contacts",
            "sum",
            "Contacts about the brand",
            value="contacts",
            where=_BRAND,
            windows=windows,
            fill=0,
        ),
    ]
    if len(windows) > 1:
        made += _fresh(settings)
    return (FeatureView("promotion", "npi", "promotion", tuple(made)),)


def _fresh(settings: ConversionSettings) -> list[Aggregation]:
    half_life = settings.features.adstock_half_life_days
    still_felt = [
        Aggregation(
            f"brand_{channel}_adstock",
            "adstock",
            f"{word} about the brand that are still felt",
            value="contacts",
            where=f"{_BRAND} AND channel = '{channel}'",
            half_life_days=half_life,
            fill=0,
        )
        for channel, word in (("call", "Calls"), ("email", "E-mails"), ("sample", "Samples"))
    ]
    last = Aggregation(
        "brand_contact_recency",
        "recency",
        "Days since the last contact about the brand",
        where=_BRAND,
    )
    return [*still_felt, last]
