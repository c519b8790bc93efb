"""Opens the desk: habits from the tables, then everything that was saved since."""

from __future__ import annotations

from collections.abc import Container

from perdure.platform.storage.project import Project
from perdure.platform.training.tables_training import open_tables
from perdure.solutions.prescription.collecting import held_until
from perdure.solutions.prescription.engine.desk import Desk, histories_of, with_more_terms
from perdure.solutions.prescription.engine.encoding import codes_of, encode
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.frames import Frames, months_of
from perdure.solutions.prescription.medicines.formulary import bundled_formulary
from perdure.solutions.prescription.memory import Memory, sequence_of
from perdure.solutions.prescription.names import Names, list_of
from perdure.solutions.prescription.prescription import SECTIONS
from perdure.solutions.prescription.tables import TABLES
from perdure.solutions.prescription.training.material import tables_as_frames


def opened_desk(
    project: Project, engine: Engine | None, memory: Memory
) -> tuple[Names, Desk | None]:
    """The names of all terms, and the desk when there is a model to sit at it."""
    # Asked before the tables are opened, so that they hold all of it.
    held = held_until(project, memory)
    found = _frames(project)
    names = Names(_named(found, engine), found.simple if found else {}, _popular(engine))
    added = _added(memory, names)
    if engine is None:
        return names, None
    # Before the visits are read: those that were taken into the tables hold added terms too.
    engine = with_more_terms(engine, added)
    histories = {}
    if found is not None:
        # What was entered since the model was made takes free places, like what is saved here.
        engine = with_more_terms(engine, *codes_of(found.entries))
        visits = encode(found.visits, found.entries, engine.terms)
        histories = histories_of(visits, found.doctors)
    desk = Desk(engine, histories)
    known = set(found.visits["visit"].to_list()) if found is not None else set()
    desk.until = held if found is not None else 0
    catch_up(desk, memory, known)
    return names, desk


def catch_up(desk: Desk, memory: Memory, known: Container[str] = ()) -> None:
    """Remember what was saved and is not ``known`` from the tables; each prescription once."""
    for saved, at, written in memory.saved(desk.until):
        if saved not in known:
            desk.remember(written, months_of(at), saved)
        desk.until = max(desk.until, sequence_of(saved))


def _frames(project: Project) -> Frames | None:
    lake, contracts = project.lake, {contract.name: contract for contract in TABLES}
    if not all(lake.exists(name) for name in contracts):
        return None
    versions = {name: lake.version(name) for name in contracts}
    return tables_as_frames(open_tables(lake, contracts, versions, project.clock.now()))


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
