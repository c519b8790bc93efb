"""The words that donor CRMs use for what the contracts call by one name."""

from __future__ import annotations

import polars as pl

_ACTIONS = {
    "sms": "sms text text_message message",
    "email": "email e_mail mail newsletter",
    "incentive": "incentive gift voucher reward",
    "none": "none no_contact holdout control",
}
_KINDS = {
    "opened": "opened open read",
    "clicked": "clicked click",
    "booked": "booked book appointment booking",
    "donated": "donated donation gave",
    "opted_out": "opted_out opt_out optout unsubscribe unsubscribed stop",
}
_STATES = {
    "given": "given granted yes true 1 opt_in opted_in active",
    "withdrawn": "withdrawn revoked no false 0 opt_out opted_out inactive",
}
_CHANNELS = {"sms": "sms text mobile", "email": "email e_mail mail", "all": "all any every"}
_SEXES = {"female": "female f woman", "male": "male m man", "unknown": "unknown u x other"}
_UNITS = {"g/dL": "g/dl", "ug/L": "ug/l µg/l μg/l mcg/l", "ng/mL": "ng/ml", "g/L": "g/l"}
_LOINC = {
    "718-7": "718_7 haemoglobin hemoglobin hb hgb",
    "2276-4": "2276_4 ferritin",
}
_EVENTS = {
    "donor": "donor registration registered",
    "donation": "donation donated collection",
    "donor_contact": "contact donor_contact contacted message sent",
    "donor_response": "response donor_response answer",
    "donor_consent": "consent donor_consent",
    "donor_deferral": "deferral donor_deferral deferred",
    "donor_haemoglobin": "haemoglobin hemoglobin donor_haemoglobin hb lab ferritin",
}

WORDS = {
    ("donor", "sex"): _SEXES,
    ("donor_contact", "action"): _ACTIONS,
    ("donor_response", "kind"): _KINDS,
    ("donor_consent", "state"): _STATES,
    ("donor_consent", "channel"): _CHANNELS,
    ("donor_haemoglobin", "unit"): _UNITS,
    ("donor_haemoglobin", "loinc"): _LOINC,
}
"""The words of a column, by the one that the contract allows."""
NO_END = ("permanent", "indefinite", "indefinitely", "never", "forever", "none")
"""How a deferral without an end is written."""


DELIVERIES = ("sent", "queued", "delivered", "undelivered", "failed", "bounced", "bounce")
"""What a gateway tells about a message among the responses to it."""


def one_word(column: str, words: dict[str, str]) -> pl.Expr:
    """The contract's word for each text; a text that is none of them stays as it is written."""
    known = {word: name for name, texts in words.items() for word in texts.split()}
    found = _plain(pl.col(column)).replace_strict(known, default=None, return_dtype=pl.String)
    return found.fill_null(pl.col(column)).alias(column)


def table_of_event(column: str) -> pl.Expr:
    """The table that an event belongs to; null for one of no known kind."""
    known = {word: name for name, texts in _EVENTS.items() for word in texts.split()}
    return _plain(pl.col(column)).replace_strict(known, default=None, return_dtype=pl.String)


def one_of(text: pl.Expr, words: tuple[str, ...]) -> pl.Expr:
    """Whether a text is one of these words."""
    return _plain(text).is_in(list(words))


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase().str.replace_all(r"[\s\-]+", "_")


def table_of_name(stem: str) -> str | None:
    """The table that a file's name tells, if it does.

    >>> table_of_name("Export-2026_Donations"), table_of_name("stuff")
    ('donation', None)
    """
    text = stem.lower()
    parts = (
        ("donation", "donation"), ("contact", "donor_contact"), ("response", "donor_response"),
        ("consent", "donor_consent"), ("deferral", "donor_deferral"),
        ("haemoglobin", "donor_haemoglobin"), ("hemoglobin", "donor_haemoglobin"),
        ("ferritin", "donor_haemoglobin"), ("donor", "donor"),
    )  # fmt: skip
    return next((table for part, table in parts if part in text), None)
