"""What a medicine string says, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flag(StrEnum):
    """What was assumed or could not be read; a person may want to look at it."""

    PRESUMED_MG = "presumed mg"
    PRESUMED_ML = "presumed ml"
    PRESUMED_G = "presumed g"
    PRESUMED_IU = "presumed IU"
    PRESUMED_PACK = "presumed pack"
    FORMULARY_UNIT = "unit taken from the formulary"
    PRESUMED_FORM = "presumed form"
    SUFFIX = "suffix after the strength read as part of the brand"
    NO_BRAND = "no brand"
    BRAND_UNKNOWN = "brand not in the formulary"
    VARIANT_UNKNOWN = "this variant of the brand is not in the formulary"
    MISMATCH = "more strengths than the brand has molecules"
    GENERIC = "named by its molecule"
    UNPARSED = "some parts were not understood"
    TRUNCATED = "text cut"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit.

    >>> str(Quantity(0.5, "mg"))
    '0.5 mg'
    """

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:.12g}{'' if self.unit == '%' else ' '}{self.unit}"


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of a molecule, per how much of the product when that is told.

    >>> str(Strength(125, "mg", Quantity(5, "ml")))
    '125 mg/5 ml'
    """

    value: float
    unit: str
    per: Quantity | None = None

    def __str__(self) -> str:
        own = str(Quantity(self.value, self.unit))
        if self.per is None:
            return own
        return f"{own}/{self.per.unit if self.per.value == 1 else self.per}"


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine string in parts. What could not be read stays in ``unparsed``."""

    text: str
    brand: str | None = None
    strengths: tuple[Strength, ...] = ()
    form: str | None = None
    volume: Quantity | None = None
    pack: int | None = None
    modifiers: tuple[str, ...] = ()
    molecules: tuple[str, ...] = ()
    unparsed: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
