"""Which molecules a brand holds."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from .medicine import Strength

_NOT_A_WORD = re.compile(r"[\W_]+")
_AMOUNT = re.compile(
    r"^(?P<molecule>.{1,120}?) (?P<value>\d{1,9}(?:\.\d{1,6})?) ?(?P<unit>mg|mcg|g|IU|%|ml|mEq)$"
)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A molecule of a product, with its strength when one is known."""

    molecule: str
    strength: Strength | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A brand and what is in it; ``source`` says who told so."""

    brand: str
    ingredients: tuple[Ingredient, ...]
    form: str | None = None
    atc: str | None = None
    aliases: tuple[str, ...] = ()
    source: str = ""

    @property
    def molecules(self) -> tuple[str, ...]:
        """The names of the molecules, in the order of the label."""
        return tuple(i.molecule for i in self.ingredients)


def folded(name: str) -> str:
    """A name as it is compared: words in small letters, one blank between.

    >>> folded("Pan-D "), folded("PAN D")
    ('pan d', 'pan d')
    """
    return _NOT_A_WORD.sub(" ", name.casefold()).strip()


class Formulary:
    """Brands by name and alias.

    >>> Formulary([Product("Dolo", (Ingredient("paracetamol"),))]).find("DOLO").molecules
    ('paracetamol',)
    """

    __slots__ = ("_by_name", "_molecules", "products")

    def __init__(self, products: Iterable[Product]) -> None:
        self.products = tuple(products)
        self._by_name: dict[str, Product] = {}
        for product in self.products:
            for name in (product.brand, *product.aliases):
                # A later product wins, so that an organisation's own list goes last.
                self._by_name[folded(name)] = product
        self._molecules = {folded(m): m for p in self.products for m in p.molecules}
        self._by_name.pop("", None)

    def find(self, name: str) -> Product | None:
        """The product of a brand name or alias."""
        return self._by_name.get(folded(name[:200]))

    def molecule(self, name: str) -> str | None:
        """The molecule's own name, when ``name`` is a molecule and no brand."""
        known = canonical_molecule(name[:200])
        return self._molecules.get(folded(known))

    def with_products(self, more: Iterable[Product]) -> Formulary:
        """The same formulary and ``more``, whose products win over equal names."""
        return Formulary([*self.products, *more])

    def brands_of(self, molecule: str) -> list[str]:
        """The brands that hold ``molecule`` and nothing else."""
        wanted = (canonical_molecule(molecule),)
        return [p.brand for p in self.products if p.molecules == wanted]

    def __len__(self) -> int:
        return len(self.products)


@lru_cache(maxsize=1)
def bundled_formulary() -> Formulary:
    """The formulary that comes with perdure: common Indian brands, read when first asked for.

    >>> bundled_formulary().find("Calpol").molecules
    ('paracetamol',)
    """
    return Formulary(_product(row) for row in _rows("formulary.csv"))


def canonical_molecule(name: str) -> str:
    """The international name of a molecule, in small letters.

    >>> canonical_molecule("Acetaminophen"), canonical_molecule("Amoxycillin")
    ('paracetamol', 'amoxicillin')
    """
    plain = " ".join(name.casefold().split())
    return _molecule_names().get(plain, plain)


def ingredient(text: str) -> Ingredient:
    """An ingredient of "molecule strength unit" or of a molecule alone.

    >>> ingredient("amoxicillin 500 mg").strength.value
    500.0
    """
    found = _AMOUNT.match(text.strip())
    if found is None:
        return Ingredient(canonical_molecule(text))
    strength = Strength(float(found["value"]), found["unit"])
    return Ingredient(canonical_molecule(found["molecule"]), strength)


def _product(row: dict[str, str]) -> Product:
    return Product(
        brand=row["brand"],
        ingredients=tuple(ingredient(part) for part in row["molecules"].split("+")),
        form=row["form"] or None,
        atc=row["atc"] or None,
        aliases=tuple(a for a in row["aliases"].split("|") if a),
        source="formulary.csv",
    )


@lru_cache(maxsize=1)
def _molecule_names() -> dict[str, str]:
    return {row["also"]: row["molecule"] for row in _rows("molecule_names.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
