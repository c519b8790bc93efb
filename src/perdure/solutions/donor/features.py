"""What is known about a donor at a date: R, F and T, contacts month by month, who and where.

Recency and time are in months of 365.25 / 12 days. *Time* runs from the FIRST donation. Contacts
are counted in windows of whole months back from the date; the difference of two neighbours is the
count of one month, from which a policy can tell how tired of contacts a donor is.
"""

from __future__ import annotations

from perdure.kernel.features import Aggregation, Declaration, Derived, FeatureSet, FeatureView
from perdure.solutions.donor.settings import DonorSettings

DAYS_A_MONTH = 365.25 / 12
LABELS = ("sex", "country", "centre")
"""Texts that place a donor: for slices, rules and reasons, no model inputs."""
ONLY_FOR_OTHERS = ("recency_days", "time_days", "contact_days")
"""Days that become months; the months are the inputs."""
CONTACTED = "action <> 'none'"


def features(settings: DonorSettings, case: str) -> FeatureSet:  # noqa: ARG001 - one for all cases
    """Every feature of a donor, and which of them a model may use."""
    return FeatureSet(
        name="donor",
        entity="donor",
        entities="donor",
        declarations=(profile(), giving(), *contacts(settings), *months()),
        categorical=LABELS,
        excluded=(*LABELS, *ONLY_FOR_OTHERS, "birth_year"),
    )


def profile() -> FeatureView:
    """Who the donor is."""
    told = (
        ("sex", "Sex"),
        ("country", "Country"),
        ("centre", "Donation centre"),
        ("birth_year", "Year of birth"),
    )
    last = tuple(Aggregation(name, "last", meaning, value=name) for name, meaning in told)
    return FeatureView("profile", "donor", "donor", last)


def giving() -> FeatureView:
    """What the donor gave: R, F and T."""
    return FeatureView(
        "giving",
        "donor",
        "donation",
        (
            Aggregation("recency_days", "recency", "Days since the last donation"),
            Aggregation("time_days", "age", "Days since the first donation"),
            Aggregation("frequency", "count", "Donations so far", fill=0),
        ),
    )


def contacts(settings: DonorSettings) -> tuple[Declaration, ...]:
    """How often the donor was contacted, month by month, and how it was answered."""
    windows = tuple(f"{n}mo" for n in range(1, settings.features.contact_months + 1))
    counted = Aggregation(
        "contacts", "count", "Contacts within the months", windows=windows, where=CONTACTED, fill=0
    )
    since = Aggregation("contact_days", "recency", "Days since the last contact", where=CONTACTED)
    opened = Aggregation(
        "opened", "count", "Contacts opened within the months", where="kind = 'opened'",
        windows=windows[-1:], fill=0,
    )  # fmt: skip
    return (
        FeatureView("contacted", "donor", "donor_contact", (counted, since)),
        FeatureView("answered", "donor", "donor_response", (opened,)),
    )


def months() -> tuple[Derived, ...]:
    """Days as months."""
    told = (
        ("recency_months", "recency_days", "Months since the last donation"),
        ("time_months", "time_days", "Months since the first donation"),
        ("contact_months", "contact_days", "Months since the last contact"),
    )
    return tuple(Derived(name, f"{days} / {DAYS_A_MONTH}", text) for name, days, text in told)
