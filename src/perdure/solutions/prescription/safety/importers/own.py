"""Our own CSV tables, bundled or of an organisation; every row names its source and date.

``interactions``: rule, left, right, tier, text, source, date. ``pregnancy``: rule, molecules,
tier, text, source, date. ``ages``: as pregnancy, with from and below in years. ``allergies``:
rule, words, from, to, tier, text, source, date.
``classes``: class, label, members, duplicate, source, date. Molecules are parted by "|"; "@x" is
a class of ``classes`` or of the companion file.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from perdure.kernel.errors import ContractError
from perdure.solutions.prescription.medicines.importers.products import rows
from perdure.solutions.prescription.safety.alerts import Kind, Rule, Tier
from perdure.solutions.prescription.safety.files import KnowledgeFile
from perdure.solutions.prescription.safety.rows import (
    AllergyRow,
    ClassRow,
    Imported,
    MoleculeRow,
    PairRow,
    Row,
)

from .groups import Groups, members, read_groups

Fields = dict[str, str]
_SAID = ("rule", "tier", "text", "source", "date")


def read_interactions(file: KnowledgeFile) -> Imported:
    """The pairs of an interaction table."""
    return _table(file, Kind.INTERACTION, (*_SAID, "left", "right"), _pair)


def read_pregnancy(file: KnowledgeFile) -> Imported:
    """The molecules of a pregnancy table."""
    return _table(file, Kind.PREGNANCY, (*_SAID, "molecules"), _molecules)


def read_ages(file: KnowledgeFile) -> Imported:
    """The molecules of an age table."""
    return _table(file, Kind.AGE, (*_SAID, "molecules", "from", "below"), _aged)


def read_allergies(file: KnowledgeFile) -> Imported:
    """The rows of an allergy table."""
    return _table(file, Kind.ALLERGY, (*_SAID, "from", "to"), _allergy)


def read_classes(file: KnowledgeFile) -> Imported:
    """The therapeutic subclasses of a table."""
    return _table(file, Kind.DUPLICATE, ("class", "members", "duplicate"), _class)


def _table(
    file: KnowledgeFile,
    kind: Kind,
    needed: tuple[str, ...],
    read: Callable[[Fields, Kind, Groups], Row],
) -> Imported:
    groups = {} if kind is Kind.DUPLICATE else read_groups(file.companion)
    found = Imported(kind, file.path.name, "")
    for line, fields in rows(file.path, needed):
        try:
            found.keep(read({k: (v or "").strip() for k, v in fields.items()}, kind, groups))
        except ContractError as problem:
            found.refuse(f"{file.path.name}:{line}", str(problem))
    return _named(found, file)


def _named(found: Imported, file: KnowledgeFile) -> Imported:
    rules = [row.rule for row in found.rows]
    sources = sorted({r.source for r in rules})
    found.source = sources[0] if len(sources) == 1 else f"{file.path.name}, {len(sources)} sources"
    found.edition = file.edition or max((r.date for r in rules), default="")
    return found


def _pair(fields: Fields, kind: Kind, groups: Groups) -> PairRow:
    left = _needed(fields, "left", groups)
    return PairRow(left, _needed(fields, "right", groups), _rule(fields, kind))


def _molecules(fields: Fields, kind: Kind, groups: Groups) -> MoleculeRow:
    return MoleculeRow(_needed(fields, "molecules", groups), _rule(fields, kind))


def _aged(fields: Fields, kind: Kind, groups: Groups) -> MoleculeRow:
    low, high = (_years(fields, name) for name in ("from", "below"))
    return MoleculeRow(_needed(fields, "molecules", groups), _rule(fields, kind), low, high)


def _allergy(fields: Fields, kind: Kind, groups: Groups) -> AllergyRow:
    words = tuple(w.strip().casefold() for w in fields.get("words", "").split("|") if w.strip())
    return AllergyRow(
        words,
        frozenset(_needed(fields, "from", groups)),
        frozenset(_needed(fields, "to", groups)),
        _rule(fields, kind),
    )


def _class(fields: Fields, kind: Kind, groups: Groups) -> ClassRow:
    duplicate = Tier(_tier(fields["duplicate"])) if fields["duplicate"] else None
    label = fields.get("label") or fields["class"]
    told = {
        **fields, "rule": f"duplicate.{fields['class']}", "text": f"two {label}",
        "tier": fields["duplicate"] or Tier.PASSIVE,
    }  # fmt: skip
    return ClassRow(
        fields["class"], _needed(fields, "members", groups), duplicate, _rule(told, kind)
    )


def _needed(fields: Fields, name: str, groups: Groups) -> tuple[str, ...]:
    found = members(fields[name], groups)
    if not found:
        raise ContractError(f"no molecule in {name!r}")
    return found


def _rule(fields: Fields, kind: Kind) -> Rule:
    if absent := [name for name in ("rule", "text", "source", "date") if not fields.get(name)]:
        raise ContractError(f"no {', '.join(absent)}", expected="every row names its source")
    tier = Tier(_tier(fields["tier"]))
    return Rule(fields["rule"], kind, tier, fields["text"], fields["source"], fields["date"])


def _tier(text: str) -> str:
    if text not in list(Tier):
        raise ContractError(f"tier {text!r}", expected=" or ".join(Tier))
    return text


def _years(fields: Fields, name: str) -> float:
    try:
        found = float(fields[name])
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ContractError(f"{name} is {fields[name]!r}", expected="years as a number")
    return found
