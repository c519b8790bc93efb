"""ICD-10-CM: the table, the package, and what is found in the real codes."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import polars as pl
import pytest

from perdure.kernel.errors import ContractError, MissingExtra, UnreadableFile
from perdure.solutions.prescription.search.build import build_index
from perdure.solutions.prescription.search.fts import FtsIndex
from perdure.solutions.prescription.search.icd10 import read_icd10_package, read_icd10_table

ROWS = [
    ("A00", "Cholera", "A00-A09", False, ["cholera, all forms"], [], 3),
    ("A00.0", "Cholera due to Vibrio cholerae 01", "A00", True, [], ["Classical cholera"], 2),
    ("A00.9", "Cholera, unspecified", "A00", True, [], [], None),
]
COLUMNS = ["code", "name", "parent", "is_leaf", "includes", "inclusion_terms", "some_count4"]


def test_codes_inherit_the_terms_above_them(tmp_path) -> None:
    path = tmp_path / "icd.parquet"
    pl.DataFrame(ROWS, schema=COLUMNS, orient="row").write_parquet(path)
    first, second = read_icd10_table(path)
    assert (first.code, first.popularity, second.popularity) == ("A00.0", 2, 0)
    assert first.aliases == ("Classical cholera", "cholera, all forms")
    assert second.aliases == ("cholera, all forms",)
    assert len(read_icd10_table(path, leaves_only=False)) == 3


def test_what_is_no_table_is_said(tmp_path) -> None:
    path = tmp_path / "icd.parquet"
    with pytest.raises(UnreadableFile):
        read_icd10_table(path)
    pl.DataFrame({"code": ["A"]}).write_parquet(path)
    with pytest.raises(ContractError, match="name"):
        read_icd10_table(path)


def test_the_package_is_read_like_the_table(monkeypatch) -> None:
    package = SimpleNamespace(
        get_all_codes=lambda dotted: ["A00", "A00.0"],
        is_leaf=lambda code: code == "A00.0",
        get_description=lambda code: f"name of {code}",
        get_ancestors=lambda code: ["A00"],
        get_inclusion_term=lambda code: ["own"] if code == "A00.0" else [],
        get_includes=lambda code: ["above"] if code == "A00" else [],
    )
    monkeypatch.setitem(sys.modules, "simple_icd_10_cm", package)
    (term,) = read_icd10_package()
    assert (term.code, term.name, term.aliases) == ("A00.0", "name of A00.0", ("own", "above"))


def test_without_the_package_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "simple_icd_10_cm", None)
    with pytest.raises(MissingExtra, match="icd10"):
        read_icd10_package()


@pytest.mark.slow
@pytest.mark.real_data
def test_known_names_are_found_in_the_real_codes(real_icd10, tmp_path) -> None:
    terms = read_icd10_table(real_icd10)
    assert len(terms) == 74_724
    index = FtsIndex(build_index(tmp_path / "icd10", terms).path)
    asked = {"hypertensio": "I10", "bp": "I10", "hypretension": "I10", "diabets": "E11.9",
             "migrane": "G43.909", "acute bron": "J20.9", "e119": "E11.9"}  # fmt: skip
    found = {typed: index.search(typed, "diagnosis")[0].code for typed in asked}
    assert found == asked
