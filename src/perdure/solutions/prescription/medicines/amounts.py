"""Amounts with and without units: strengths, volumes and bare numbers of a medicine string."""

from __future__ import annotations

from dataclasses import dataclass

from .forms import PER_UNITS, UNITS, WEIGHED
from .medicine import Flag, Quantity, Strength
from .reading import Reading

_PARTS_OF = frozenset({"ml", "dose", "h", "day", "tablet", "capsule"})
_MILLIONS = frozenset({"LAC", "LACS", "LAKH", "LAKHS", "MIO", "MIU", "K"})
_IU = frozenset({"IU", "UNIT", "UNITS", "U"})
_MOST = 6


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of the text, with its unit when one is written."""

    value: float
    unit: str | None = None
    per: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Amounts joined by "+" or "/", and the tokens they stand in."""

    amounts: tuple[Amount, ...]
    start: int
    end: int

    @property
    def bare(self) -> bool:
        """Whether no unit is written anywhere."""
        return all(a.unit is None for a in self.amounts)


def read_amounts(reading: Reading) -> list[Group]:
    """Take strengths and volumes with units; return the groups of bare numbers."""
    bare: list[Group] = []
    at = 0
    while at < len(reading.tokens):
        group = _group(reading, at)
        if group is None:
            at += 1
            continue
        if group.bare:
            bare.append(group)
        else:
            _keep(reading, group)
        at = group.end
    return bare


def _group(reading: Reading, at: int) -> Group | None:
    found: list[Amount] = []
    end = at
    while len(found) < _MOST and (read := _amount(reading, end)) is not None:
        amount, end = read
        found.append(amount)
        if reading.word(end) not in {"+", "/"} or reading.number(end + 1) is None:
            break
        end += 1
    if not found:
        return None
    # In "250+125 MG" the unit belongs to both.
    last = found[-1].unit
    same = [a if a.unit or not last else Amount(a.value, last, found[-1].per) for a in found]
    return Group(tuple(same), at, end)


def _amount(reading: Reading, at: int) -> tuple[Amount, int] | None:
    value = reading.number(at)
    if value is None:
        return None
    word = reading.word(at + 1)
    if word not in UNITS or (word in {"K", "L", "U"} and not reading.touches(at)):
        return Amount(value), at + 1
    unit, factor = UNITS[word]
    end = at + 2
    if word in _MILLIONS:
        if reading.word(end) in _IU:
            end += 1
        else:
            reading.flag(Flag.PRESUMED_IU)
    per, end = _per(reading, end, unit)
    return Amount(value * factor, unit, per), end


def _per(reading: Reading, at: int, unit: str) -> tuple[Quantity | None, int]:
    if unit == "%":
        share = reading.word(at) in {"W", "V"} and reading.word(at + 1) == "/"
        return None, at + 3 * share
    if reading.word(at) != "/":
        return None, at
    value = reading.number(at + 1)
    after = at + 1 + (value is not None)
    per_unit = PER_UNITS.get(reading.word(after))
    # "250MG/125MG" are two strengths, "10MG/G" is one.
    if per_unit is None or not (per_unit in _PARTS_OF or (per_unit == "g" and value in {None, 1})):
        return None, at
    return Quantity(1.0 if value is None else value, per_unit), after + 1


def _keep(reading: Reading, group: Group) -> None:
    for amount in group.amounts:
        unit = amount.unit or "mg"
        held = unit == "ml" or (unit == "g" and reading.form in WEIGHED)
        if held and amount.per is None and reading.volume is None:
            reading.volume = Quantity(amount.value, unit)
            reading.take(group.start, group.end, "volume")
        elif not held:
            reading.strengths.append(Strength(amount.value, unit, amount.per))
            reading.take(group.start, group.end, "strength")
