"""What counts as a conversion: the label contract of one brand."""

from __future__ import annotations

from perdure.kernel.labels import LabelContract
from perdure.solutions.conversion.settings import ConversionSettings


def label(settings: ConversionSettings, case: str) -> LabelContract:
    """A physician of the market, no writer of the brand so far, reaches the minimum volume.

    Where the source hides counts that would already be a conversion, a hidden cell leaves the
    answer open. With a minimum volume at or above what the source shows, a missing or hidden
    cell is below it, and the answer is no.
    """
    market, stated = settings.case(case).market, settings.label
    hides = stated.minimum_volume < stated.suppressed_below
    return LabelContract(
        name="first-prescription" if stated.minimum_volume <= 1 else "adoption-at-volume",
        entity="physician",
        entity_key="npi",
        source="claims",
        amount="claims",
        event="market = :market AND product = :brand",
        market="market = :market",
        lookback_months=stated.lookback_months,
        gap_months=stated.gap_months,
        window_months=stated.window_months,
        minimum_volume=stated.minimum_volume,
        minimum_market=stated.minimum_market,
        observed_by=stated.observed_by,
        suppressed="market = :market AND product = :brand AND suppressed" if hides else None,
        parameters={"brand": case, "market": market},
    )
