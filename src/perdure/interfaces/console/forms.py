"""Reads a posted form: few short fields, no file, nothing that grows."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

from perdure.kernel.errors import UsageError

FIELDS, LENGTH = 20, 2_000
NOTES = 20_000
"""The longest field of a form that holds free notes."""


async def form(request: Request) -> dict[str, str]:
    """The fields of a form; too many, too long or unreadable ones are a UsageError."""
    return await _fields(request, LENGTH)


async def form_with_notes(request: Request) -> dict[str, str]:
    """The same for a form in which somebody writes at length."""
    return await _fields(request, NOTES)


async def _fields(request: Request, length: int) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UsageError("the form cannot be read", expected="application/x-www-form-urlencoded")
    try:
        text = (await request.body()).decode("ascii")
        fields = dict(parse_qsl(text, max_num_fields=FIELDS, errors="strict"))
    except ValueError as error:
        raise UsageError("the form cannot be read", expected=f"at most {FIELDS} fields") from error
    if any(len(value) > length for value in fields.values()):
        raise UsageError("a field of the form is too long", expected=f"{length} characters")
    return fields
