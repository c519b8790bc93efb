"""Terms of ICD-10-CM: from a search table with usage counts, or from the package of the codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from perdure.kernel.errors import ContractError, MissingExtra, UnreadableFile

from .protocol import Term

KIND = "diagnosis"
_NEEDED = ("code", "name", "parent", "is_leaf", "includes", "inclusion_terms")
_OPTIONAL = ("mesh_synonyms", "simple_names")
_DEEPEST = 12


def read_icd10_table(path: Path, *, leaves_only: bool = True) -> list[Term]:
    """The terms of a Parquet table with the columns of an ICD-10-CM search table.

    Needed: code, name, parent, is_leaf, includes, inclusion_terms. Used when there: mesh_synonyms,
    simple_names, and the first column that ends in ``count4`` as popularity. A billable code
    inherits the inclusion terms of the codes above it.
    """
    rows = _table(path)
    by_code = {row["code"]: row for row in rows}
    kept = [row for row in rows if row["is_leaf"] or not leaves_only]
    return [_term(row, by_code) for row in kept]


def read_icd10_package() -> list[Term]:
    """The billable codes of the package simple-icd-10-cm, without any usage counts.

    Reading the package takes up to 14 seconds: for building an index, never while one is used.
    """
    package = _package()
    leaves: list[str] = [c for c in package.get_all_codes(True) if package.is_leaf(c)]
    return [_package_term(package, code) for code in leaves]


def _table(path: Path) -> list[dict[str, Any]]:
    import polars as pl

    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise UnreadableFile(f"no Parquet table: {problem}", where=path.name) from None
    if missing := [name for name in _NEEDED if name not in table.columns]:
        raise ContractError(
            f"no column {', '.join(missing)}", where=path.name, expected=", ".join(_NEEDED)
        )
    counts = next((name for name in table.columns if name.endswith("count4")), None)
    popularity = pl.col(counts).fill_null(0) if counts else pl.lit(0)
    names = [*_NEEDED, *(name for name in _OPTIONAL if name in table.columns)]
    return table.select(*names, popularity.alias("popularity")).to_dicts()


def _term(row: Mapping[str, Any], by_code: Mapping[str, Mapping[str, Any]]) -> Term:
    aliases = [*row["inclusion_terms"], *row["includes"], *(row.get("mesh_synonyms") or ())]
    above = by_code.get(row["parent"] or "")
    for _ in range(_DEEPEST):
        if above is None:
            break
        aliases += [*above["inclusion_terms"], *above["includes"]]
        above = by_code.get(above["parent"] or "")
    return Term(
        code=row["code"],
        name=row["name"],
        kind=KIND,
        simple_names=tuple(row.get("simple_names") or ()),
        aliases=tuple(dict.fromkeys(aliases)),
        popularity=float(row["popularity"]),
    )


def _package() -> ModuleType:
    try:
        import simple_icd_10_cm
    except ImportError:
        raise MissingExtra("icd10", "building the ICD-10-CM index") from None
    package: ModuleType = simple_icd_10_cm
    return package


def _package_term(package: ModuleType, code: str) -> Term:
    readers: Iterable[Callable[..., list[str]]] = (package.get_inclusion_term, package.get_includes)
    known = [code, *package.get_ancestors(code)]
    aliases = [name for reader in readers for c in known for name in reader(c)]
    return Term(code, package.get_description(code), KIND, aliases=tuple(dict.fromkeys(aliases)))
