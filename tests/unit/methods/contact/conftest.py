import numpy as np
import pytest

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld


@pytest.fixture(scope="session")
def world() -> ContactWorld:
    """Recency and time lower the chance to return, donations raise it; a short year."""
    spread = tuple(tuple(row) for row in (0.01 * np.eye(5)).tolist())
    means, scales = (9.5, 5.5, 1.3, 34.0), (8.0, 5.8, 0.9, 24.0)
    returns = ReturnModel(means, scales, (-0.7, 0.27, 0.82, -0.82), -1.5, spread)
    return ContactWorld(returns, months=9)


@pytest.fixture(scope="session")
def donors() -> Donors:
    rng = np.random.default_rng(3)
    first = rng.integers(2, 90, 3000)
    return Donors.of(rng.integers(1, 24, 3000), rng.integers(1, 12, 3000), first)
