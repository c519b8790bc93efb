"""Safety checks of a prescription as it is written; what cannot be checked is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from perdure.solutions.prescription import service
from perdure.solutions.prescription.medicines.formulary import bundled_formulary
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.names import Names
from perdure.solutions.prescription.prescription import (
    NO_ALLERGY,
    Entry,
    Patient,
    Prescription,
)
from perdure.solutions.prescription.safety import prescribed as told
from perdure.solutions.prescription.safety.alerts import Alert, Findings, Kind, Tier
from perdure.solutions.prescription.safety.check import SafetyCheck
from perdure.solutions.prescription.safety.knowledge import bundled_knowledge
from perdure.solutions.prescription.safety.names import molecules_of
from perdure.solutions.prescription.safety.policy import Policy, Suppression
from perdure.solutions.prescription.safety.prescribed import Context, Prescribed, prescribed
from perdure.solutions.prescription.service import Checked, Role, Suppressed
from perdure.solutions.prescription.settings import PadSettings, PrescriptionSettings

_SEX = {"female": told.FEMALE, "male": told.MALE}
_NONE = frozenset({"none", "nil", "no", "nka", "nkda", NO_ALLERGY})
"""Ways to say that there are none: an empty list says only that nobody asked."""


class Guarding:
    """The knowledge base at work, in the names of the project's lists."""

    def __init__(self, settings: PrescriptionSettings, names: Names) -> None:
        self._names = names
        self._safety = SafetyCheck(bundled_knowledge(), _policy(settings.pad))

    def check(self, written: Prescription, adding: str = "", role: Role = "doctor") -> Checked:
        """Alerts about everything that is entered, or about one more molecule."""
        context = self._context(written, role)
        if adding:
            return self._told(self._safety.check(context, self._medicine(Entry("", "", adding))))
        return self._told(self._safety.review(context))

    def greyed(self, written: Prescription, molecules: Sequence[str]) -> dict[str, str]:
        """Molecules that are not offered as if nothing were known, each with the reason."""
        named = {molecule: self._name(molecule) for molecule in molecules if molecule}
        wanted = [prescribed(name, (name,)) for name in dict.fromkeys(named.values())]
        found = self._safety.greyed(self._context(written, "doctor"), wanted).reasons
        return {code: _reason(found[name]) for code, name in named.items() if name in found}

    def state(self) -> tuple[str, ...]:
        """Every table of the knowledge base: its source, edition and rows, or why it is missing."""
        return tuple(str(state) for state in self._safety.knowledge.readiness)

    def _told(self, found: Findings) -> Checked:
        unlisted = (f"not checked: no table names {molecule}" for molecule in found.unlisted)
        silenced = ((one, self._safety.policy.silence(one)) for one in found.suppressed)
        return Checked(
            tuple(_alert(one) for one in found.alerts),
            (*found.not_checked, *unlisted),
            tuple(Suppressed(_alert(one), word.reason) for one, word in silenced if word),
        )

    def _context(self, written: Prescription, role: str) -> Context:
        entered = tuple(self._medicine(entry) for entry in written.of("medicine"))
        return Context(_patient(written.patient), entered, role)

    def _medicine(self, entry: Entry) -> Prescribed:
        """By its molecule; a medicine of no list is read as text, with the formulary's help."""
        name = entry.name or self._names.of("brand", entry.code) or entry.molecule
        if entry.molecule:
            return prescribed(name, (self._name(entry.molecule),))
        read = parse_medicine(name, bundled_formulary())
        return prescribed(name, read.molecules, read.form) if read.molecules else prescribed(name)

    def _name(self, molecule: str) -> str:
        return self._names.of("molecule", molecule)


def _policy(pad: PadSettings) -> Policy:
    """What the organisation set: who is interrupted, what it never wants, what it knows as good."""
    quiet = {kind.value: Tier.PASSIVE for kind in Kind}
    roles = (role for role in get_args(Role) if role not in pad.interrupt_roles)
    return Policy(
        dict.fromkeys(roles, quiet),
        tuple(Suppression(frozenset(m for text in one.molecules for m in molecules_of(text)),
                          one.kind, one.reason) for one in pad.known_good),
        {m: reason for text, reason in pad.never.items() for m in molecules_of(text)},
    )  # fmt: skip


def _patient(patient: Patient) -> told.Patient:
    listed = tuple(text for text in patient.allergies if text.strip().casefold() not in _NONE)
    known = bool(patient.allergies)
    return told.Patient(
        patient.age, _SEX.get(patient.sex), patient.pregnant, listed if known else None
    )


def _alert(one: Alert) -> service.Alert:
    return service.Alert(
        one.kind.value, "interrupt" if one.tier is Tier.INTERRUPT else "passive",
        one.molecules, one.text, one.source, one.date, one.rule,
    )  # fmt: skip


def _reason(alerts: tuple[Alert, ...]) -> str:
    first = alerts[0]
    return f"{first.text} ({first.source}, {first.date})"
