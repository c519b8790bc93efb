"""Cards and their parts, in the form that CDS Hooks 2.0.1 prescribes: no null, nothing empty."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

SHORTEST_TOO_LONG = 140
_MARKS = re.compile(r"([\\`*_\[\]<>&!|#~])")
Indicator = Literal["info", "warning", "critical"]
Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Coding(_Part):
    """A code with the words for it; an override reason always has words (cds-resp-4)."""

    system: Text
    code: Text
    display: Text


class Source(_Part):
    """Where the content of a card comes from, with the day or the version of it."""

    label: Text


class Action(_Part):
    """One resource to create; nothing is ever updated, deleted or applied by itself."""

    type: Literal["create"] = "create"
    description: Text
    resource: dict[str, Any]


class CardSuggestion(_Part):
    """One suggestion. There is no ``isRecommended`` here: nothing is ticked beforehand."""

    label: Text
    uuid: Text
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]


class Card(_Part):
    """One card (CDS Hooks 2.0.1, card attributes)."""

    uuid: Text
    summary: Annotated[str, Field(min_length=1, max_length=SHORTEST_TOO_LONG - 1)]
    detail: Text
    indicator: Indicator
    source: Source
    suggestions: Annotated[tuple[CardSuggestion, ...], Field(min_length=1)] | None = None
    selection_behavior: Literal["any", "at-most-one"] | None = None
    override_reasons: Annotated[tuple[Coding, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def says_how_to_choose(self) -> Self:
        """cds-resp-6: suggestions come with a selection behaviour, and it with them."""
        if (self.suggestions is None) != (self.selection_behavior is None):
            raise ValueError("cds-resp-6: suggestions and selectionBehavior come together")
        return self

    def as_json(self) -> dict[str, Any]:
        """The card as it is sent."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def short(text: str) -> str:
    """A summary: one line of fewer than 140 characters.

    >>> short("a  b"), len(short("x" * 500))
    ('a b', 139)
    """
    line = " ".join(text.split())
    return line if len(line) < SHORTEST_TOO_LONG else line[: SHORTEST_TOO_LONG - 2] + "…"


def literal(text: str) -> str:
    r"""A text inside Markdown as itself: a new term may hold marks, or a script.

    >>> print(literal("<b>5*3</b>"))
    \<b\>5\*3\</b\>
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
