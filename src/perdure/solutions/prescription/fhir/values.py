"""Careful looks into JSON of which nothing is known: every answer has the type it promises."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from perdure.solutions.prescription.fhir.outcome import OutcomeError

Resource = Mapping[str, Any]
MOST_DEPTH = 64
_NO_RESOURCE: Resource = {}


def text(value: object, most: int = 400) -> str:
    """The value when it is a text, without blanks around it and not longer than ``most``.

    >>> text("  fever "), text(7)
    ('fever', '')
    """
    return value.strip()[:most].strip() if isinstance(value, str) else ""


def part(value: object, *names: str) -> Resource:
    """The object below one or several names; an empty one when there is none.

    >>> part({"a": {"b": {"c": 1}}}, "a", "b"), part([], "a")
    ({'c': 1}, {})
    """
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else _NO_RESOURCE


def parts(value: object, name: str) -> Iterator[Resource]:
    """The objects of the list below a name.

    >>> list(parts({"a": [{"b": 1}, 2]}, "a"))
    [{'b': 1}]
    """
    found = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(found, list):
        return iter(())
    return (each for each in found if isinstance(each, Mapping))


def day(value: object) -> date | None:
    """The day of a FHIR date or dateTime; the first one of a year or month that stands alone.

    >>> day("2024-02-29T10:00:00Z"), day("1980"), day("2023-02-29")
    (datetime.date(2024, 2, 29), datetime.date(1980, 1, 1), None)
    """
    told = text(value)[:10]
    padded = told + "-01-01"[len(told) - 4 :] if len(told) in (4, 7) else told
    try:
        return date.fromisoformat(padded)
    except ValueError:
        return None


def last_name(reference: object) -> str:
    """The logical id at the end of a reference, whatever stands before it.

    The address is only taken apart as text: nothing that a client names is ever opened.

    >>> last_name("https://ehr.example/r4/Patient/7/_history/2"), last_name("urn:uuid:a-1")
    ('7', 'a-1')
    """
    told = text(reference, 2_000).split("/_history/")[0]
    return told.rpartition("/")[2].removeprefix("urn:uuid:").removeprefix("urn:oid:")


def plain(value: object, *, at: str = "") -> None:
    """Nothing, when every value can be stored, compared and sent on; linear in what was sent.

    Raises OutcomeError (400) for NaN and infinities, for a NUL or half of a surrogate pair in a
    text, and for objects nested more than 64 deep: none of them is JSON that FHIR allows.
    """
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        found, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise OutcomeError(400, "structure", f"nested more than {MOST_DEPTH} deep", at=at)
        if isinstance(found, Mapping):
            waiting += [(each, depth + 1) for pair in found.items() for each in pair]
        elif isinstance(found, list):
            waiting += [(each, depth + 1) for each in found]
        elif (fault := _fault(found)) != "":
            raise OutcomeError(400, "value", fault, at=at)


def _fault(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "a number is NaN or infinite"
    if not isinstance(value, str):
        return ""
    if "\0" in value:
        return "a text holds a NUL"
    if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        return "a text holds half of a surrogate pair"
    return ""
