"""Brands and their ingredients from RxNorm's release files (RXNCONSO.RRF, RXNREL.RRF)."""

from __future__ import annotations

from pathlib import Path

from perdure.solutions.prescription.medicines.formulary import (
    Ingredient,
    Product,
    canonical_molecule,
)

from .products import Imported, text_lines

_BRAND = "BN"
_INGREDIENTS = frozenset({"IN", "PIN", "MIN"})
_RELATIONS = frozenset({"tradename_of", "has_tradename"})
_CONSO_FIELDS, _REL_FIELDS = 17, 8


def read_rxnorm(concepts: Path, relations: Path) -> Imported:
    """Brand names with their ingredients; a multiple ingredient is split at the slash."""
    found = Imported()
    brands, molecules = _concepts(concepts, found)
    content: dict[str, list[str]] = {}
    for number, line in enumerate(text_lines(relations), start=1):
        fields = line.split("|")
        if len(fields) < _REL_FIELDS:
            found.problems.append(f"{relations.name}:{number}: {len(fields)} fields")
        elif fields[7] in _RELATIONS:
            # The relation is stored in both directions; either is enough.
            for brand, other in ((fields[0], fields[4]), (fields[4], fields[0])):
                if brand in brands and other in molecules:
                    content.setdefault(brand, []).append(molecules[other])
    for code, names in sorted(content.items()):
        found.products.append(_product(brands[code], names, concepts.name))
    found.problems += [f"{brands[c]}: no ingredient" for c in sorted(brands.keys() - content)]
    return found


def _concepts(path: Path, found: Imported) -> tuple[dict[str, str], dict[str, str]]:
    brands: dict[str, str] = {}
    molecules: dict[str, str] = {}
    for number, line in enumerate(text_lines(path), start=1):
        fields = line.split("|")
        if len(fields) < _CONSO_FIELDS:
            found.problems.append(f"{path.name}:{number}: {len(fields)} fields")
        elif fields[11] == "RXNORM" and fields[16] in {"", "N"}:
            kept = brands if fields[12] == _BRAND else molecules
            if fields[12] == _BRAND or fields[12] in _INGREDIENTS:
                kept[fields[0]] = fields[14]
    return brands, molecules


def _product(brand: str, names: list[str], source: str) -> Product:
    parts = [part for name in names for part in name.split(" / ")]
    molecules = dict.fromkeys(canonical_molecule(part) for part in parts)
    return Product(brand, tuple(Ingredient(m) for m in molecules), source=source)
