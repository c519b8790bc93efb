"""Ratios: shares and costs per prescription, and how a physician compares with colleagues."""

from __future__ import annotations

from perdure.kernel.features import Declaration, Derived, PeerRatio
from perdure.solutions.conversion.settings import ConversionSettings

_HIDDEN = """CASE WHEN practice_claims IS NULL THEN NULL
    WHEN practice_generic_claims IS NULL THEN 1 ELSE 0 END"""
_PRACTICE: tuple[tuple[str, str, str], ...] = (
    ("brand_share", "practice_brand_claims / practice_claims", "Share of brands in prescriptions"),
    ("brand_cost_share", "practice_brand_cost / practice_cost", "Share of brands in drug cost"),
    (
        "brand_cost_per_claim",
        "practice_brand_cost / practice_brand_claims",
        "Cost of a brand's prescription",
    ),
    ("cost_per_claim", "practice_cost / practice_claims", "Cost of a prescription"),
    ("cost_per_patient", "practice_cost / practice_patients", "Drug cost of a patient"),
    ("claims_per_patient", "practice_claims / practice_patients", "Prescriptions of a patient"),
    (
        "days_per_claim",
        "practice_days_supply / practice_claims",
        "Days of supply a prescription",
    ),
    ("share_65", "practice_claims_65 / practice_claims", "Share of patients of 65 and over"),
    ("lis_share", "practice_lis_claims / practice_claims", "Share with low-income subsidy"),
    ("mapd_share", "practice_mapd_claims / practice_claims", "Share under Medicare Advantage"),
    (
        "generics_hidden",
        _HIDDEN,
        "The source hides the number of generics",
    ),
)
_MARKET: tuple[tuple[str, str, str], ...] = (
    ("market_cost_per_claim", "{cost} / {claims}", "Cost of a market prescription"),
    ("market_cost_per_day", "{cost} / {days_supply}", "Cost of a day of market treatment"),
    (
        "market_days_per_claim",
        "{days_supply} / {claims}",
        "Days of supply a market prescription",
    ),
    ("market_claims_per_patient", "{claims} / {patients}", "Market prescriptions of a patient"),
)
_BOTH: tuple[tuple[str, str, str], ...] = (
    ("market_share", "{claims} / practice_claims", "Share of the market in all prescriptions"),
    ("market_cost_share", "{cost} / practice_cost", "Share of the market in drug cost"),
)
_TO_SPECIALTY: tuple[tuple[str, str], ...] = (
    ("practice_patients", "Patients against the specialty's mean"),
    ("practice_claims", "Prescriptions against the specialty's mean"),
    ("brand_share", "Share of brands against the specialty's mean"),
    ("cost_per_claim", "Cost of a prescription against the specialty's mean"),
    ("lis_share", "Share with low-income subsidy against the specialty's mean"),
)
_TO_PLACE: tuple[tuple[str, str], ...] = (
    ("brand_share", "Share of brands against colleagues of the specialty in the state"),
    ("mapd_share", "Share under Medicare Advantage against colleagues in the state"),
)


def declarations(settings: ConversionSettings) -> tuple[Declaration, ...]:
    """The ratios whose parts the settings' families provide."""
    families = settings.features.families
    window = settings.features.windows[-1]
    sums = {n: f"market_{n}_{window}" for n in ("claims", "patients", "cost", "days_supply")}
    has_practice, has_claims = "practice" in families, "claims" in families
    made: list[Declaration] = []
    if has_practice:
        made += [Derived(*row) for row in _PRACTICE]
    if has_claims:
        made += [_filled(row, sums) for row in _MARKET]
    if has_practice and has_claims:
        made += [_filled(row, sums) for row in _BOTH]
    if "peers" in families:
        made += _compared(sums["claims"], has_practice=has_practice, has_claims=has_claims)
    return tuple(made)


def _filled(row: tuple[str, str, str], sums: dict[str, str]) -> Derived:
    name, expression, meaning = row
    return Derived(name, expression.format(**sums), meaning)


def _compared(claims: str, *, has_practice: bool, has_claims: bool) -> list[Declaration]:
    specialty = list(_TO_SPECIALTY) if has_practice else []
    place = list(_TO_PLACE) if has_practice else []
    if has_claims:
        specialty += [
            (claims, "Market prescriptions against the specialty's mean"),
            ("market_cost_per_claim", "Cost of a market prescription against the specialty's mean"),
        ]
        place.append(
            (
                "market_cost_per_claim",
                "Cost of a market prescription against colleagues in the state",
            )
        )
    return [
        *(
            PeerRatio(f"{feature}_to_specialty", feature, "physician", ("specialty",), meaning)
            for feature, meaning in specialty
        ),
        *(
            PeerRatio(f"{feature}_to_state", feature, "physician", ("specialty", "state"), meaning)
            for feature, meaning in place
        ),
    ]
