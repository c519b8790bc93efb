"""Which brand of a molecule: visits whose specialty is not known."""

import numpy as np
import scipy.sparse as sp

from perdure.methods.recommend.brand_choice import BrandChoice


def test_visits_of_no_known_specialty_count_for_everyone_and_for_no_specialty():
    brands = sp.csr_matrix(np.eye(2, dtype=np.float32)[[0, 1, 1, 1, 1]])
    molecule, weights = np.array([0, 0]), np.ones(5, dtype=np.float32)
    specialty = np.array([0, -1, -1, -1, -1])
    made = BrandChoice.fit(brands, molecule, specialty, 1, weights, prior=1.0)
    assert np.allclose(made.share, [0.2, 0.8])
    # One visit of the specialty, backed off to everyone with the weight of one visit.
    assert np.allclose(made.of_specialty[0], [0.6, 0.4])
    assert np.allclose(made.of(np.array([-1]))[0], [0.2, 0.8])
