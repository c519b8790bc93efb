"""What the assistant keeps: prescriptions, answers, terms and rules, each durable when promised."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from perdure.platform.storage.journal import Entry as Kept
from perdure.platform.storage.journal import Journal, Note
from perdure.solutions.prescription.engine.rules import Rules
from perdure.solutions.prescription.prescription import (
    SECTIONS,
    Entry,
    Patient,
    Prescription,
    Section,
    Suggestions,
)
from perdure.solutions.prescription.service import ALERT

SAVED, SHOWN, TAKEN, SAID, TERM, ALIAS = "saved", "shown", "taken", "said", "term", "alias"
WARNED, COLLECTED, TEMPLATE = "warned", "collected", "template"
"""Kinds of entries of the journal."""


def as_body(written: Prescription) -> dict[str, Any]:
    """A prescription as the journal holds it."""
    return {
        "doctor": written.doctor,
        "specialty": written.specialty,
        "patient": asdict(written.patient),
        "entries": {name: [asdict(e) for e in written.of(name)] for name in SECTIONS},
        "notes": written.notes,
    }


def from_body(body: Mapping[str, Any]) -> Prescription:
    """The prescription that ``as_body`` described."""
    patient = dict(body["patient"])
    patient["allergies"] = tuple(patient.get("allergies") or ())
    entries = {name: tuple(Entry(**e) for e in body["entries"].get(name, ())) for name in SECTIONS}
    return Prescription(
        body["doctor"], body["specialty"], Patient(**patient), entries, body["notes"]
    )


class Memory:
    """The journal of one case, in the words of prescriptions."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def save(self, written: Prescription, key: str, actor: str) -> Kept:
        """Keep a prescription; the same key again gives the first one."""
        return self.journal.append(
            SAVED, written.doctor, as_body(written), key=f"rx:{key}", actor=actor
        ).result()

    def show(self, written: Prescription, found: Suggestions) -> None:
        """Keep what was shown; the ranking holds no chance, so every propensity is 1."""
        body = {
            "model": found.model,
            "completeness": found.completeness,
            "propensity": 1.0,
            "entered": {name: [e.code for e in written.of(name)] for name in SECTIONS},
            "shown": {
                name: [[pill.code, round(pill.probability, 4)] for pill in pills]
                for name, pills in found.fields.items()
            },
        }
        self.journal.append(
            SHOWN, written.doctor, body, key=f"shown:{found.id}", actor=written.doctor
        ).result()

    def warn(self, cards: Mapping[str, Collection[str]], doctor: str) -> None:
        """Keep the rules that each card of warnings told, by its id."""
        self.journal.append_many([
            # One subject for all: a caller that uses an id twice must not be refused.
            Note(WARNED, "cards", {"rules": list(rules)}, f"warned:{card}", doctor)
            for card, rules in cards.items()
        ]).result()  # fmt: skip

    def shown(self, shown_id: str) -> dict[str, tuple[str, ...]] | None:
        """What was shown under an id: codes of pills by field, or rules of warnings as "alert"."""
        if (pills := self.journal.kept(f"shown:{shown_id}")) is not None:
            found = pills.body["shown"].items()
            return {field: tuple(code for code, _ in listed) for field, listed in found}
        warning = self.journal.kept(f"warned:{shown_id}")
        return None if warning is None else {ALERT: tuple(warning.body["rules"])}

    def take(self, key: str, by: str, body: Mapping[str, Any]) -> bool:
        """Keep what was done with a pill; True when that was new."""
        return (
            not self.journal.append(TAKEN, by, body, key=f"take:{key}", actor=by).result().repeated
        )

    def say(self, key: str, doctor: str, body: Mapping[str, Any]) -> bool:
        """Keep a doctor's rule; True when that was new."""
        kept = self.journal.append(SAID, doctor, body, key=f"say:{key}", actor=doctor).result()
        return not kept.repeated

    def template(
        self, doctor: str, name: str, entries: Mapping[Section, tuple[Entry, ...]], key: str
    ) -> bool:
        """Keep a doctor's set of entries, or none, under its name; True when that was new."""
        told = {section: [asdict(entry) for entry in found] for section, found in entries.items()}
        kept = self.journal.append(
            TEMPLATE, doctor, {"name": name, "entries": told}, key=f"template:{key}", actor=doctor
        ).result()
        return not kept.repeated

    def templates(self, doctor: str) -> dict[str, dict[Section, tuple[Entry, ...]]]:
        """A doctor's sets of entries by name, the last word counting."""
        found: dict[str, dict[Section, tuple[Entry, ...]]] = {}
        for kept in self.journal.read(TEMPLATE, doctor):
            told = kept.body["entries"]
            found[kept.body["name"]] = {
                name: tuple(Entry(**entry) for entry in told[name])
                for name in SECTIONS
                if told.get(name)
            }
        return {name: entries for name, entries in found.items() if entries}

    def term(self, kind: str, key: str, by: str, body: Mapping[str, Any]) -> bool:
        """Keep a new term or an alias; True when that was new."""
        kept = self.journal.append(kind, by, body, key=f"{kind}:{key}", actor=by).result()
        return not kept.repeated

    def saved(self, since: int = 0) -> Iterator[tuple[str, datetime, Prescription]]:
        """Prescriptions that were saved, all or after an entry: the id, when, what it says."""
        for kept in self.journal.read(SAVED, since_sequence=since):
            yield saved_id(kept), kept.at, from_body(kept.body)

    def collect(self, until: int, at: datetime, versions: Mapping[str, int]) -> None:
        """Keep that the tables, in these versions, hold what was saved up to an entry.

        ``at`` is when that was saved: taking it into the tables is nothing that was served.
        """
        told = ":".join(f"{name}@{version}" for name, version in sorted(versions.items()))
        self.journal.append(
            COLLECTED, "tables", {"until": until, "versions": dict(versions)},
            key=f"{COLLECTED}:{until}:{told}"[:200], actor="collect", at=at,
        ).result()  # fmt: skip

    def collected(self) -> tuple[int, dict[str, int]]:
        """Up to which entry the tables hold what was saved, and in which versions they do."""
        found = self.journal.newest(COLLECTED, most=1)
        return (found[0].body["until"], found[0].body["versions"]) if found else (0, {})

    def rules(self, since: int = 0) -> dict[str, Rules]:
        """What each doctor said, all or after an entry, the last word counting."""
        said: dict[str, dict[tuple[str, str], Any]] = {}
        for kept in self.journal.read(SAID, since_sequence=since):
            scope = (kept.body["diagnosis"], kept.body["molecule"])
            said.setdefault(kept.subject, {})[scope] = kept.body["word"]
        return {doctor: Rules(found) for doctor, found in said.items()}

    def terms(self, since: int = 0) -> Iterator[Mapping[str, Any]]:
        """Every term that was added, or those after an entry."""
        for kept in self.journal.read(TERM, since_sequence=since):
            yield kept.body

    def aliases(self, since: int = 0) -> dict[tuple[str, str], str]:
        """The code that a merged term stands for, by section and code, of all or later entries."""
        found = (kept.body for kept in self.journal.read(ALIAS, since_sequence=since))
        return {(body["section"], body["code"]): body["alias_of"] for body in found}


def saved_id(kept: Kept) -> str:
    """The id of a saved prescription."""
    return f"rx-{kept.sequence}"


def sequence_of(saved: str) -> int:
    """The place in the journal of a saved prescription.

    >>> sequence_of("rx-7")
    7
    """
    return int(saved.removeprefix("rx-"))
