"""Groups of molecules that a row may name with "@group"."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perdure.kernel.errors import ContractError
from perdure.solutions.prescription.medicines.importers.products import rows
from perdure.solutions.prescription.safety.names import molecules_of

Groups = Mapping[str, tuple[str, ...]]
BUNDLED = Path(__file__).parents[1] / "tables" / "classes.csv"


def read_groups(path: Path | None) -> Groups:
    """The members of every group of a file of classes; of the bundled one when none is told."""
    found = rows(path or BUNDLED, ("class", "members"))
    return {row["class"].strip(): members(row.get("members", ""), {}) for _, row in found}


def members(text: str, groups: Groups) -> tuple[str, ...]:
    """The molecules of "a|b|@group"; raises ContractError for an unknown group.

    >>> members("Aspirin|@x", {"x": ("ibuprofen",)})
    ('aspirin', 'ibuprofen')
    """
    found: list[str] = []
    for part in filter(None, (p.strip() for p in text.split("|"))):
        if part.startswith("@"):
            found += _group(part[1:], groups)
        else:
            found += molecules_of(part)
    return tuple(dict.fromkeys(found))


def _group(name: str, groups: Groups) -> tuple[str, ...]:
    if name not in groups:
        raise ContractError(f"no group {name!r}", expected=", ".join(sorted(groups)[:8]))
    return groups[name]
