"""NDF-RT pairs from a Parquet table ``drug_a, drug_b, source, severity, effect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perdure.kernel.errors import ContractError, UnreadableFile
from perdure.solutions.prescription.safety.alerts import Kind, Rule, Tier
from perdure.solutions.prescription.safety.files import KnowledgeFile
from perdure.solutions.prescription.safety.names import molecules_of
from perdure.solutions.prescription.safety.rows import Imported, PairRow

if TYPE_CHECKING:
    import polars as pl

_COLUMNS = ("drug_a", "drug_b", "source", "severity")
_SOURCE = "NDF-RT (US Veterans Affairs)"
_EDITION = "as of Ayvaz 2015"


def read_ndfrt(file: KnowledgeFile) -> Imported:
    """The pairs whose source is NDF-RT; those of other lists in the table are set aside."""
    found = Imported(Kind.INTERACTION, _SOURCE, file.edition or _EDITION)
    tier = file.tier or Tier.PASSIVE
    rules = {
        level: Rule(f"ndf-rt.{level.lower()}", Kind.INTERACTION, tier,
                    f"{level.lower()} interaction", _SOURCE, found.edition)
        for level in ("Critical", "Significant")
    }  # fmt: skip
    seen: set[frozenset[str]] = set()
    for number, row in enumerate(_table(file).iter_rows(), start=1):
        _take(found, row, f"{file.path.name}:{number}", rules, seen)
    return found


def _table(file: KnowledgeFile) -> pl.DataFrame:
    import polars as pl

    try:
        table = pl.read_parquet(file.path)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise UnreadableFile("no Parquet file", where=file.path.name) from problem
    if absent := [c for c in _COLUMNS if c not in table.columns]:
        raise ContractError(f"no column {', '.join(absent)}", where=file.path.name)
    return table.select(pl.col(*_COLUMNS).cast(pl.String).fill_null(""))


def _take(
    found: Imported,
    row: tuple[str, str, str, str],
    where: str,
    rules: dict[str, Rule],
    seen: set[frozenset[str]],
) -> None:
    left, right = molecules_of(row[0]), molecules_of(row[1])
    both = frozenset((*left, *right))
    if row[2] != "NDF-RT":
        found.refuse(where, f"of another list: {row[2][:40]}")
    elif row[3] not in rules:
        found.refuse(where, f"severity {row[3][:40]!r}")
    elif not left or not right or len(both) < 2:
        found.refuse(where, "not two molecules")
    elif both in seen:
        found.refuse(where, "the same pair again")
    else:
        seen.add(both)
        found.keep(PairRow(left, right, rules[row[3]]))
