"""Which decisions have been answered, as far as this folder may know.

The answers are declared one layer above; here only the three columns that the limits need.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, column, exists, table

from perdure.platform.decisions.records import DECISIONS
from perdure.platform.storage.metadata import Moment

ANSWERS = table(
    "feedback", column("decision", String), column("kind", String), column("at", Moment)
)
DONE = ("executed", "completed")
"""Kinds of feedback that say: the contact took place."""

FINAL = (*DONE, "dismissed", "expired")
"""Kinds of feedback after which a decision no longer stands."""


def answered() -> ColumnElement[bool]:
    """Whether the decision of the row has an answer after which it no longer stands."""
    return exists().where(ANSWERS.c.decision == DECISIONS.c.id, ANSWERS.c.kind.in_(FINAL))
