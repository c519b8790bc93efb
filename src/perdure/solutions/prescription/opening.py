"""Opens the desk: habits from the tables, then everything that was saved since."""

from __future__ import annotations

import polars as pl

from perdure.platform.storage.project import Project
from perdure.solutions.prescription.engine.desk import Desk, histories_of
from perdure.solutions.prescription.engine.encoding import encode
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.frames import Frames, frames, months_of
from perdure.solutions.prescription.medicines.formulary import bundled_formulary
from perdure.solutions.prescription.memory import Memory
from perdure.solutions.prescription.names import Names, list_of
from perdure.solutions.prescription.prescription import SECTIONS

TABLES = ("prescription_visit", "prescription_entry", "prescription_term")


def opened_desk(
    project: Project, engine: Engine | None, memory: Memory
) -> tuple[Names, Desk | None]:
    """The names of all terms, and the desk when there is a model to sit at it."""
    found = _frames(project)
    names = Names(_named(found, engine), found.simple if found else {}, _popular(engine))
    added = _added(memory, names)
    if engine is None:
        return names, None
    histories = {}
    if found is not None:
        visits = encode(found.visits, found.entries, engine.terms)
        histories = histories_of(visits, found.doctors)
    desk = Desk(engine, histories)
    desk.learn_terms(added)
    known = set(found.visits["visit"].to_list()) if found is not None else set()
    for saved, at, written in memory.saved():
        if saved not in known:
            desk.remember(written, months_of(at))
    return names, desk


def _frames(project: Project) -> Frames | None:
    if not all(project.lake.exists(name) for name in TABLES):
        return None
    visits, entries, terms = (pl.DataFrame(project.lake.dataset(n).to_table()) for n in TABLES)
    return frames(visits, entries, terms)


def _named(found: Frames | None, engine: Engine | None) -> dict[str, dict[str, str]]:
    names = {field: dict(known) for field, known in (found.names if found else {}).items()}
    if not names.get("brand"):
        names |= _carried()
    if engine is not None:
        for field in ("complaint", "diagnosis", "molecule", "brand", "lab", "advice"):
            here = names.setdefault(field, {})
            for code in engine.terms.terms[field]:
                if code:
                    here.setdefault(code, code)
    return names


def _carried() -> dict[str, dict[str, str]]:
    """The brands that perdure carries: a project without a list of its own has these to begin."""
    products = bundled_formulary().products
    molecules = {name for product in products for name in product.molecules}
    return {
        "brand": {product.brand: product.brand for product in products},
        "molecule": {name: name for name in sorted(molecules)},
    }


def _popular(engine: Engine | None) -> dict[str, dict[str, float]]:
    """Entries a visit of each term, for the order of search hits."""
    if engine is None:
        return {}
    return {
        field: {term: round(float(share), 6)
                for term, share in zip(engine.terms.terms[field], shares, strict=True) if term}
        for field, shares in engine.parts.popularity.items()
    }  # fmt: skip


def _added(memory: Memory, names: Names) -> dict[str, list[str]]:
    """Terms that doctors added, by field, oldest first; they are named on the way."""
    added: dict[str, list[str]] = {list_of(section): [] for section in SECTIONS}
    for body in memory.terms():
        field = list_of(body["section"])
        names.add(field, body["code"], body["name"])
        added[field].append(body["code"])
    return added
