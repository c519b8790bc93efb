"""What is known about a physician on the index date: the feature declarations of one brand."""

from __future__ import annotations

from collections.abc import Callable

from perdure.kernel.features import Aggregation, Declaration, FeatureSet, FeatureView
from perdure.solutions.conversion.declared import peers, promotion, ratios
from perdure.solutions.conversion.settings import ConversionSettings

LABELS = ("specialty", "city", "state", "territory", "gender")
"""Texts that place a physician: for slices, folds, reasons and rules, never a model input."""

PROTECTED = ("gender",)
"""Attributes that no model uses unless the settings say so."""

_PROFILE = (
    ("specialty", "Specialty"),
    ("city", "City of practice"),
    ("state", "State"),
    ("territory", "Sales territory"),
    ("gender", "Gender"),
    ("grad_year", "Year of graduation"),
    ("group_size", "Physicians in the group practice"),
)
_PRACTICE = (
    ("patients", "Patients in a year"),
    ("claims", "Prescriptions in a year, all drugs"),
    ("cost", "Drug cost in a year, all drugs"),
    ("days_supply", "Days of supply in a year, all drugs"),
    ("claims_65", "Prescriptions in a year to patients of 65 and over"),
    ("brand_claims", "Prescriptions of brands in a year"),
    ("brand_cost", "Cost of brands in a year"),
    ("generic_claims", "Prescriptions of generics in a year"),
    ("lis_claims", "Prescriptions in a year with low-income subsidy"),
    ("mapd_claims", "Prescriptions in a year under Medicare Advantage"),
)
_MARKET = (
    ("claims", "Prescriptions in the market"),
    ("patients", "Patients in the market"),
    ("cost", "Drug cost in the market"),
    ("days_supply", "Days of supply in the market"),
)
ONLY_FOR_RATIOS = (
    "practice_days_supply",
    "practice_claims_65",
    "practice_brand_cost",
    "practice_generic_claims",
    "practice_lis_claims",
    "practice_mapd_claims",
)
"""Practice totals that enter a model as shares and ratios, not as they stand."""

Family = Callable[[ConversionSettings], tuple[Declaration, ...]]


def features(settings: ConversionSettings, case: str) -> FeatureSet:
    """Every feature of the families that the settings name, and which of them a model may use.

    A protected attribute is an input only if the settings list it.
    """
    wanted = settings.features.families
    made = [
        *profile(settings),
        *(d for name, family in _FAMILIES.items() if name in wanted for d in family(settings)),
        *ratios.declarations(settings),
    ]
    names = tuple(n for d in made for n in d.feature_names())
    kept_out = {*LABELS, *ONLY_FOR_RATIOS, *peers.SIZES_LEFT_OUT}
    excluded = tuple(n for n in names if n in kept_out - {*settings.features.protected})
    return FeatureSet(
        name="conversion",
        entity="npi",
        entities="physician",
        declarations=tuple(made),
        parameters={"brand": case, "market": settings.case(case).market},
        categorical=tuple(n for n in names if n in LABELS),
        excluded=excluded,
    )


def profile(settings: ConversionSettings) -> tuple[Declaration, ...]:
    """Who the physician is. Places are always made; the numbers are demographics.

    A protected attribute is made only where the settings use it: as an input or as a slice.
    """
    numbers = "demographics" in settings.features.families
    used = {*settings.features.protected, *settings.training.slices}
    kept = [
        row
        for row in _PROFILE
        if (row[0] in used if row[0] in PROTECTED else numbers or row[0] in LABELS)
    ]
    last = tuple(Aggregation(name, "last", meaning, value=name) for name, meaning in kept)
    return (FeatureView("profile", "npi", "physician", last),)


def claims(settings: ConversionSettings) -> tuple[Declaration, ...]:
    """What the physician wrote in the market, by window; with months also its movement."""
    windows = settings.features.windows
    # Nothing in a short window means none; nothing in the reference window means that the
    # physician is not in the market, and would only pull the means of colleagues down.
    sums = [
        Aggregation(f"market_{name}", "sum", meaning, value=name, windows=part, fill=fill)
        for name, meaning in _MARKET
        for part, fill in ((windows[:-1], 0), (windows[-1:], None))
        if part
    ]
    made = [
        *sums,
        Aggregation(
            "breadth",
            "count_distinct",
            "Different products written in the market",
            value="product",
            windows=windows[-1:],
        ),
    ]
    if len(windows) > 1:
        made += _movement(windows[-1])
    return (FeatureView("market", "npi", "claims", tuple(made), where="market = :market"),)


def _movement(window: str) -> list[Aggregation]:
    return [
        Aggregation(
            "market_trend",
            "trend",
            "Change of market prescriptions, newer against older half",
            value="claims",
            windows=(window,),
        ),
        Aggregation(
            "market_recency", "recency", "Days since the last month with a market prescription"
        ),
        Aggregation(
            "brand_ever",
            "sum",
            "Prescriptions of the brand ever before",
            value="claims",
            where="product = :brand",
            fill=0,
        ),
    ]


def practice(settings: ConversionSettings) -> tuple[Declaration, ...]:  # noqa: ARG001
    """The last yearly summary known, over all drugs."""
    last = tuple(
        Aggregation(f"practice_{name}", "last", meaning, value=name) for name, meaning in _PRACTICE
    )
    return (FeatureView("practice", "npi", "practice", last),)


_FAMILIES: dict[str, Family] = {
    "claims": claims,
    "practice": practice,
    "promotion": promotion.declarations,
    "peers": peers.by_place,
    "network": peers.by_patients,
}
