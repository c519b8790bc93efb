"""The tables of donor engagement: who donors are, what they gave, how they were contacted.

UCI transfusion's *Time* is months since the FIRST donation (not since the last contact, as it is
sometimes told): it can never be less than Recency, the months since the last one.
"""

from __future__ import annotations

from perdure.kernel.tables import Column, RowRule, TableContract
from perdure.methods.contact.actions import ACTIONS

CHANNELS = ACTIONS[1:]
"""What reaches a donor: all actions but doing nothing."""
HAEMOGLOBIN, FERRITIN = "718-7", "2276-4"
"""LOINC: haemoglobin in blood (mass per volume); ferritin in serum or plasma."""
UNIT_ML = 250
"""Millilitres of one donation in UCI transfusion."""

_DONOR_NAMES = ("donor_id", "donor_number", "donor_no", "person_id", "subject", "patient")
_WHEN_NAMES = ("at", "date", "datetime", "timestamp", "event_date", "occurred_at")
_KNOWN_NAMES = ("recorded_at", "created_at", "entered_at", "loaded_at")


def _donor() -> Column:
    return Column("donor", "string", "the donor", pattern=r"^[^\x00-\x1f\x7f]{1,64}$",
                  synonyms=_DONOR_NAMES, privacy="personal")  # fmt: skip


def _when(meaning: str, *synonyms: str) -> tuple[Column, Column]:
    return (
        Column("event_time", "timestamp", meaning, synonyms=(*synonyms, *_WHEN_NAMES)),
        Column("known_at", "timestamp", "since when the row can be known", synonyms=_KNOWN_NAMES),
    )


_KNOWN = RowRule(
    "known-after-event",
    "known_at >= event_time",
    "known no earlier than it happened: the clock ran back, or the event lies in the future",
)

DONOR = TableContract(
    "donor",
    "Who the donor is, as known from a date on",
    (
        _donor(),
        *_when("since when it holds", "registered_at", "since"),
        Column("sex", "string", "sex; sets interval and haemoglobin minimum", nullable=True,
               allowed=("female", "male", "unknown"), synonyms=("gender",), privacy="phi"),
        Column("birth_year", "integer", "year of birth", nullable=True, minimum=1900, maximum=2100,
               synonyms=("year_of_birth", "yob"), privacy="personal"),
        Column("country", "string", "country of the blood service (ISO 3166, two capitals)",
               nullable=True, pattern="^[A-Z]{2}$", synonyms=("country_code",)),
        Column("centre", "string", "donation centre", nullable=True,
               synonyms=("center", "site", "donation_centre", "collection_site")),
    ),
    keys=("donor", "event_time"),
    rules=(_KNOWN,),
)  # fmt: skip

DONATION = TableContract(
    "donation",
    "One donation of blood",
    (
        Column("donation", "string", "the donation",
               synonyms=("donation_id", "unit_number", "din")),
        _donor(),
        *_when("when it was given", "donated_at", "donation_date", "collected_at"),
        Column("volume_ml", "number", "volume", unit="ml", nullable=True, minimum=1, maximum=1000,
               synonyms=("volume", "amount_ml")),
    ),
    keys=("donation",),
    rules=(_KNOWN,),
)  # fmt: skip

CONTACT = TableContract(
    "donor_contact",
    "One contact; or none, where the lot fell on leaving the donor alone",
    (
        Column("contact", "string", "the contact", synonyms=("contact_id", "message_id")),
        _donor(),
        *_when("when it was sent", "sent_at", "contacted_at", "contact_date"),
        Column("action", "string", "what was done", allowed=ACTIONS,
               synonyms=("channel", "contact_type", "medium")),
        Column("variant", "string", "subject line or text", nullable=True,
               synonyms=("template", "message_variant")),
        Column("hour", "integer", "hour of the day, the donor's own", nullable=True, minimum=0,
               maximum=23, synonyms=("send_hour",)),
        Column("propensity", "number", "chance with which this action was drawn", nullable=True,
               maximum=1, synonyms=("probability", "action_probability")),
        Column("variant_propensity", "number",
               "chance of the variant and hour given the action; a part of propensity",
               nullable=True, maximum=1, synonyms=("variant_probability",)),
        Column("policy", "string", "policy and version that chose it", nullable=True,
               synonyms=("policy_version", "campaign")),
    ),
    keys=("contact",),
    rules=(_KNOWN, RowRule("propensity-above-0", "propensity > 0",
                           "an action that was taken had a chance above 0"),
           RowRule("variant-propensity-not-below-propensity",
                   "variant_propensity >= propensity",
                   "the chance of the action times that of its variant is the propensity")),
)  # fmt: skip

RESPONSE = TableContract(
    "donor_response",
    "What a donor did after a contact",
    (
        Column("contact", "string", "the contact that it answers", nullable=True,
               synonyms=("contact_id", "message_id", "in_reply_to")),
        _donor(),
        *_when("when the donor did it", "responded_at", "response_date"),
        Column("kind", "string", "what the donor did",
               allowed=("opened", "clicked", "booked", "donated", "opted_out"),
               synonyms=("response", "response_type")),
        Column("contacted_at", "timestamp", "when the contact was sent; filled in by the importer",
               nullable=True),
    ),
    keys=("donor", "kind", "event_time"),
    # An opt-out counts in any case.
    rules=(_KNOWN, RowRule("response-after-contact",
                           "kind = 'opted_out' OR event_time >= contacted_at",
                           "nobody answers before being contacted")),
)  # fmt: skip

CONSENT = TableContract(
    "donor_consent",
    "A donor's word on being contacted by a channel",
    (
        _donor(),
        *_when("when it was said", "consented_at", "consent_date"),
        Column("channel", "string", "the channel, or all", allowed=("sms", "email", "all"),
               synonyms=("consent_channel", "medium")),
        Column("state", "string", "given or withdrawn", allowed=("given", "withdrawn"),
               synonyms=("consent", "status", "consent_state")),
    ),
    # Given and withdrawn at one moment are two words: the one that refuses must not be replaced.
    keys=("donor", "channel", "event_time", "state"),
    rules=(_KNOWN,),
)  # fmt: skip

DEFERRAL = TableContract(
    "donor_deferral",
    "From when until when a donor may not give",
    (
        _donor(),
        Column("event_time", "timestamp", "from when", synonyms=(
            "from", "start", "starts", "deferred_from", "deferral_start", *_WHEN_NAMES)),
        Column("known_at", "timestamp", "since when the row can be known", synonyms=_KNOWN_NAMES),
        Column("until", "timestamp", "until when; none: permanently", nullable=True,
               synonyms=("end", "ends", "deferred_until", "deferral_end")),
        Column("reason", "string", "why",
               synonyms=("deferral_reason", "reason_code"), privacy="phi"),
    ),
    # Two deferrals can begin at one moment for two reasons; neither may take the other's place.
    keys=("donor", "event_time", "reason"),
    rules=(RowRule("until-after-start", "until > event_time", "a deferral ends after it began"),),
)  # fmt: skip

HAEMOGLOBIN_TABLE = TableContract(
    "donor_haemoglobin",
    "A donor's haemoglobin or ferritin",
    (
        _donor(),
        *_when("when it was measured", "measured_at", "sampled_at", "effective"),
        Column("loinc", "string", "718-7 haemoglobin, 2276-4 ferritin",
               allowed=(HAEMOGLOBIN, FERRITIN), synonyms=("code", "loinc_code")),
        Column("value", "number", "the value, in its unit", minimum=0, synonyms=("result",),
               privacy="phi"),
        Column("unit", "string", "g/dL for haemoglobin, ug/L for ferritin (ng/mL is the same)",
               allowed=("g/dL", "ug/L", "ng/mL"), synonyms=("units", "ucum")),
    ),
    keys=("donor", "loinc", "event_time"),
    rules=(
        _KNOWN,
        RowRule("haemoglobin-unit", "loinc <> '718-7' OR unit = 'g/dL'",
                "haemoglobin is told in g/dL; divide g/L by 10"),
        RowRule("ferritin-unit", "loinc <> '2276-4' OR unit <> 'g/dL'",
                "ferritin is told in ug/L or ng/mL"),
        RowRule("haemoglobin-looks-like-g-per-l", "loinc <> '718-7' OR value < 30",
                "nobody has 30 g/dL of haemoglobin: this is g/L, divide it by 10"),
        RowRule("haemoglobin-looks-like-mmol-per-l-or-wrong", "loinc <> '718-7' OR value >= 3",
                "nobody gives blood with less than 3 g/dL: a wrong unit or a wrong value"),
    ),
)  # fmt: skip

RFMT = TableContract(
    "donor_rfmt",
    "A donor in four numbers, as UCI transfusion tells it, and whether a donation followed",
    (
        Column("donor", "string", "number of the row", synonyms=_DONOR_NAMES),
        *_when("the day that the numbers describe", "snapshot"),
        Column("recency_months", "number", "months since the last donation", unit="month",
               minimum=0, synonyms=("recency", "recency (months)", "months since last donation")),
        Column("frequency", "integer", "donations so far", minimum=1,
               synonyms=("frequency (times)", "frequency_times", "number of donations")),
        Column("monetary_ml", "number", "blood given so far", unit="ml", minimum=0,
               synonyms=("monetary", "monetary (c.c. blood)", "monetary_cc", "volume_ml",
                         "total volume donated (c.c.)")),
        Column("time_months", "number", "months since the FIRST donation", unit="month",
               minimum=0, synonyms=("time", "time (months)", "months since first donation")),
        Column("donated", "boolean", "whether a donation followed in the next drive", nullable=True,
               synonyms=("class", "target", "y", "label", "donated_next_month",
                         "whether he/she donated blood in march 2007",
                         "made donation in march 2007")),
    ),
    keys=("donor", "event_time"),
    rules=(
        _KNOWN,
        RowRule("time-not-below-recency", "time_months >= recency_months",
                "Time counts from the first donation, so it is at least Recency"),
        RowRule("monetary-is-250-times-frequency", f"monetary_ml = {UNIT_ML} * frequency",
                "each donation is 250 ml"),
    ),
)  # fmt: skip

TABLES = (DONOR, DONATION, CONTACT, RESPONSE, CONSENT, DEFERRAL, HAEMOGLOBIN_TABLE, RFMT)
"""Every table of the solution, in the order in which it is described."""
