import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from perdure.methods.logit import log_odds, probability


@given(st.floats(-25, 25))
def test_log_odds_undoes_probability(x):
    assert abs(log_odds(probability(x))[0] - x) < 1e-3


@given(st.floats(allow_nan=False))
def test_probability_stays_between_zero_and_one(x):
    assert 0.0 <= probability(x)[0] <= 1.0


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=40))
def test_each_answer_is_its_own(values):
    alone = [probability(v)[0] for v in values]
    assert np.array_equal(probability(values), alone)
