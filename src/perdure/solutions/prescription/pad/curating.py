"""Terms that doctors added: how often each is used, and what a curator merged them into."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.engine.vocabulary import ADDED
from perdure.solutions.prescription.memory import ALIAS, SAVED, TERM, from_body
from perdure.solutions.prescription.pad.sections import TITLED, title_of
from perdure.solutions.prescription.pad.writing import SOLUTION
from perdure.solutions.prescription.prescription import SECTIONS, Prescription

MOST = 200


@dataclass(frozen=True, slots=True)
class Added:
    """A term that no list had: who added it when, how often it is used, what it stands for."""

    section: str
    title: str
    code: str
    name: str
    by: str
    at: datetime
    uses: int
    alias_of: str


def curate(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Added terms, the most used first; ``view`` is "open" or "merged"."""
    view = "merged" if query.get("view") == "merged" else "open"
    with Journal(project, SOLUTION, case) as journal:
        found = _added(journal, _uses_of(project.root, case).of(journal))
    chosen = [term for term in found if bool(term.alias_of) == (view == "merged")]
    return {
        "terms": chosen[:MOST],
        "view": view,
        "open": sum(not term.alias_of for term in found),
        "merged": sum(bool(term.alias_of) for term in found),
        "most": MOST,
        "sections": TITLED,
    }


def _added(journal: Journal, uses: Counter[tuple[str, str]]) -> list[Added]:
    merged = _merged(journal)
    found: dict[tuple[str, str], Added] = {}
    for kept in journal.read(TERM):
        section, code, name = (str(kept.body[key]) for key in ("section", "code", "name"))
        term = (section, code)
        found.setdefault(
            term,
            Added(
                section, title_of(section), code, name, kept.subject, kept.at,
                uses[term], merged.get(term, ""),
            ),
        )  # fmt: skip
    return sorted(found.values(), key=lambda term: (-term.uses, term.at))


def _merged(journal: Journal) -> dict[tuple[str, str], str]:
    """What each merged term stands for; the last word counts."""
    told = (kept.body for kept in journal.read(ALIAS))
    return {(body["section"], body["code"]): str(body["alias_of"]) for body in told}


class Uses:
    """In how many saved prescriptions each added term stands; only what is new is read."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._until = 0
        self._counted: Counter[tuple[str, str]] = Counter()

    def of(self, journal: Journal) -> Counter[tuple[str, str]]:
        """The counts up to the newest prescription of the journal."""
        with self._turn:
            newest = journal.newest(SAVED, most=1)
            if not newest or newest[0].sequence < self._until:
                # An older copy of the journal was put back: what was counted may be in no entry.
                self._until, self._counted = 0, Counter()
            for kept in journal.read(SAVED, since_sequence=self._until):
                self._counted.update(_added_terms(from_body(kept.body)))
                self._until = kept.sequence
            return Counter(self._counted)


@lru_cache(maxsize=64)
def _uses_of(root: Path, case: str) -> Uses:  # noqa: ARG001 - one count a project and case
    return Uses()


def _added_terms(written: Prescription) -> set[tuple[str, str]]:
    found = ((section, entry.code) for section in SECTIONS for entry in written.of(section))
    return {(section, code) for section, code in found if code.startswith(ADDED)}
