"""One spelling of a molecule, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.solutions.prescription.safety.names import (
    is_local,
    molecules_of,
    molecules_of_french,
)


@pytest.mark.parametrize(
    ("written", "molecules"),
    [
        ("METOPROLOL TARTRATE", ("metoprolol",)),
        ("Losartan Potassium", ("losartan",)),
        ("sertraline hydrochloride", ("sertraline",)),
        ("Enalapril Maleate", ("enalapril",)),
        ("potassium chloride", ("potassium chloride",)),
        ("Calcium Carbonate", ("calcium carbonate",)),
        ("lithium carbonate", ("lithium carbonate",)),
        ("ACETAMINOPHEN;BUTALBITAL;CAFFEINE", ("paracetamol", "butalbital", "caffeine")),
        ("SULFAMETHOXAZOLE-TRIMETHOPRIM", ("sulfamethoxazole", "trimethoprim")),
        ("Amoxycillin + Clavulanate Potassium", ("amoxicillin", "clavulanic acid")),
        ("ramipril and hydrochlorothiazide", ("ramipril", "hydrochlorothiazide")),
        ("INTERFERON BETA-1A", ("interferon beta-1a",)),
        ("L-METHYLFOLATE", ("l-methylfolate",)),
        ("Valproate Sodium", ("valproic acid",)),
        ("valproic_acid", ("valproic acid",)),
        ("divalproex sodium", ("valproic acid",)),
        ("ERYTHROMYCIN OPHTHALMIC", ("erythromycin",)),
        ("co-trimoxazole", ("sulfamethoxazole", "trimethoprim")),
        ("", ()),
        (" ; - ; ", ("-",)),
    ],
)
def test_written_names(written, molecules) -> None:
    assert molecules_of(written) == molecules


@pytest.mark.parametrize(
    ("french", "molecule"),
    [
        ("acide acétylsalicylique", "aspirin"),
        ("clarithromycine", "clarithromycin"),
        ("lévothyroxine", "levothyroxine"),
        ("fluoxétine", "fluoxetine"),
        ("valproïque (acide)", "valproic acid"),
        ("polymyxine b", "polymyxin b"),
        ("insuline glargine", "insulin glargine"),
        ("tamsulosine", "tamsulosin"),
        ("adénosine", "adenosine"),
        ("énoxaparine sodique", "enoxaparin"),
    ],
)
def test_french_names(french, molecule) -> None:
    assert molecules_of_french(french) == (molecule,)


@given(st.text(max_size=60))
def test_any_text_is_read_as_clean_names(text) -> None:
    molecules_of_french(text)
    is_local(text)
    for molecule in molecules_of(text):
        assert molecule == molecule.strip()
        assert molecule


def test_names_of_the_tables_are_their_own_names(knowledge) -> None:
    from perdure.solutions.prescription.safety.importers.groups import read_groups

    members = {m for group in read_groups(None).values() for m in group}
    assert not {m for m in members if molecules_of(m) != (m,)}
