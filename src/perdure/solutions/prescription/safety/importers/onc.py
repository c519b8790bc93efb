"""The mapped ONC lists: ``name$DrugBank id$name$DrugBank id$``, without header, with a BOM.

The high-priority list interrupts, the non-interruptive one does not. A pair may stand twice, in
either order: the second is set aside.
"""

from __future__ import annotations

from perdure.kernel.errors import ContractError, UnreadableFile
from perdure.solutions.prescription.safety.alerts import Kind, Rule, Tier
from perdure.solutions.prescription.safety.files import Format, KnowledgeFile, content
from perdure.solutions.prescription.safety.names import molecules_of
from perdure.solutions.prescription.safety.rows import Imported, PairRow

_FIELDS = 4
_SAID = {
    Format.ONC_HIGH: (
        "ONC high priority (mapped list, Ayvaz 2015)", Tier.INTERRUPT,
        "on the ONC list of high-priority interactions", "2012-04-26",
    ),
    Format.ONC_PASSIVE: (
        "ONC non-interruptive (mapped list, Ayvaz 2015)", Tier.PASSIVE,
        "on the ONC list of interactions that need no interruption", "2013-05-01",
    ),
}  # fmt: skip


def read_onc(file: KnowledgeFile) -> Imported:
    """The pairs of either ONC list."""
    source, tier, text, date = _SAID[file.format]
    edition = file.edition or date
    rule = Rule(file.format.value, Kind.INTERACTION, file.tier or tier, text, source, edition)
    found = Imported(Kind.INTERACTION, source, edition)
    seen: set[frozenset[str]] = set()
    for number, line in enumerate(_lines(file), start=1):
        _take(found, line, f"{file.path.name}:{number}", rule, seen)
    if not found.kept:
        raise ContractError("no pair", where=file.path.name, expected="name$id$name$id$ in lines")
    return found


def _lines(file: KnowledgeFile) -> list[str]:
    try:
        return content(file.path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UnreadableFile("no UTF-8 text", where=file.path.name) from None


def _take(found: Imported, line: str, where: str, rule: Rule, seen: set[frozenset[str]]) -> None:
    fields = line.split("$")
    if len(fields) < _FIELDS:
        found.refuse(where, f"{len(fields)} fields")
        return
    left, right = molecules_of(fields[0]), molecules_of(fields[2])
    both = frozenset((*left, *right))
    if not left or not right or len(both) < 2:
        found.refuse(where, "not two molecules")
    elif both in seen:
        found.refuse(where, "the same pair again")
    else:
        seen.add(both)
        found.keep(PairRow(left, right, rule))
