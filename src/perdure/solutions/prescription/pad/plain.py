"""The pad as a plain form: what was typed, without a script, as a prescription that is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.api.saving import something
from perdure.solutions.prescription.api.written import Written
from perdure.solutions.prescription.prescription import SECTIONS, Entry, Prescription, Section
from perdure.solutions.prescription.service import ALERT, Alert, Service

BETWEEN = ";"
"""What stands between two entries of a section."""
LONGEST = 200
_KEY = re.compile(r"[0-9a-f]{24,64}")
_PREGNANT = {"yes": True, "no": False}


def posted(service: Service, fields: Mapping[str, str]) -> str:
    """Keep the prescription of a posted form; gives the page on which it is printed.

    The same ``key`` keeps it once. Raises UsageError for what cannot be read, and for a warning
    that interrupts as long as no ``reason`` says why the medicine is kept; nothing is kept then.
    """
    key = fields.get("key", "")
    if not _KEY.fullmatch(key):
        raise UsageError("the form has no key", hint="open the pad again")
    typed = _typed(fields)
    reason = fields.get("reason", "").strip()[:300]
    # Read once without keeping anything: a refused form must add no term.
    loud = _loud(service, _with_entries(service, typed, key, adding=False))
    if loud and not reason:
        raise UsageError(
            f"not saved: {loud[0].text} ({loud[0].source})",
            hint="go back; take the medicine out, or give the reason for keeping it",
        )
    written = _with_notes(_with_entries(service, typed, key, adding=True), loud, reason)
    saved = service.save(written, key=key, actor=written.doctor)
    for alert in loud:
        service.take(key, "ignored", ALERT, alert.rule, by=written.doctor,
                     key=f"{key}:{alert.rule}"[:128], note=reason)  # fmt: skip
    return f"print?{urlencode({'id': saved.id})}"


def _typed(fields: Mapping[str, str]) -> Prescription:
    """The form as a prescription whose entries are words yet."""
    age = fields.get("age", "").strip()
    if age and not (age.isascii() and age.isdecimal()):
        raise UsageError("the age is no number", expected="whole years, 0 to 120")
    told: dict[str, Any] = {
        "doctor": fields.get("doctor", ""),
        "specialty": fields.get("specialty", ""),
        "patient": {
            "age": int(age) if age else None,
            "sex": fields.get("sex", "unknown"),
            "pregnant": _PREGNANT.get(fields.get("pregnant", "")),
            "allergies": _split(fields.get("allergies", ""), ","),
        },
        "entries": {
            name: [{"code": text, "name": text} for text in _split(fields.get(name, ""), BETWEEN)]
            for name in SECTIONS
        },
        "notes": fields.get("notes", "").replace("\r\n", "\n"),
    }
    try:
        return something(Written.model_validate(told).prescription())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(name)[:40] for name in first["loc"])
        raise UsageError(f"not saved: {first['msg'][:200]}", where=place) from None


def _split(text: str, between: str) -> list[str]:
    """The entries of a field, in order, each once.

    >>> _split(" fever; cough;;fever ", ";")
    ['fever', 'cough']
    """
    return list(dict.fromkeys(part for each in text.split(between) if (part := each.strip())))


def _with_entries(service: Service, typed: Prescription, key: str, *, adding: bool) -> Prescription:
    entries: dict[Section, tuple[Entry, ...]] = {
        section: tuple(
            _entry(service, typed.doctor, section, entry.name, key if adding else "")
            for entry in typed.of(section)
        )
        for section in SECTIONS
    }
    return replace(typed, entries=entries)


def _entry(service: Service, doctor: str, section: Section, text: str, key: str) -> Entry:
    """The term of that very name, or the only one that is found; else it is added, with a key."""
    hits = service.search(text, section, doctor=doctor, limit=10)
    same = [hit for hit in hits if text.casefold() in (hit.name.casefold(), hit.code.casefold())]
    hit = same[0] if same else hits[0] if len(hits) == 1 else None
    if hit is not None:
        return Entry(hit.code, hit.name, hit.molecule)
    if not key:
        return Entry(f"new:{text.casefold()}"[:LONGEST], text)
    return service.add_term(section, text, by=doctor, key=f"{key}:{section}:{text}"[:128])


def _loud(service: Service, written: Prescription) -> list[Alert]:
    return [each for each in service.check(written).alerts if each.tier == "interrupt"]


def _with_notes(written: Prescription, loud: list[Alert], reason: str) -> Prescription:
    """The reason stands in the notes, where it is saved, printed, and can be worded better."""
    lines = [
        f"Kept in spite of the warning “{each.text}” ({each.source}): {reason}" for each in loud
    ]
    notes = "\n".join(filter(None, (written.notes.rstrip(), *lines)))
    return replace(written, notes=notes)
