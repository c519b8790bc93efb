"""Medicine strings in parts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError
from perdure.solutions.prescription.medicines.formulary import bundled_formulary
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.medicines.medicine import Flag
from perdure.solutions.prescription.medicines.reading import LIMIT


@pytest.mark.parametrize(
    ("text", "brand", "strength", "form", "volume", "pack"),
    [
        ("DOLO 250MG ORAL SUSP 60ml", "Dolo", "250 mg", "oral suspension", "60 ml", None),
        ("DOLO 650MG TAB 8’s", "Dolo", "650 mg", "tablet", None, 8),
        ("CALPOL 650MG TAB 15’s", "Calpol", "650 mg", "tablet", None, 15),
    ],
)
def test_the_three_known_examples_are_exact(text, brand, strength, form, volume, pack) -> None:
    found = parse_medicine(text)
    assert found.brand == brand
    assert [str(s) for s in found.strengths] == [strength]
    assert found.form == form
    assert (str(found.volume) if found.volume else None) == volume
    assert found.pack == pack
    assert found.molecules == ("paracetamol",)
    assert found.unparsed == ()
    assert found.flags == ()


@pytest.mark.parametrize(
    ("text", "brand", "strengths", "form"),
    [
        ("TELPRES 20 TAB", "Telpres", ["20 mg"], "tablet"),
        ("MOX 250MG+125MG TAB", "Mox", ["250 mg", "125 mg"], "tablet"),
        ("MOX 250+125 MG TAB", "Mox", ["250 mg", "125 mg"], "tablet"),
        ("AMLOKIND AT 5/50", "Amlokind AT", ["5 mg", "50 mg"], None),
        ("BUDECORT 0.5MG/2ML RESPULES", "Budecort", ["0.5 mg/2 ml"], "respules"),
        ("CALPOL 120MG/5ML SUSP 60ML", "Calpol", ["120 mg/5 ml"], "oral suspension"),
        ("4 QUIN EYE DROPS 5ML", "4 Quin", [], "eye drops"),
        ("1-AL", "1-AL", [], None),
        ("AUGMENTIN 625 DUO", "Augmentin", ["625 mg"], None),
        ("AVIL INJ 2ML", "Avil", [], "injection"),
        ("MONOCEF 1GM INJ 10ML", "Monocef", ["1 g"], "injection"),
        ("BETNOVATE N CREAM 20GM", "Betnovate N", [], "cream"),
        ("CANDID CREAM 1% W/W 15G", "Candid", ["1%"], "cream"),
        ("TAB. DOLO 650", "Dolo", ["650 mg"], "tablet"),
        ("T. PAN 40", "Pan", ["40 mg"], "tablet"),
        ("UPRISE D3 60K CAP", "Uprise D3", ["60000 IU"], "capsule"),
        ("BENZYL PENICILLIN 10 LAC INJ", "Benzyl Penicillin", ["1000000 IU"], "injection"),
        ("HUMAN MIXTARD 30/70 100IU/ML 10ML", "Human Mixtard", ["100 IU/ml"], None),
        ("FENTANYL 25MCG/HR PATCH", "Fentanyl", ["25 mcg/h"], "patch"),
        ("CLAVICEF TAB", "Clavicef", [], "tablet"),
    ],
)
def test_strength_and_form(text, brand, strengths, form) -> None:
    found = parse_medicine(text)
    assert (found.brand, [str(s) for s in found.strengths], found.form) == (brand, strengths, form)


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [
        ("GLYCOMET SR 500 TAB", ("SR",)),
        ("DOLO DT", ("DT",)),
        ("SEPTRAN DS", ("DS",)),
        ("IBUGESIC FORTE 400MG", ("FORTE",)),
        ("TEGRETOL-CR 200", ("CR",)),
        ("METOLAR XR 25", ("XR",)),
        ("CIPLAR LA 40 TAB", ("LA",)),
        ("HUMAN MIXTARD 30/70 100IU/ML", ("30/70",)),
    ],
)
def test_modifiers(text, modifiers) -> None:
    assert parse_medicine(text).modifiers == modifiers


@pytest.mark.parametrize(
    ("text", "pack"),
    [("DOLO 650MG 8S", 8), ("X 10'S", 10), ("DOLO TAB 10X10", 100), ("strip of 15 tablets", 15),
     ("ASTHALIN 200MDI", 200), ("BUDECORT 0.5MG 5X2ML", 5), ("DOLO 500MG 10 TABLETS", 10),
     ("DOLO 650 TAB 15", 15), ("DOLO 650MG", None), ("CALPOL bottle of 60 ml syrup", None)],
)  # fmt: skip
def test_packs(text, pack) -> None:
    assert parse_medicine(text).pack == pack


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("TELPRES 20 TAB", Flag.PRESUMED_MG),
        ("RL 500 INFUSION", Flag.PRESUMED_ML),
        ("DOLO 650 TAB 15", Flag.PRESUMED_PACK),
        ("UPRISE D3 60K", Flag.PRESUMED_IU),
        ("SUPER 500MG BLUE THING", Flag.UNPARSED),
        ("NOVELBRAND TAB", Flag.BRAND_UNKNOWN),
        ("IBUGESIC FORTE", Flag.VARIANT_UNKNOWN),
        ("MOX 250MG+125MG", Flag.MISMATCH),
        ("PARACETAMOL 500MG", Flag.GENERIC),
        ("TELMA 40 H", Flag.SUFFIX),
        ("", Flag.NO_BRAND),
        ("A" * 5_000, Flag.TRUNCATED),
    ],
)
def test_what_is_assumed_is_flagged(text, flag) -> None:
    assert flag in parse_medicine(text).flags


@pytest.mark.parametrize(
    ("text", "molecules"),
    [
        ("AUGMENTIN 625 DUO TAB 10S", ("amoxicillin", "clavulanic acid")),
        ("TELMA 40 H", ("telmisartan", "hydrochlorothiazide")),
        ("PAN-D CAP", ("pantoprazole", "domperidone")),
        ("PAN 40", ("pantoprazole",)),
        ("4 QUIN EYE DROPS", ("moxifloxacin",)),
        ("GLYCOMET SR 500", ("metformin",)),
        ("ACETAMINOPHEN 500", ("paracetamol",)),
        ("AMOXICILLIN + CLAVULANIC ACID 625", ("amoxicillin", "clavulanic acid")),
        # Another variant, or more strengths than molecules: nobody guesses.
        ("DOLO PLUS", ()),
        ("MOX 250MG+125MG", ()),
    ],
)
def test_molecules(text, molecules) -> None:
    assert parse_medicine(text).molecules == molecules


def test_micrograms_are_not_presumed_milligrams() -> None:
    found = parse_medicine("THYRONORM 50")
    assert str(found.strengths[0]) == "50 mcg"
    assert Flag.FORMULARY_UNIT in found.flags


def test_every_bundled_brand_is_found_by_its_own_name() -> None:
    wrong = [
        name
        for product in bundled_formulary().products
        for name in (product.brand, *product.aliases)
        if parse_medicine(name).molecules != product.molecules
    ]
    assert wrong == []


def test_no_text_is_refused() -> None:
    with pytest.raises(ContractError):
        parse_medicine(7)


WRITTEN = "DOLO 650 MG + / 5 ML 's X 10 TAB SUSP . - % W K LAC IU 2.5 ( ) INJ SR DUO OF STRIP"
PIECES = st.sampled_from([*WRITTEN.split(), "\ud800", "\0"])


@given(
    st.text(max_size=300)
    | st.lists(PIECES, max_size=60).map(" ".join)
    | st.lists(PIECES).map("".join)
)
def test_any_text_gives_an_answer(text) -> None:
    found = parse_medicine(text)
    assert found == parse_medicine(text)
    assert (found.brand is None) == (Flag.NO_BRAND in found.flags)
    assert all(s.value >= 0 for s in found.strengths)


@pytest.mark.parametrize(
    "piece", ["1+", "9", "1/", "A ", "10X", "8'", "STRIP OF ", "(", "5.", "é", "1 G/"]
)
def test_a_long_text_costs_little_more_than_the_limit(piece) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        return min(_timed(text) for _ in range(3))

    # A hundred times the text is cut to the limit; the factor leaves room for a busy machine.
    assert seconds(100 * LIMIT) < 20 * seconds(LIMIT) + 0.05


def _timed(text: str) -> float:
    start = time.process_time()
    parse_medicine(text)
    return time.process_time() - start
