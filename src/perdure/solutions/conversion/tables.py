"""The tables that conversion reads: who the physicians are, what they write, who talks to them.

Column synonyms cover the eras of the official files and the usual names in company extracts,
so that a table whose columns are called otherwise can be ingested without renaming.
"""

from __future__ import annotations

from perdure.kernel.tables import Column, RowRule, TableContract

SUPPRESSED_MARKS = ("*", "#")
"""Texts that CMS writes where it hides a number (``*`` below threshold, ``#`` to protect it)."""

_NPI_NAMES = (
    "prscrbr_npi",
    "physician_npi",
    "hcp_npi",
    "npi_number",
    "npi_id",
    "covered_recipient_npi",
)


def _npi(name: str, meaning: str, synonyms: tuple[str, ...] = ()) -> Column:
    return Column(name, "string", meaning, pattern=r"^[0-9]{10}$", synonyms=synonyms)


def _when() -> tuple[Column, Column]:
    return (
        Column("event_time", "timestamp", "when it happened, or the last day of the period"),
        Column("known_at", "timestamp", "since when the row can be known"),
    )


def _number(name: str, meaning: str, unit: str | None = None, *synonyms: str) -> Column:
    return Column(
        name,
        "number",
        meaning,
        unit=unit,
        nullable=True,
        minimum=0,
        synonyms=synonyms,
        absent=SUPPRESSED_MARKS,
        privacy="rx_restricted",
    )


def _text(name: str, meaning: str, *synonyms: str) -> Column:
    return Column(name, "string", meaning, nullable=True, synonyms=synonyms, privacy="public")


_KNOWN = RowRule("known-after-event", "known_at >= event_time", "known no earlier than it happened")

PHYSICIAN = TableContract(
    "physician",
    "Who the physician is, as known from a date on",
    (
        _npi("npi", "national provider identifier", _NPI_NAMES),
        *_when(),
        _text("specialty", "medical specialty", "prscrbr_type", "specialty_description"),
        _text("city", "city of practice", "prscrbr_city", "nppes_provider_city"),
        _text("state", "state of practice", "prscrbr_state_abrvtn", "nppes_provider_state"),
        _text("territory", "sales territory"),
        _text("credential", "credential (MD, DO)", "prscrbr_crdntls", "nppes_credentials"),
        Column(
            "gender",
            "string",
            "gender; no model input unless the settings allow it",
            nullable=True,
            synonyms=("prscrbr_gndr", "nppes_provider_gender", "sex"),
            privacy="personal",
        ),
        Column("grad_year", "integer", "year of graduation", nullable=True, minimum=1900),
        Column(
            "group_size", "integer", "physicians in the group practice", nullable=True, minimum=0
        ),
        _text(
            "practice_group",
            "group practice: its identifier, or city and size where only these are known",
        ),
        _text("practice_system", "health system: its identifier, or state and size"),
        _text("taxonomy", "NUCC taxonomy code"),
        Column("active", "boolean", "whether the identifier is active", nullable=True),
    ),
    keys=("npi", "event_time"),
    rules=(_KNOWN,),
)

CLAIMS = TableContract(
    "claims",
    "What a physician wrote of a product in a period",
    (
        _npi("npi", "national provider identifier", _NPI_NAMES),
        Column("market", "string", "market (drug class) that the product is counted in"),
        Column(
            "product",
            "string",
            "brand, or the rest of the market",
            synonyms=("brnd_name", "drug_name"),
        ),
        *_when(),
        _number(
            "claims",
            "prescriptions filled, refills included",
            None,
            "tot_clms",
            "total_claim_count",
        ),
        _number("patients", "patients", None, "tot_benes", "bene_count"),
        _number("cost", "drug cost", "usd", "tot_drug_cst", "total_drug_cost"),
        _number("days_supply", "days of supply", None, "tot_day_suply", "total_day_supply"),
        Column("suppressed", "boolean", "the count is hidden because it is small", nullable=True),
    ),
    keys=("npi", "market", "product", "event_time"),
    rules=(
        _KNOWN,
        RowRule(
            "hidden-or-counted",
            "claims IS NOT NULL OR COALESCE(suppressed, FALSE)",
            "a row without a count is marked as suppressed",
        ),
    ),
)

PRACTICE = TableContract(
    "practice",
    "All that a physician wrote in a period, whatever the market",
    (
        _npi("npi", "national provider identifier", _NPI_NAMES),
        *_when(),
        _number("patients", "patients with a prescription", None, "tot_benes", "bene_count"),
        _number("claims", "prescriptions filled", None, "tot_clms", "total_claim_count"),
        _number("cost", "drug cost", "usd", "tot_drug_cst", "total_drug_cost"),
        _number("days_supply", "days of supply", None, "tot_day_suply", "total_day_supply"),
        _number("claims_65", "prescriptions to patients of 65 and over", None, "ge65_tot_clms"),
        _number("brand_claims", "prescriptions of brands", None, "brnd_tot_clms"),
        _number("brand_cost", "cost of brands", "usd", "brnd_tot_drug_cst"),
        _number("generic_claims", "prescriptions of generics", None, "gnrc_tot_clms"),
        _number("generic_cost", "cost of generics", "usd", "gnrc_tot_drug_cst"),
        _number("lis_claims", "prescriptions with low-income subsidy", None, "lis_tot_clms"),
        _number("mapd_claims", "prescriptions under Medicare Advantage", None, "mapd_tot_clms"),
        _number("risk_score", "mean risk score of the patients", None, "bene_avg_risk_scre"),
    ),
    keys=("npi", "event_time"),
    rules=(_KNOWN,),
)

PROMOTION = TableContract(
    "promotion",
    "Contacts and payments that reached a physician",
    (
        _npi("npi", "national provider identifier", _NPI_NAMES),
        Column("product", "string", "product promoted; '(other)' when it is another or unnamed"),
        Column("channel", "string", "call, e-mail, sample, or the nature of the payment"),
        *_when(),
        Column("contacts", "number", "contacts, or payments", nullable=True, minimum=0),
        Column("amount_usd", "number", "value transferred", unit="usd", nullable=True),
        Column("reference", "string", "record identifier that tells equal rows apart"),
    ),
    keys=("npi", "product", "channel", "event_time", "reference"),
    rules=(_KNOWN,),
    promotional=True,
)

SHARED_PATIENTS = TableContract(
    "shared_patients",
    "How many patients two physicians share",
    (
        _npi("from_npi", "physician seen first", ("npi_from", "npi_number_1")),
        _npi("to_npi", "physician seen next", ("npi_to", "npi_number_2")),
        *_when(),
        Column(
            "patients",
            "number",
            "patients that both saw",
            minimum=0,
            synonyms=("patient_count", "bene_count"),
        ),
    ),
    keys=("from_npi", "to_npi", "event_time"),
    rules=(_KNOWN,),
)

TAXONOMY = TableContract(
    "taxonomy",
    "What a NUCC provider taxonomy code means",
    (
        Column("code", "string", "taxonomy code", pattern=r"^[0-9A-Z]{10}$", privacy="public"),
        *_when(),
        _text("grouping", "grouping", "type"),
        _text("classification", "classification"),
        _text("specialization", "specialization"),
    ),
    keys=("code", "event_time"),
    rules=(_KNOWN,),
)

TABLES = (PHYSICIAN, CLAIMS, PRACTICE, PROMOTION, SHARED_PATIENTS, TAXONOMY)
"""Every table of the solution, in the order in which it is described."""
