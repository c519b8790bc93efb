"""An organisation's own list: ``brand, molecule, strength, form``; one row a molecule."""

from __future__ import annotations

from pathlib import Path

from perdure.solutions.prescription.medicines.formulary import (
    Formulary,
    Ingredient,
    Product,
    canonical_molecule,
)
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.medicines.medicine import Strength

from .products import Imported, rows


def read_own_list(path: Path) -> Imported:
    """The products of the list; rows of the same brand and form are one product."""
    found = Imported()
    content: dict[tuple[str, str], list[Ingredient]] = {}
    for line, row in rows(path, ("brand", "molecule")):
        brand, molecule = row["brand"].strip(), row.get("molecule", "").strip()
        if not brand or not molecule:
            found.problems.append(f"{path.name}:{line}: no brand or no molecule")
            continue
        own = Ingredient(canonical_molecule(molecule), _strength(row.get("strength", "")))
        kept = content.setdefault((brand, row.get("form", "").strip()), [])
        if own.molecule not in {i.molecule for i in kept}:
            kept.append(own)
    found.products = [
        Product(brand, tuple(ingredients), form or None, source=path.name)
        for (brand, form), ingredients in content.items()
    ]
    return found


def _strength(text: str) -> Strength | None:
    return next(iter(parse_medicine(text, Formulary(())).strengths), None)
