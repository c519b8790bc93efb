"""A visit as it looks halfway: a medicine is given or hidden in both of its fields."""

import numpy as np
import pytest

from perdure.solutions.prescription.engine.batches import one_hidden, partly_written


def entered(visits, name):
    found = visits.sets[name]
    return set(zip(found.rows.tolist(), found.indices.tolist(), strict=True))


def of_brands(visits, molecules):
    return {(row, int(molecules[brand])) for row, brand in entered(visits, "brand")}


@pytest.mark.parametrize("name", ["molecule", "molecule-new", "brand"])
def test_a_medicine_that_is_given_is_given_as_brand_and_molecule(material, name):
    molecules = material.terms.molecules
    asked = partly_written(material.visits, np.arange(300), name, molecules, seed=1)
    given = entered(asked.visits, "molecule")
    assert given
    assert of_brands(asked.visits, molecules) == given


@pytest.mark.parametrize("name", ["molecule", "molecule-new"])
def test_no_brand_tells_a_hidden_molecule(material, name):
    molecules = material.terms.molecules
    for asked in (
        partly_written(material.visits, np.arange(300), name, molecules, seed=1),
        one_hidden(material.visits, np.arange(300), name, molecules, seed=1),
    ):
        hidden = set(zip(asked.truth.rows.tolist(), asked.truth.indices.tolist(), strict=True))
        assert hidden
        assert not hidden & entered(asked.visits, "molecule")
        assert not hidden & of_brands(asked.visits, molecules)


def test_a_hidden_brand_takes_its_molecule_along(material):
    molecules = material.terms.molecules
    asked = partly_written(material.visits, np.arange(300), "brand", molecules, seed=1)
    told = of_brands(asked.visits, molecules)
    hidden = zip(asked.truth.rows.tolist(), molecules[asked.truth.indices].tolist(), strict=True)
    assert not (set(hidden) - told) & entered(asked.visits, "molecule")


def test_a_brand_of_no_known_molecule_is_hidden_with_the_molecules(material):
    molecules = np.full_like(material.terms.molecules, -1)
    asked = partly_written(material.visits, np.arange(300), "molecule", molecules, seed=1)
    assert not entered(asked.visits, "brand")
    assert entered(asked.visits, "molecule")
