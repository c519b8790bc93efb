"""Formularies from files of others."""

from __future__ import annotations

import pytest

from perdure.kernel.errors import ContractError, UnreadableFile
from perdure.solutions.prescription.importers.terms import read_medicines
from perdure.solutions.prescription.medicines.formulary import (
    Formulary,
    Ingredient,
    Product,
    bundled_formulary,
)
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.medicines.importers.indian_list import read_indian_list
from perdure.solutions.prescription.medicines.importers.own_list import read_own_list
from perdure.solutions.prescription.medicines.importers.rxnorm import read_rxnorm

LIST = """\ufeffId,Name,Manufacturer Name,Pack Size Label,Short Composition1,short_composition2
1,Augmentin 625 Duo Tablet,A,strip of 10 tablets,Amoxycillin  (500mg) , Clavulanic Acid (125mg)
2,Ascoril LS Syrup,A,bottle of 100 ml Syrup,Ambroxol (30mg/5ml) ,
3,,A,,Nothing (1mg),
4,Empty Tablet,A,strip of 10 tablets,,
"""


def test_the_indian_list(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    found = read_indian_list(path)
    duo, syrup = found.products
    assert (duo.brand, duo.molecules, duo.form) == (
        "Augmentin DUO",
        ("amoxicillin", "clavulanic acid"),
        "tablet",
    )
    assert [i.strength.value for i in duo.ingredients] == [500, 125]
    assert str(syrup.ingredients[0].strength) == "30 mg/5 ml"
    assert len(found.problems) == 2
    own = Formulary(found.products)
    assert parse_medicine("AUGMENTIN 625 DUO TAB", own).molecules == duo.molecules
    assert own.find("Augmentin 625 Duo Tablet") == duo


def test_an_own_list_joins_rows_of_a_brand(tmp_path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "Brand,Molecule,Strength,Form\nNewbrand,Acetaminophen,325mg,tablet\n"
        "Newbrand,Ibuprofen,400 mg,tablet\n,x,,\nÄnother,Zinc,20,syrup\n",
        encoding="cp1252",
    )
    found = read_own_list(path)
    assert found.products[0].molecules == ("paracetamol", "ibuprofen")
    assert str(found.products[0].ingredients[0].strength) == "325 mg"
    assert found.products[1].brand == "Änother"
    assert len(found.problems) == 1
    both = bundled_formulary().with_products(found.products)
    assert parse_medicine("NEWBRAND TAB", both).molecules == ("paracetamol", "ibuprofen")


def concept(code: str, kind: str, name: str, suppress: str = "N") -> str:
    fields = [
        code,
        "ENG",
        "",
        "",
        "",
        "",
        "Y",
        "",
        "",
        "",
        "",
        "RXNORM",
        kind,
        code,
        name,
        "",
        suppress,
    ]
    return "|".join([*fields, "4096", ""])


def relation(first: str, second: str, name: str) -> str:
    return f"{first}||CUI|RO|{second}||CUI|{name}|1||RXNORM|||||"


def test_rxnorm(tmp_path) -> None:
    concepts, relations = tmp_path / "RXNCONSO.RRF", tmp_path / "RXNREL.RRF"
    concepts.write_text(
        "\n".join(
            [
                concept("1", "BN", "Tylenol"),
                concept("2", "IN", "Acetaminophen"),
                concept("3", "BN", "Augmentin"),
                concept("4", "MIN", "Amoxicillin / Clavulanate"),
                concept("5", "BN", "Alone"),
                concept("6", "BN", "Gone", "O"),
                "broken|line",
            ]
        )
    )
    relations.write_text(
        "\n".join(
            [
                relation("2", "1", "tradename_of"),
                relation("1", "2", "has_tradename"),
                relation("3", "4", "has_tradename"),
                relation("5", "2", "isa"),
            ]
        )
    )
    found = read_rxnorm(concepts, relations)
    assert {p.brand: p.molecules for p in found.products} == {
        "Tylenol": ("paracetamol",),
        "Augmentin": ("amoxicillin", "clavulanic acid"),
    }
    assert len(found.problems) == 2


def test_files_that_are_no_list(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ContractError, match="shortcomposition1"):
        read_indian_list(path)
    path.write_text("")
    with pytest.raises(ContractError, match="empty"):
        read_own_list(path)
    with pytest.raises(UnreadableFile):
        read_own_list(tmp_path / "none.csv")
    path.write_bytes(b'brand,molecule\n"' + b"x" * 200_000)
    with pytest.raises(UnreadableFile):
        read_own_list(path)


def test_a_later_product_wins() -> None:
    own = bundled_formulary().with_products([Product("Dolo", (Ingredient("ibuprofen"),))])
    assert own.find("dolo").molecules == ("ibuprofen",)
    assert own.find("calpol") == bundled_formulary().find("calpol")
    assert "Calpol" in own.brands_of("acetaminophen")


def test_the_bundled_formulary_holds_facts_in_form() -> None:
    products = bundled_formulary().products
    assert len(products) >= 200
    names = [p.brand.casefold() for p in products]
    assert len(names) == len(set(names))
    assert all(p.ingredients and p.form for p in products)
    assert all(p.atc is None or 5 <= len(p.atc) <= 7 for p in products)


def test_a_short_row_is_told_with_the_line_of_the_file(tmp_path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("# a remark\nMolecule,Brand\nparacetamol\nzinc,Zincold\n", encoding="utf-8")
    found = read_own_list(path)
    assert [product.brand for product in found.products] == ["Zincold"]
    assert found.problems == ["own.csv:3: no brand or no molecule"]


def test_the_list_that_was_given_counts_before_the_brands_that_perdure_carries(tmp_path) -> None:
    path = tmp_path / "own.csv"
    carried = bundled_formulary().products[0].brand
    path.write_text(
        f"brand,molecule,form\n{carried},caffeine,tablet\n{carried},caffeine,syrup\n",
        encoding="utf-8",
    )
    ((_, screened, _),) = read_medicines(path, None)
    terms = {(row["field"], row["code"]): row for row in screened.rows.to_pylist()}
    assert terms["medicine", carried]["molecule"] == "caffeine"
    assert screened.refusals.origin() == {
        "rows": 2, "taken": 1, "set aside": 0, "further rows of a brand": 1
    }  # fmt: skip
