"""What each field learns from, in the order in which a prescription is written."""

from __future__ import annotations

from dataclasses import dataclass

BASE = ("everyone", "age-sex", "specialty", "specialty-age-sex")
COMPLAINT = ("complaint", "complaint-specialty", "complaint-age", "complaints")
DIAGNOSIS = (
    "chapter", "category", "diagnosis", "category-age-sex", "category-specialty", "diagnoses",
    "complaints-diagnoses",
)  # fmt: skip
ENTERED = ("molecule", "lab", "advice")
GROUPS = (*BASE, *COMPLAINT, *DIAGNOSIS, *ENTERED)
"""Kinds of context, from the most generic to the most specific within each part."""

SETS = ("everyone", "complaints", "diagnoses", "complaints-diagnoses")
"""Whole sets: too many and too rare to be regressors."""

PLAIN = (
    "age-sex", "specialty", "specialty-age-sex", "complaint", "category", "diagnosis", "molecule",
    "lab", "advice",
)  # fmt: skip
"""Contexts that the joint completion knows, no products of diagnoses with people."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field to predict: which entries it counts, what comes before it, and its baselines.

    ``of`` is the set that holds its items; ``inputs`` are the fields that are filled when it is
    written; ``contexts`` are the groups of the seed's ensemble, generic first; ``similar`` is the
    kind of earlier visit whose habits count most.
    """

    name: str
    of: str
    inputs: tuple[str, ...]
    contexts: tuple[str, ...]
    similar: str


_DIAGNOSED = (*BASE, *COMPLAINT, *DIAGNOSIS)
FIELDS = {
    field.name: field
    for field in (
        Field("complaint", "complaint", (), BASE, "all"),
        Field("diagnosis", "diagnosis", ("complaint",), (*BASE, *COMPLAINT), "complaint"),
        Field("molecule", "molecule", ("complaint", "diagnosis"), _DIAGNOSED, "category"),
        Field("molecule-new", "molecule-new", ("complaint", "diagnosis"), _DIAGNOSED, "category"),
        Field("brand", "brand", ("complaint", "diagnosis"), _DIAGNOSED, "category"),
        Field("lab", "lab", ("complaint", "diagnosis"), _DIAGNOSED, "category"),
        Field(
            "advice", "advice", ("complaint", "diagnosis", "molecule", "brand", "lab"),
            (*_DIAGNOSED, "molecule", "lab"), "category",
        ),
    )
}  # fmt: skip
SERVED = ("complaint", "diagnosis", "molecule", "brand", "lab", "advice")
"""Fields that the pad shows; ``molecule-new`` is measured besides."""

PILLS = 8
"""The pills by which accuracy is measured everywhere; how many a pad shows is a setting."""

REGRESSORS = {
    name: tuple(group for group in field.contexts if group not in SETS)
    for name, field in FIELDS.items()
}
