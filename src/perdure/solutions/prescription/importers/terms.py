"""Lists of terms: ICD-10-CM for diagnoses, and formularies for medicines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.errors import UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals, Screened
from perdure.solutions.prescription.medicines.formulary import Product, bundled_formulary
from perdure.solutions.prescription.medicines.importers.indian_list import read_indian_list
from perdure.solutions.prescription.medicines.importers.own_list import read_own_list
from perdure.solutions.prescription.medicines.importers.products import Imported
from perdure.solutions.prescription.medicines.importers.rxnorm import read_rxnorm
from perdure.solutions.prescription.search.icd10 import read_icd10_table
from perdure.solutions.prescription.settings import PrescriptionSettings

KNOWN = datetime(2000, 1, 1)
"""Lists have no date of their own: their terms may be used at any time."""
_TERM = "prescription_term"
_RXNORM = ("RXNCONSO.RRF", "RXNREL.RRF")


def read_icd10(
    path: Path,
    settings: PrescriptionSettings,  # noqa: ARG001 - the form of every importer
    progress: Progress = SILENT,
) -> Iterator[tuple[str, pa.Table, str]]:
    """A search table of ICD-10-CM in Parquet: every billable code with its other names."""
    file = next(iter(sorted(path.glob("*.parquet"))), path) if path.is_dir() else path
    terms = read_icd10_table(file)
    progress.step(f"{len(terms):,} codes")
    rows = [
        _row("diagnosis", term.code, term.name, "|".join((*term.simple_names, *term.aliases)), None)
        for term in terms
    ]
    yield _TERM, pa.Table.from_pylist(rows), file.name


def read_medicines(
    path: Path,
    settings: PrescriptionSettings,  # noqa: ARG001 - the form of every importer
    progress: Progress = SILENT,
) -> Iterator[tuple[str, pa.Table | Screened, str]]:
    """A formulary: the Indian A-Z list, RxNorm's two files (a folder), or an own CSV.

    The brands that perdure carries are added. Raises UsageError when the file is none of these.
    """
    found = _imported(path)
    progress.step(f"{len(found.products):,} products")
    # Of two that tell of one brand the last counts: the list that was given.
    products = [*bundled_formulary().products, *found.products]
    refused = Refusals(path.name)
    refused.read(len(found.products) + len(found.problems))
    if found.problems:
        refused.refuse(_lines(found.problems), "unreadable-medicine", "see detail", ("problem",))
    brands = {product.brand for product in found.products}
    refused.pass_over("further rows of a brand", len(found.products) - len(brands))
    rows = list({row["code"]: row for row in map(_medicine, products)}.values())
    molecules = sorted({molecule for product in products for molecule in product.molecules})
    rows += [_row("molecule", name, name, "", None) for name in molecules]
    yield _TERM, Screened(pa.Table.from_pylist(rows), refused), path.name


def _lines(problems: list[str]) -> pl.DataFrame:
    """Problems are told as ``file:line: what``."""
    line = [int(number) if (number := p.split(":")[1]).isdigit() else 0 for p in problems]
    return pl.DataFrame({"_line": line, "problem": problems})


def _imported(path: Path) -> Imported:
    if path.is_dir():
        absent = [name for name in _RXNORM if not (path / name).is_file()]
        if absent:
            raise UsageError(f"{path} holds no {', '.join(absent)}", expected="RxNorm's RRF files")
        return read_rxnorm(path / _RXNORM[0], path / _RXNORM[1])
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline().casefold()
    return read_indian_list(path) if "short_composition" in header else read_own_list(path)


def _medicine(product: Product) -> dict[str, object]:
    name = " ".join(filter(None, (product.brand, product.form or "")))
    molecule = "; ".join(product.molecules)
    return _row("medicine", product.brand, name, "|".join(product.aliases), molecule)


def _row(
    field: str, code: str, name: str, simple_names: str, molecule: str | None
) -> dict[str, object]:
    return {
        "field": field, "code": code, "event_time": KNOWN, "known_at": KNOWN, "name": name,
        "simple_names": simple_names or None, "molecule": molecule, "alias_of": None,
    }  # fmt: skip
