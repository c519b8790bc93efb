"""The best items of a row, whatever ties there are."""

import numpy as np
import pytest

from perdure.methods.recommend.accuracy import best


@pytest.mark.parametrize("k", [1, 8, 50, 60])
def test_ties_go_to_the_lower_number_also_at_the_last_place(k):
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, (200, 50)).astype(np.float32)
    scores[:, 7] = -np.inf
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    assert best(scores, k).tolist() == expected.tolist()


def test_no_rows_have_no_best():
    assert best(np.zeros((0, 5), dtype=np.float32), 3).shape == (0, 3)
