"""The words of a reason: the value, and how it stands among colleagues."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Form = Literal["count", "percent", "change", "usd", "times", "plain", "days"]


@dataclass(frozen=True, slots=True)
class Words:
    """How a feature is told: what it is about, a sentence with ``{value}``, the number's form.

    ``than`` introduces the standing among peers; empty where it would say nothing.
    ``missing`` is the sentence when there is no value.
    """

    topic: str
    sentence: str
    form: Form = "count"
    than: str = "than"
    missing: str | None = None


_WINDOW = re.compile(r"_(\d+)(mo|d)$")
_UNITS = {"mo": "month", "d": "day"}
_FOR = "than for"

WORDS: dict[str, Words] = {
    "market_claims": Words("Market prescriptions", "Writes {value} market prescriptions {window}"),
    "market_patients": Words(
        "Patients in the market", "Treats {value} patients in the market {window}"
    ),
    "market_cost": Words(
        "Worth of market prescriptions", "Market prescriptions worth {value} {window}", "usd"
    ),
    "market_days_supply": Words(
        "Days of market treatment", "Prescribes {value} days of market treatment {window}"
    ),
    "market_trend": Words(
        "Movement of market prescriptions",
        "Market prescriptions of the newer half year against the older: {value}",
        "change",
        _FOR,
    ),
    "market_recency": Words(
        "Last market prescription", "Last market prescription {value} ago", "days", ""
    ),
    "brand_ever": Words(
        "Earlier prescriptions of the brand", "Wrote the brand {value} times", than=""
    ),
    "breadth": Words("Products of the market", "Writes {value} different products of the market"),
    "grad_year": Words("Year of graduation", "Graduated in {value}", "plain", ""),
    "group_size": Words("Size of the group", "Works in a group of {value}"),
    "practice_patients": Words("Patients", "Sees {value} patients a year"),
    "practice_claims": Words("Prescriptions", "Writes {value} prescriptions a year, all drugs"),
    "practice_cost": Words("Worth of prescriptions", "Writes drugs worth {value} a year", "usd"),
    "practice_brand_claims": Words(
        "Prescriptions of brands", "Writes {value} prescriptions of brands a year"
    ),
    "promotion_usd": Words(
        "Value received", "Received {value} in value from any company {window}", "usd"
    ),
    "brand_promotion_usd": Words(
        "Value received for the brand", "Received {value} in value for the brand {window}", "usd"
    ),
    "brand_contacts": Words(
        "Contacts about the brand", "Had {value} contacts about the brand {window}"
    ),
    "brand_call_adstock": Words(
        "Calls still felt", "Calls about the brand that are still felt: {value}", "times", _FOR
    ),
    "brand_email_adstock": Words(
        "E-mails still felt", "E-mails about the brand that are still felt: {value}", "times", _FOR
    ),
    "brand_sample_adstock": Words(
        "Samples still felt", "Samples of the brand that are still felt: {value}", "times", _FOR
    ),
    "brand_contact_recency": Words(
        "Last contact",
        "Last contact about the brand {value} ago",
        "days",
        "",
        missing="Never contacted about the brand",
    ),
    "peers_city": Words(
        "Writers in the city", "{value} of colleagues in the city write the brand", "percent", _FOR
    ),
    "peers_specialty_state": Words(
        "Writers of the specialty in the state",
        "{value} of the specialty in the state write the brand",
        "percent",
        _FOR,
    ),
    "peers_state": Words(
        "Writers in the state",
        "{value} of colleagues in the state write the brand",
        "percent",
        _FOR,
    ),
    "peers_specialty": Words(
        "Writers of the specialty", "{value} of the specialty write the brand", "percent", _FOR
    ),
    "peers_practice": Words(
        "Writers in the practice", "{value} of the group practice write the brand", "percent", _FOR
    ),
    "peers_system": Words(
        "Writers in the system", "{value} of the health system write the brand", "percent", _FOR
    ),
    "peers_shared": Words(
        "Writers among colleagues with common patients",
        "{value} of colleagues with common patients write the brand",
        "percent",
        _FOR,
    ),
    "peers_city_size": Words("Colleagues in the city", "{value} colleagues in the city", than=_FOR),
    "peers_specialty_state_size": Words(
        "Colleagues in the state", "{value} colleagues of the specialty in the state", than=_FOR
    ),
    "peers_shared_size": Words("Common patients", "Shares {value} patients with colleagues"),
    "brand_share": Words("Share of brands", "{value} of prescriptions are brands", "percent", _FOR),
    "brand_cost_share": Words(
        "Share of brands in cost", "{value} of drug cost is brands", "percent", _FOR
    ),
    "brand_cost_per_claim": Words(
        "Cost of a brand's prescription", "A prescription of a brand costs {value}", "usd", _FOR
    ),
    "cost_per_claim": Words("Cost of a prescription", "A prescription costs {value}", "usd", _FOR),
    "cost_per_patient": Words(
        "Drug cost of a patient", "Drugs of a patient cost {value} a year", "usd", _FOR
    ),
    "claims_per_patient": Words(
        "Prescriptions a patient", "{value} prescriptions a patient", "times", _FOR
    ),
    "days_per_claim": Words("Days of supply", "{value} days of supply a prescription", than=_FOR),
    "share_65": Words(
        "Share of patients of 65 and over",
        "{value} of prescriptions go to patients of 65 and over",
        "percent",
        _FOR,
    ),
    "lis_share": Words(
        "Share with low-income subsidy",
        "{value} of prescriptions have low-income subsidy",
        "percent",
        _FOR,
    ),
    "mapd_share": Words(
        "Share under Medicare Advantage",
        "{value} of prescriptions are under Medicare Advantage",
        "percent",
        _FOR,
    ),
    "market_cost_per_claim": Words(
        "Cost of a market prescription", "A market prescription costs {value}", "usd", _FOR
    ),
    "market_cost_per_day": Words(
        "Cost of a day of treatment", "A day of market treatment costs {value}", "usd", _FOR
    ),
    "market_days_per_claim": Words(
        "Days of supply in the market", "{value} days of supply a market prescription", than=_FOR
    ),
    "market_claims_per_patient": Words(
        "Market prescriptions a patient", "{value} market prescriptions a patient", "times", _FOR
    ),
    "market_share": Words(
        "Share of the market", "{value} of all prescriptions are in the market", "percent", _FOR
    ),
    "market_cost_share": Words(
        "Share of the market in cost", "{value} of drug cost is in the market", "percent", _FOR
    ),
}
"""The words of each feature, by its name without the window."""

_RATIOS = (("_to_specialty", "the specialty's mean"), ("_to_state", "the mean of the state"))


def sentence(
    feature: str, value: float | str | None, below: float | None, above: float | None
) -> str | None:
    """One reason in words a representative understands; None for an unknown feature.

    >>> sentence("market_claims_1mo", 42.0, 0.93, 0.02)
    'Writes 42 market prescriptions in the last month, more than 9 of 10 peers'
    >>> sentence("brand_share_to_specialty", 1.42, 0.8, 0.1)
    "Share of brands: 1.4 times the specialty's mean"
    """
    for ending, mean in _RATIOS:
        if feature.endswith(ending):
            return _ratio(feature.removesuffix(ending), value, mean)
    if feature == "generics_hidden":
        return "The source hides how many generics" if value else "The source shows all generics"
    words, window = _words(feature)
    if words is None:
        return None
    if value is None or isinstance(value, str):
        return words.missing or f"{words.topic}: not known"
    told = words.sentence.format(value=_written(value, words.form), window=window).rstrip()
    return told + _standing(words.than, below, above)


def _words(feature: str) -> tuple[Words | None, str]:
    if feature in WORDS:
        return WORDS[feature], ""
    found = _WINDOW.search(feature)
    if found is None:
        return None, ""
    number, unit = int(found[1]), _UNITS[found[2]]
    window = f"in the last {unit}" if number == 1 else f"in {number} {unit}s"
    return WORDS.get(feature[: found.start()]), window


def _ratio(base: str, value: float | str | None, mean: str) -> str | None:
    words, _ = _words(base)
    if words is None:
        return None
    if not isinstance(value, int | float):
        return f"{words.topic}: no comparison with {mean}"
    return f"{words.topic}: {value:.1f} times {mean}"


def _written(value: float, form: Form) -> str:
    if not math.isfinite(value):
        return "an unknown number"
    match form:
        case "percent":
            return f"{value:.0%}" if abs(value) >= 0.1 else f"{value:.1%}"
        case "change":
            return f"{value:+.0%}"
        case "usd":
            return f"{value:,.0f} USD" if abs(value) >= 10 else f"{value:,.2f} USD"
        case "times":
            return f"{value:.1f}"
        case "plain":
            return f"{value:.0f}"
        case "days":
            return f"{value:.0f} day{'' if round(value) == 1 else 's'}"
        case _:
            return f"{value:,.0f}"


def _standing(than: str, below: float | None, above: float | None) -> str:
    """``, more than 9 of 10 peers``, told from seven of ten on; else nothing."""
    for share, word in ((below, "more"), (above, "less")):
        if than and share is not None and share >= 0.7:
            return f", {word} {than} {math.floor(share * 10 + 1e-9)} of 10 peers"
    return ""
