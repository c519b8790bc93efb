"""A prescription service that answers from a few lists and remembers what it was told."""

from __future__ import annotations

from datetime import UTC, datetime

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.prescription import (
    Because,
    Entry,
    Suggestion,
    Suggestions,
)
from perdure.solutions.prescription.service import ALERT, Alert, Checked, Found, Saved

ID = "0f" * 16
CODES = {
    "complaint": {"fever": "Fever"},
    "diagnosis": {"J02.9": "Acute pharyngitis", "I10": "Hypertension"},
    "medicine": {"dolo": "Dolo 650", "calpol": "Calpol", "asp": "Aspirin"},
    "lab": {"cbc": "Blood count"},
    "advice": {"rest": "Rest"},
}
LOUD = Alert("interaction", "interrupt", ("warfarin", "aspirin"), "Bleeding risk", "ONC",
             "2012-06", "onc-7")  # fmt: skip
QUIET = Alert("duplicate", "passive", ("paracetamol",), "Twice the same", "starter set",
              "2026-01", "dup-1")  # fmt: skip


def pill(code, name, greyed="", molecule=""):
    parts = (Because("doctor", "you in 3 of 4 visits", 0.7), Because("all", "often", 0.2))
    return Suggestion(code, name, 0.73, 0.99, 0.09, parts, molecule, greyed)


class FakeService:
    """Keeps every call; ``alerts`` and ``gaps`` are what a check answers."""

    def __init__(self, alerts=(), gaps=(), suppressed=()):
        self.checked = Checked(tuple(alerts), tuple(gaps), tuple(suppressed))
        self.roles = []
        self.kept = {}
        self.calls, self.keys, self.seen = [], {}, []
        self.broken = None
        self.warnings = {}
        self.fields = {
            "complaint": (pill("fever", "Fever"),),
            "brand": (
                pill("dolo", "Dolo <650>", molecule="paracetamol"),
                pill("asp", "Aspirin", greyed="allergy: aspirin"),
            ),
            "lab": (pill("cbc", "Blood count"),),
            "advice": (pill("rest", "Rest"),),
        }

    def codes(self, section):
        return CODES[section]

    def suggest(self, written, *, pills=None):
        if self.broken:
            raise self.broken
        self.seen.append(written)
        self.calls.append(("suggest", pills))
        return Suggestions(self.fields, "rx@v1", written.completeness, ID)

    def check(self, written, adding="", role="doctor"):
        self.seen.append(written)
        self.calls.append(("check", adding))
        self.roles.append(role)
        return self.checked

    def save(self, written, *, key, actor):
        repeated = key in self.keys
        if not repeated:
            self.seen.append(written)
        self.keys.setdefault(key, f"rx-{len(self.keys) + 1}")
        return Saved(self.keys[key], datetime(2026, 1, 31, tzinfo=UTC), repeated)

    def warned(self, cards, *, doctor):
        self.warnings |= cards

    def shown(self, shown_id):
        if shown_id == ID:
            return {field: [pill.code for pill in pills] for field, pills in self.fields.items()}
        rules = self.warnings.get(shown_id)
        return None if rules is None else {ALERT: rules}

    def take(self, suggestions_id, outcome, field, code, *, by, key, instead="", note=""):
        if suggestions_id != ID and field != ALERT:
            raise UsageError("no suggestions of that id were shown")
        self.calls.append(("take", suggestions_id, outcome, field, code, by, instead, note))
        new = key not in self.keys
        self.keys[key] = key
        return new

    def say(self, doctor, molecule, word, *, diagnosis="", key):
        self.calls.append(("say", doctor, molecule, word, diagnosis))
        new = key not in self.keys
        self.keys[key] = key
        return new

    def search(self, text, section, *, doctor="", limit=10):
        self.calls.append(("search", text, section, doctor, limit))
        found = [
            Found(section, code, name, name)
            for code, name in CODES[section].items()
            if name.lower().startswith(text.lower())
        ]
        return found[:limit]

    def add_term(self, section, name, *, by, key):
        self.calls.append(("add_term", section, name, by))
        return Entry(f"new:{name.lower()}", name)

    def templates(self, doctor):
        return self.kept.get(doctor, {})

    def keep_template(self, doctor, name, entries, *, key):
        self.kept.setdefault(doctor, {})[name] = entries
        return True

    def alias(self, section, code, alias_of, *, by, key):
        self.calls.append(("alias", section, code, alias_of, by))
