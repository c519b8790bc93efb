"""What a number without a unit means: by its place, and always flagged."""

from __future__ import annotations

from .amounts import Group
from .forms import SOLID, WEIGHED
from .medicine import Flag, Quantity, Strength
from .reading import Reading

_MOST_IN_A_PACK = 1_000
_PLURALS = frozenset({"TABS", "TABLETS", "CAPS", "CAPSULES", "SACHETS", "PATCHES", "LOZENGES"})


def read_bare(reading: Reading, groups: list[Group]) -> None:
    """Take each group of bare numbers for what its place says, unless it belongs to the brand."""
    for group in groups:
        if not all(reading.free(at) for at in range(group.start, group.end)):
            continue
        if _of_brand(reading, group):
            continue
        if _ratio(reading, group):
            text = reading.text
            reading.modifiers.append(
                text[reading.tokens[group.start].start : reading.tokens[group.end - 1].end]
            )
            reading.take(group.start, group.end, "ratio")
        elif not _content(reading, group):
            _strength(reading, group)


def _of_brand(reading: Reading, group: Group) -> bool:
    only = group.amounts[0].value if len(group.amounts) == 1 else None
    if only is None or only >= 100 or not only.is_integer():
        return False
    first = reading.first_free() == group.start
    after = group.end + (reading.word(group.end) == "-")
    if first and reading.free(after) and reading.tokens[after].kind == "word":
        return True
    # "VITAMIN B 12 500MCG": the strength is told, and one letter before asks for its number.
    before = reading.word(group.start - 1)
    return bool(reading.strengths) and len(before) == 1 and before.isalpha()


def _ratio(reading: Reading, group: Group) -> bool:
    total = sum(a.value for a in group.amounts)
    insulin = any(s.unit == "IU" for s in reading.strengths) or reading.form in {
        "injection",
        "cartridge",
    }
    mixture = {a.value for a in group.amounts} in ({30, 70}, {25, 75})
    return len(group.amounts) == 2 and total == 100 and (insulin or mixture)


def _content(reading: Reading, group: Group) -> bool:
    if len(group.amounts) != 1:
        return False
    value = group.amounts[0].value
    if _is_pack(reading, group, value):
        reading.pack = int(value)
        reading.flag(Flag.PRESUMED_PACK)
        reading.take(group.start, group.end, "pack")
        return True
    behind = _behind_form(reading, group) or reading.form == "infusion"
    if reading.volume is not None or not behind or reading.form in SOLID or reading.form is None:
        return False
    weighed = reading.form in WEIGHED
    reading.volume = Quantity(value, "g" if weighed else "ml")
    reading.flag(Flag.PRESUMED_G if weighed else Flag.PRESUMED_ML)
    reading.take(group.start, group.end, "volume")
    return True


def _is_pack(reading: Reading, group: Group, value: float) -> bool:
    if reading.pack is not None or not value.is_integer() or not 0 < value <= _MOST_IN_A_PACK:
        return False
    if reading.form not in SOLID:
        return False
    # "500MG 10 TABLETS", or "DOLO 650 TAB 15".
    before_plural = group.end < len(reading.tokens) and reading.tokens[group.end].text in _PLURALS
    return _behind_form(reading, group) or (before_plural and bool(reading.strengths))


def _behind_form(reading: Reading, group: Group) -> bool:
    form = reading.form_at
    if form is None or group.start < form:
        return False
    # "TAB DOLO 650" begins with the form: what follows is the strength.
    return reading.first_word < form


def _strength(reading: Reading, group: Group) -> None:
    reading.strengths.extend(Strength(a.value, "mg") for a in group.amounts)
    reading.flag(Flag.PRESUMED_MG)
    reading.take(group.start, group.end, "strength")
