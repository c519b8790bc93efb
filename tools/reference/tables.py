"""Every table contract: columns, types, units, other names, rules."""

from __future__ import annotations

from perdure.kernel.discovery import solutions
from perdure.kernel.tables import Column, TableContract
from tools.reference.markdown import cell, code, page, table

INTRODUCTION = """\
A table contract is a promise. Rows that keep it are stored; rows that break it go to the table
`quarantine.NAME` with the rule they broke, the file and the line. Column names match without
regard to case, surrounding blanks, or the difference between blank, `-` and `_`; the other names
listed here are understood too. How late a row became known is `known_at`; see
[point in time](../explanation/point-in-time.md)."""


def pages() -> dict[str, str]:
    """The page of table contracts."""
    parts = [INTRODUCTION]
    for name, solution in solutions().items():
        contracts: tuple[TableContract, ...] = solution.code("tables")
        parts += [f"## Tables of {name}", *(_section(contract) for contract in contracts)]
    return {"reference/tables.md": page("Tables", *parts)}


def _section(contract: TableContract) -> str:
    keys = ", ".join(map(code, contract.keys))
    note = "Promotional: parts under the firewall never read it." if contract.promotional else ""
    header = ["column", "type", "meaning", "may be", "other names"]
    rows = [[code(c.name), c.dtype, _meaning(c), _values(c), _other(c)] for c in contract]
    rules = [[code(rule.name), code(rule.expression), rule.meaning] for rule in contract.rules]
    return "\n\n".join(
        part
        for part in (
            f"### {contract.name}",
            f"{contract.meaning}. Keys: {keys}. {note}".strip(),
            table(header, rows),
            table(["rule", "must hold", "meaning"], rules),
        )
        if part
    )


def _meaning(column: Column) -> str:
    return cell(column.meaning + (f" ({column.unit})" if column.unit else ""))


def _values(column: Column) -> str:
    told = []
    if column.allowed is not None:
        told.append(", ".join(column.allowed))
    if column.pattern:
        return code(column.pattern)
    if column.minimum is not None:
        told.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        told.append(f"at most {column.maximum:g}")
    if column.nullable:
        told.append("empty")
    if column.absent:
        told.append("empty when " + " or ".join(column.absent))
    return cell("; ".join(told))


def _other(column: Column) -> str:
    return ", ".join(map(code, column.synonyms))
