"""Rules about one molecule: pregnancy, and age."""

from __future__ import annotations

from collections.abc import Iterable

from .alerts import Alert, alert
from .prescribed import Prescribed
from .rows import MoleculeRow


class SingleRules:
    """Rules by molecule, each for a span of ages; pregnancy has the span of all.

    >>> SingleRules().found(Prescribed("x", ("aspirin",)))
    []
    """

    __slots__ = ("_by_molecule",)

    def __init__(self, rows: Iterable[MoleculeRow] = ()) -> None:
        self._by_molecule: dict[str, tuple[MoleculeRow, ...]] = {}
        for row in rows:
            for molecule in row.molecules:
                kept = self._by_molecule.get(molecule, ())
                self._by_molecule[molecule] = (*kept, row)

    def __contains__(self, molecule: str) -> bool:
        return molecule in self._by_molecule

    def found(self, new: Prescribed, age: float = 0.0) -> list[Alert]:
        """The alerts of a medicine at an age in years."""
        return [
            alert(row.rule, (molecule,), local=new.local)
            for molecule in new.molecules
            for row in self._by_molecule.get(molecule, ())
            if row.low <= age < row.high
        ]
