"""What an importer hands over: rows of one table, and what it set aside with the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .alerts import Kind, Rule, Tier


@dataclass(frozen=True, slots=True)
class PairRow:
    """Any molecule of the left with any other of the right."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class MoleculeRow:
    """A rule about molecules, for ages from ``low`` to below ``high`` where it is one of age."""

    molecules: tuple[str, ...]
    rule: Rule
    low: float = 0.0
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class AllergyRow:
    """An allergy to one of ``allergens`` or recorded as one of ``words`` excludes ``excluded``."""

    words: tuple[str, ...]
    allergens: frozenset[str]
    excluded: frozenset[str]
    rule: Rule


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A subclass of molecules; ``duplicate`` is the tier of two of them, if any."""

    name: str
    members: tuple[str, ...]
    duplicate: Tier | None
    rule: Rule


Row = PairRow | MoleculeRow | AllergyRow | ClassRow


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was not taken, and why."""

    where: str
    reason: str


@dataclass(slots=True)
class Imported:
    """One table of one source: ``read`` rows are those kept and those set aside."""

    kind: Kind
    source: str
    edition: str
    rows: list[Row] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    kept: int = 0

    @property
    def read(self) -> int:
        """How many rows the file had."""
        return self.kept + len(self.set_aside)

    def keep(self, row: Row) -> None:
        """Take a row."""
        self.kept += 1
        self.rows.append(row)

    def refuse(self, where: str, reason: str) -> None:
        """Set a row aside."""
        self.set_aside.append(SetAside(where, reason))
