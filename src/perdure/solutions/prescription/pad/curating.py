"""Terms that doctors added: how often each is used, and what a curator merged them into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.memory import ALIAS, SAVED, TERM, from_body
from perdure.solutions.prescription.pad.sections import TITLED, title_of
from perdure.solutions.prescription.pad.writing import SOLUTION
from perdure.solutions.prescription.prescription import SECTIONS

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
        found = _added(journal)
    chosen = [term for term in found if bool(term.alias_of) == (view == "merged")]
    return {
        "terms": chosen[:MOST],
        "view": view,
        "open": sum(not term.alias_of for term in found),
        "merged": sum(bool(term.alias_of) for term in found),
        "most": MOST,
        "sections": TITLED,
    }


def _added(journal: Journal) -> list[Added]:
    uses, merged = _uses(journal), _merged(journal)
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


def _uses(journal: Journal) -> Counter[tuple[str, str]]:
    """In how many saved prescriptions each code stands."""
    counted: Counter[tuple[str, str]] = Counter()
    for kept in journal.read(SAVED):
        written = from_body(kept.body)
        counted.update({(s, e.code) for s in SECTIONS for e in written.of(s)})
    return counted
