"""The molecules of a read medicine, from a formulary; and the units that only it knows."""

from __future__ import annotations

from dataclasses import replace

from .forms import RELEASE
from .formulary import Formulary, Product
from .medicine import Flag, Medicine, Strength


def with_molecules(medicine: Medicine, written: str, formulary: Formulary) -> Medicine:
    """The medicine with its molecules; without any when the formulary does not know them.

    ``written`` is the name with its numbers and modifiers, as a list would have it.
    """
    if medicine.brand is None:
        return medicine
    product = _product(medicine, written, formulary)
    if product is not None:
        return _of_product(medicine, product)
    named = _named(medicine.brand, formulary)
    if named:
        return replace(medicine, molecules=named, flags=(*medicine.flags, Flag.GENERIC))
    known = formulary.find(medicine.brand) is not None
    unknown = Flag.VARIANT_UNKNOWN if known else Flag.BRAND_UNKNOWN
    return replace(medicine, flags=(*medicine.flags, unknown))


def _product(medicine: Medicine, written: str, formulary: Formulary) -> Product | None:
    brand = medicine.brand or ""
    names = [written, " ".join([brand, *medicine.modifiers])]
    # Another release holds the same molecule, a "plus" or "forte" need not.
    if all(m in RELEASE or "/" in m for m in medicine.modifiers):
        names.append(brand)
    return next((p for name in names if (p := formulary.find(name)) is not None), None)


def _of_product(medicine: Medicine, product: Product) -> Medicine:
    if len(medicine.strengths) > max(1, len(product.ingredients)):
        # "MOX 250MG+125MG" is not plain Mox: nobody may guess what else is in it.
        return replace(medicine, flags=(*medicine.flags, Flag.MISMATCH))
    units = {i.strength.unit for i in product.ingredients if i.strength}
    flags, strengths = medicine.flags, medicine.strengths
    if Flag.PRESUMED_MG in flags and len(units) == 1 and units != {"mg"}:
        # "THYRONORM 50" is 50 mcg: a presumed mg would be a thousandfold error.
        unit = units.pop()
        strengths = tuple(Strength(s.value, unit) for s in strengths)
        flags = (*(f for f in flags if f is not Flag.PRESUMED_MG), Flag.FORMULARY_UNIT)
    return replace(medicine, molecules=product.molecules, strengths=strengths, flags=flags)


def _named(brand: str, formulary: Formulary) -> tuple[str, ...]:
    found = [formulary.molecule(part) for part in brand.split("+")]
    return tuple(m for m in found if m) if all(found) else ()
