"""Texts and numbers as a request may bring them: bounded, readable by every part behind."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MOST_ENTRIES = 200
"""No prescription has as many entries in one section; a list of 10,000 is a mistake."""
_KEPT_CONTROLS = frozenset("\t\n\r")


def readable(text: str) -> str:
    """The text itself, when it can be stored and shown everywhere.

    Markup and SQL are text like any other and stay as they are. A NUL ends strings in some
    stores, other control signs move cursors, and half of a surrogate pair is no UTF-8.

    Raises ValueError for those.

    >>> readable("<b>pain'; DROP TABLE x</b>")
    "<b>pain'; DROP TABLE x</b>"
    >>> readable("a" + chr(0))
    Traceback (most recent call last):
    ValueError: holds a control sign
    """
    for sign in text:
        if sign < " " and sign not in _KEPT_CONTROLS:
            raise ValueError("holds a control sign")
        if "\ud800" <= sign <= "\udfff":
            raise ValueError("holds half of a surrogate pair, which is no UTF-8")
    return text


def _line(most: int, least: int = 0) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


Word = Annotated[str, _line(128, 1), AfterValidator(readable)]
"""An identifier that must be there: a doctor, a key."""
OptionalWord = Annotated[str, _line(128), AfterValidator(readable)]
Code = Annotated[str, _line(200, 1), AfterValidator(readable)]
OptionalCode = Annotated[str, _line(200), AfterValidator(readable)]
Name = Annotated[str, _line(400, 1), AfterValidator(readable)]
OptionalName = Annotated[str, _line(400), AfterValidator(readable)]
Notes = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(readable)]
Remark = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(readable)]
Number = Annotated[int, Field(strict=True, ge=0, le=2**53)]
"""The number that a client gives a request, to know which answer is the latest."""


class Asked(BaseModel):
    """What every request shares: a field that nobody reads is a mistake, so it is refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class Answer(BaseModel):
    """What every answer shares: made from the records of the service."""

    model_config = ConfigDict(from_attributes=True)
