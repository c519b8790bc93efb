"""How many are in the pack: "8's", "10X10", "strip of 10", "5X2ML"."""

from __future__ import annotations

from .reading import Reading

_HOLDERS_NAMES = "STRIP PACK BOX BOTTLE VIAL TUBE PACKET JAR BLISTER PREFILLED PEN"
_HOLDERS = frozenset(_HOLDERS_NAMES.split())
_COUNTED = frozenset(["S", "NOS", "NO", "PCS", "PC", "N", "MDI", "DOSE", "DOSES", "PUFFS", "MD"])
_TIMES = frozenset({"X", "*", "×"})
MOST = 10_000


def read_pack(reading: Reading) -> None:
    """Take the pack size out of the reading."""
    for at in range(len(reading.tokens)):
        if reading.free(at) and reading.pack is None:
            _holder(reading, at) or _counted(reading, at) or _times(reading, at)


def _holder(reading: Reading, at: int) -> bool:
    if reading.word(at) not in _HOLDERS or reading.word(at + 1) != "OF":
        return False
    count = _whole(reading, at + 2)
    reading.take(at, at + 2, "pack")
    # "bottle of 100 ml" holds a volume, which is read as such.
    if count is not None and reading.word(at + 3) not in {"ML", "GM", "G", "LTR", "L"}:
        reading.pack = count
        reading.take(at + 2, at + 3, "pack")
    return True


def _counted(reading: Reading, at: int) -> bool:
    count = _whole(reading, at)
    if count is None or reading.word(at - 1) == "/":
        return False
    after = at + 1 + (reading.word(at + 1) in {"'", "-"} and reading.word(at + 2) == "S")
    word = reading.word(after)
    if word not in _COUNTED or (word in {"S", "N"} and not reading.touches(at)):
        return False
    reading.pack = count
    # The word that counts doses also tells the form of an inhaler.
    reading.take(at, after + (word != "MDI"), "pack")
    return True


def _times(reading: Reading, at: int) -> bool:
    many, each = _whole(reading, at), _whole(reading, at + 2)
    if many is None or each is None or reading.word(at + 1) not in _TIMES:
        return False
    if reading.word(at + 3) in {"ML", "GM", "G"}:
        reading.pack = many
        reading.take(at, at + 2, "pack")
        return True
    reading.pack = min(many * each, MOST)
    reading.take(at, at + 3 + (reading.word(at + 3) == "S"), "pack")
    return True


def _whole(reading: Reading, at: int) -> int | None:
    value = reading.number(at)
    return int(value) if value is not None and value.is_integer() and 0 < value <= MOST else None
