"""An assistant that has learned nothing: fixed pills, real search, real journal.

It stands in for a trained model where the page is looked at, not the suggestions: in the
benchmark of the pad and in its tests. Answers are as large as those of a model.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from perdure.kernel.errors import NotEnoughData
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.api.endpoints import ENDPOINTS
from perdure.solutions.prescription.finding import Finding
from perdure.solutions.prescription.memory import ALIAS, TERM, Memory, saved_id
from perdure.solutions.prescription.names import Names, list_of, new_term
from perdure.solutions.prescription.pad.page import PAGES
from perdure.solutions.prescription.prescription import (
    Because,
    Entry,
    Prescription,
    Section,
    Suggestion,
    Suggestions,
)
from perdure.solutions.prescription.service import (
    Alert,
    Checked,
    Found,
    HabitWord,
    Outcome,
    Role,
    Saved,
)

TERMS: dict[str, tuple[str, ...]] = {
    "complaint": (
        "Fever", "Cough", "Sore throat", "Headache", "Body ache", "Runny nose", "Vomiting",
        "Loose motion", "Abdominal pain", "Chest pain", "Breathlessness", "Burning micturition",
        "Joint pain", "Back pain", "Giddiness", "Itching", "Rash", "Ear pain", "Fatigue",
        "Loss of appetite",
    ),
    "diagnosis": (
        "Viral fever", "Acute upper respiratory infection, unspecified",
        "Acute pharyngitis, unspecified", "Influenza with other respiratory manifestations",
        "Essential (primary) hypertension", "Type 2 diabetes mellitus without complications",
        "Acute bronchitis, unspecified", "Noninfective gastroenteritis and colitis, unspecified",
        "Urinary tract infection, site not specified", "Migraine, unspecified",
        "Gastro-oesophageal reflux disease without oesophagitis", "Low back pain",
        "Allergic rhinitis, unspecified", "Dengue fever", "Typhoid fever",
    ),
    "medicine": (
        "DOLO 650MG TAB 8's", "CALPOL 650MG TAB 15's", "AZITHRAL 500MG TAB 5's",
        "AUGMENTIN 625 DUO TAB 10's", "PAN 40MG TAB 15's", "ALLEGRA 120MG TAB 10's",
        "ECOSPRIN 75MG TAB 14's", "WARF 5MG TAB 30's", "BRUFEN 400MG TAB 15's",
        "DOLO 250MG ORAL SUSP 60ml", "ZINCOVIT TAB 15's", "ORS POWDER 21.8G",
    ),
    "lab": (
        "Complete blood count", "C-reactive protein", "Dengue NS1 antigen", "Malaria smear",
        "Urine routine", "Fasting blood glucose", "HbA1c", "Liver function tests",
        "Kidney function tests", "Thyroid profile", "Lipid profile", "Chest X-ray",
    ),
    "advice": (
        "Drink plenty of fluids", "Rest at home", "Avoid spicy food", "Come back after 3 days",
        "Steam inhalation", "Salt water gargle", "Measure the temperature", "Light diet",
        "Avoid oily food", "Walk 30 minutes a day",
    ),
}  # fmt: skip
MOLECULES = {
    "DOLO 650MG TAB 8's": "paracetamol", "CALPOL 650MG TAB 15's": "paracetamol",
    "DOLO 250MG ORAL SUSP 60ml": "paracetamol", "AZITHRAL 500MG TAB 5's": "azithromycin",
    "AUGMENTIN 625 DUO TAB 10's": "amoxicillin + clavulanic acid", "PAN 40MG TAB 15's":
    "pantoprazole", "ALLEGRA 120MG TAB 10's": "fexofenadine", "ECOSPRIN 75MG TAB 14's":
    "acetylsalicylic acid", "WARF 5MG TAB 30's": "warfarin", "BRUFEN 400MG TAB 15's": "ibuprofen",
    "ZINCOVIT TAB 15's": "zinc and vitamins", "ORS POWDER 21.8G": "oral rehydration salts",
}  # fmt: skip
REASONS = (
    ("habit", "your own entry in 14 of 22 visits like this one", 1.9),
    ("diagnosis", "entered in 57 % of visits with Viral fever", 1.1),
    ("complaint", "entered in 41 % of visits with Fever and Cough", 0.7),
    ("person", "entered in 18 % of visits of this specialty, age and sex", -0.3),
    ("entered", "goes with what is entered (33 % of such visits)", 0.2),
    ("together", "fits everything that is entered so far, taken together", 0.15),
    ("common", "how common it is in all visits", -0.1),
)
OPENED: list[StandIn] = []
"""Every stand-in that was opened, for tests that change how it behaves."""


def code(name: str) -> str:
    """The code of a term of these lists."""
    return "".join(c for c in name.lower().replace(" ", "-") if c.isalnum() or c == "-")[:60]


class StandIn:
    """Fixed pills; ``down`` names methods that fail, ``delays`` seconds that others wait."""

    def __init__(self, project: Project, settings: Any, case: str) -> None:
        self.journal = Journal(project, "prescription", case)
        self.memory = Memory(self.journal)
        self.names = Names({list_of(s): {code(n): n for n in TERMS[s]} for s in TERMS})
        self.finding = Finding(project, case, self.names)
        self.pills = settings.pad.pills
        self.never: set[str] = set()
        self.down: set[str] = set()
        self.delays: dict[str, list[float]] = {}
        self.asked: list[tuple[str, Any]] = []
        OPENED.append(self)

    def codes(self, section: Section) -> Collection[str]:
        """The codes of a section."""
        return self.names.codes(list_of(section))

    def suggest(self, written: Prescription, *, pills: int | None = None) -> Suggestions:
        """The first terms that are not entered; each entry makes the next a little likelier."""
        self._turn("suggest", written)
        most = pills or self.pills
        fields = {list_of(s): self._pills(s, written, most) for s in TERMS}  # type: ignore[arg-type]
        made = Suggestions(fields, "prescription/default@1", written.completeness, uuid.uuid4().hex)
        self.memory.show(written, made)
        return made

    def check(self, written: Prescription, adding: str = "", role: Role = "doctor") -> Checked:
        """Two rules, and what is missing for others."""
        self._turn("check", written)
        taken = [entry.molecule for entry in written.of("medicine")]
        missing = () if written.patient.age is not None else (
            "not checked: limits of age, because the age is not said",)  # fmt: skip
        return Checked(tuple(a for a in ALERTS if set(a.molecules) <= set(taken)), missing)

    def save(self, written: Prescription, *, key: str, actor: str) -> Saved:
        """Keep it in the journal."""
        self._turn("save", written)
        kept = self.memory.save(written, key, actor)
        return Saved(saved_id(kept), kept.at, kept.repeated)

    def take(
        self, suggestions_id: str, outcome: Outcome, field: str, code: str, *, by: str, key: str,
        instead: str = "", note: str = "",
    ) -> bool:  # fmt: skip
        """Keep what was done with a pill."""
        self._turn("take", (outcome, field, code, by))
        return self.memory.take(key, by, {"outcome": outcome, "field": field, "code": code})

    def say(
        self, doctor: str, molecule: str, word: HabitWord, *, diagnosis: str = "", key: str
    ) -> bool:
        """Remember what is never used."""
        self._turn("say", (doctor, molecule, word, diagnosis))
        (self.never.add if word == "never" else self.never.discard)(molecule)
        return True

    def search(
        self, text: str, section: Section, *, doctor: str = "", limit: int = 10
    ) -> list[Found]:
        """Real search in the small lists."""
        self._turn("search", text)
        found = self.finding.search(text, section, limit)
        return [replace(hit, molecule=MOLECULES.get(hit.name, "")) for hit in found]

    def add_term(self, section: Section, name: str, *, by: str, key: str) -> Entry:
        """A new term, findable at once."""
        self._turn("add_term", name)
        entry = new_term(section, name)
        body = {"section": section, "code": entry.code, "name": entry.name}
        self.memory.term(TERM, key, by, body)
        self.names.add(list_of(section), entry.code, entry.name)
        self.finding.add(section, entry.code, entry.name)
        return entry

    def templates(self, doctor: str) -> Any:
        """The doctor's templates."""
        return self.memory.templates(doctor)

    def keep_template(self, doctor: str, name: str, entries: Any, *, key: str) -> bool:
        """Kept, or forgotten without entries."""
        return self.memory.template(doctor, name, entries, key)

    def alias(self, section: Section, code: str, alias_of: str, *, by: str, key: str) -> None:
        """Keep the curator's word."""
        self._turn("alias", (section, code, alias_of))
        body = {"section": section, "code": code, "alias_of": alias_of}
        self.memory.term(ALIAS, key, by, body)

    def close(self) -> None:
        """Commit what waits."""
        self.journal.close()

    def _turn(self, what: str, asked: Any) -> None:
        self.asked.append((what, asked))
        waits = self.delays.get(what)
        if waits:
            time.sleep(waits.pop(0))
        if what in self.down:
            raise NotEnoughData("no model is in service", hint="perdure run prescription")

    def _pills(self, section: Section, written: Prescription, most: int) -> tuple[Suggestion, ...]:
        entered = {entry.code for entry in written.of(section)}
        names = [name for name in TERMS[section] if code(name) not in entered][:most]
        known = sum(len(found) for found in written.entries.values())
        return tuple(self._pill(name, place, known) for place, name in enumerate(names))

    def _pill(self, name: str, place: int, known: int) -> Suggestion:
        base = -1.6 - 0.55 * place
        effects = [effect * min(known, 3) / 3 for _, _, effect in REASONS]
        score = base + sum(effects)
        molecule = MOLECULES.get(name, "")
        return Suggestion(
            code(name), name, 1 / (1 + math.exp(-score)), score, base,
            tuple(Because(k, t, e) for (k, t, _), e in zip(REASONS, effects, strict=True)),
            molecule, "you said: never" if molecule in self.never else "",
        )  # fmt: skip


ALERTS = (
    Alert(
        "interaction", "interrupt", ("acetylsalicylic acid", "warfarin"),
        "acetylsalicylic acid, warfarin: higher risk of bleeding", "invented for tests",
        "2026-01", "demo.01",
    ),
    Alert(
        "duplicate", "passive", ("ibuprofen",),
        "ibuprofen: take with food", "invented for tests", "2026-01", "demo.02",
    ),
)  # fmt: skip


def manifest(service: str) -> Any:
    """The assistant's manifest with its pages and addresses, answered by another service."""
    from perdure.solutions.prescription.solution import SOLUTION

    return replace(SOLUTION, service=service, endpoints=ENDPOINTS, pages=PAGES, home="pad")
