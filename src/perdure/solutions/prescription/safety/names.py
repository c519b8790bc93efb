"""One spelling of a molecule's name, whatever table or prescription it comes from."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from perdure.solutions.prescription.medicines.formulary import canonical_molecule
from perdure.solutions.prescription.medicines.importers.products import rows

from . import french

_LONGEST = 400
_PARTS = re.compile(r"\s*(?:[;+|/]|\s(?:and|with|plus)\s)\s*")
_HYPHEN = re.compile(r"(?<=[a-z]{4})\s*-\s*(?=[a-z]{4})")
"""A hyphen between two whole words joins two molecules; that of "beta-1a" or "l-dopa" does not."""
_PREFIXES = frozenset({"alpha", "beta", "gamma", "delta", "cyclo", "hydroxy", "methyl", "iso"})
_LOCAL = frozenset({"topical", "ophthalmic", "otic", "nasal", "external"})
_SALTS = frozenset({
    "acetate", "anhydrous", "arginine", "axetil", "besilat", "besilate", "besylate", "bitartrate",
    "bromide", "calcium", "chloride", "cilexetil", "citrate", "dihydrate", "dihydrochloride",
    "disodium", "erbumine", "estolate", "ethylsuccinate", "fumarate", "gluconate", "hbr", "hcl",
    "hydrobromide", "hydrochloride", "lactate", "lysine", "magnesium", "malate", "maleate",
    "medoxomil", "mesilate", "mesylate", "monohydrate", "nitrate", "oxalate", "pamoate",
    "phosphate", "potassium", "proxetil", "sodium", "stearate", "succinate", "sulfate",
    "sulphate", "tartrate", "tosylate", "trihydrate", "tromethamine",
})  # fmt: skip
_IONS = frozenset({
    "aluminium", "aluminum", "ammonium", "barium", "benzalkonium", "calcium", "cetylpyridinium",
    "copper", "ferric", "ferrous", "iron", "isosorbide", "magnesium", "potassium", "silver",
    "sodium", "zinc",
})  # fmt: skip
"""Words that need their salt: "potassium" and "potassium chloride" are not the same medicine."""
_FORMS = frozenset({"tablet", "tablets", "capsule", "capsules", "injection", "syrup", "oral"})


@lru_cache(maxsize=65_536)
def molecules_of(text: str) -> tuple[str, ...]:
    """The molecules that a written name holds, in its order; combinations are taken apart.

    >>> molecules_of("Sulfamethoxazole-Trimethoprim"), molecules_of("APAP;CODEINE PHOSPHATE")
    (('sulfamethoxazole', 'trimethoprim'), ('paracetamol', 'codeine'))
    """
    whole = _plain(text)
    found = _known(whole)
    if found is None:
        found = tuple(m for part in _split(whole) for m in _molecule(part))
    return tuple(dict.fromkeys(m for m in found if m))


def is_local(text: str) -> bool:
    """Whether a name says that the medicine is applied locally.

    >>> is_local("ERYTHROMYCIN OPHTHALMIC"), is_local("Erythromycin")
    (True, False)
    """
    return not _LOCAL.isdisjoint(re.split(r"[^a-z]+", _plain(text)))


@lru_cache(maxsize=16_384)
def molecules_of_french(text: str) -> tuple[str, ...]:
    """As :func:`molecules_of` for a French name: by the table of names, then by the endings.

    >>> molecules_of_french("acide valproïque"), molecules_of_french("amoxicilline")
    (('valproic acid',), ('amoxicillin',))
    """
    plain = french.unaccented(_plain(text))
    return molecules_of(plain) if _known(plain) else molecules_of(french.english(plain))


def _plain(text: str) -> str:
    return " ".join(text[:_LONGEST].casefold().replace("\ufeff", "").replace("_", " ").split())


def _split(text: str) -> list[str]:
    parts = []
    for part in _PARTS.split(text):
        words = _HYPHEN.split(part)
        whole = len(words) == 1 or words[0] in _PREFIXES
        parts += [part] if whole else words
    return parts


def _molecule(part: str) -> tuple[str, ...]:
    words = [w for w in part.split() if w not in _LOCAL and w not in _FORMS]
    while words:
        known = _known(" ".join(words))
        if known:
            return known
        if len(words) < 2 or words[-1] not in _SALTS or set(words[:-1]) <= _IONS:
            break
        words.pop()
    return (" ".join(words),)


def _known(name: str) -> tuple[str, ...] | None:
    """The molecules of a name that a table of names has."""
    own = _table().get(name)
    if own is not None:
        return own
    common = canonical_molecule(name)
    # The formulary and the interaction tables prefer different names of a few molecules.
    return _table().get(common, (common,)) if common != name else None


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    found = rows(Path(__file__).parent / "tables" / "names.csv", ("also", "molecule"))
    return {row["also"]: tuple(row["molecule"].split(";")) for _, row in found}
