"""The Indian A-Z medicine list: ``name``, ``pack_size_label``, ``short_composition1`` and ``2``."""

from __future__ import annotations

import re
from pathlib import Path

from perdure.solutions.prescription.medicines.formulary import (
    Formulary,
    Ingredient,
    Product,
    canonical_molecule,
)
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.medicines.medicine import Medicine, Strength

from .products import Imported, rows

_COMPOSITION = re.compile(r"^(?P<molecule>[^()]{1,200})(?:\((?P<strength>[^()]{0,60})\))?")
_EMPTY = Formulary(())


def read_indian_list(path: Path) -> Imported:
    """The products of the list; the brand is the name without strength, form and pack."""
    found = Imported()
    for line, row in rows(path, ("name", "shortcomposition1")):
        columns = ("shortcomposition1", "shortcomposition2")
        content = [c for name in columns if (c := _ingredient(row.get(name) or ""))]
        read = parse_medicine(row["name"], _EMPTY)
        if not content or read.brand is None:
            found.problems.append(f"{path.name}:{line}: no molecule or no brand")
            continue
        found.products.append(_product(row, read, tuple(content), path.name))
    return found


def _product(
    row: dict[str, str], read: Medicine, content: tuple[Ingredient, ...], source: str
) -> Product:
    label = parse_medicine(row.get("packsizelabel") or "", _EMPTY)
    return Product(
        # "Augmentin 625 Duo" and "Augmentin 1000 Duo" are two products of one brand.
        brand=" ".join([read.brand or "", *read.modifiers]),
        ingredients=content,
        form=read.form or label.form,
        aliases=(row["name"],),
        source=source,
    )


def _ingredient(text: str) -> Ingredient | None:
    """The molecule and strength of "Amoxycillin  (500mg) "."""
    found = _COMPOSITION.match(text.strip())
    if found is None or not found["molecule"].strip():
        return None
    return Ingredient(canonical_molecule(found["molecule"]), _strength(found["strength"] or ""))


def _strength(text: str) -> Strength | None:
    read = parse_medicine(text, _EMPTY)
    return read.strengths[0] if read.strengths and not read.flags[1:] else None
