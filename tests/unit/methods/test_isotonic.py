import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from perdure.methods.isotonic import Isotonic


def calibrated(n: int = 5000):
    rng = np.random.default_rng(0)
    raw = rng.normal(-3, 1.5, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-0.6 * raw))).astype(float)
    return raw, y


def test_probabilities_follow_what_happened():
    raw, y = calibrated()
    p = Isotonic().fit(raw, y).predict(raw)
    top = np.argsort(raw)[-500:]
    assert abs(p[top].mean() - y[top].mean()) < 0.02
    assert abs(p.mean() - y.mean()) < 0.002


@settings(deadline=None)
@given(arrays(np.float64, 50, elements=st.floats(-1e6, 1e6)), st.integers(0, 2**32 - 1))
def test_never_falls_and_never_claims_certainty(scores, seed):
    raw, y = calibrated(200)
    made = Isotonic().fit(raw, np.random.default_rng(seed).permutation(y))
    p = made.predict(np.sort(scores))
    assert (np.diff(p) >= 0).all()
    assert ((p > 0) & (p < 1)).all()


def test_files_hold_every_bit():
    raw, y = calibrated()
    made = Isotonic().fit(raw, y)
    again = Isotonic.from_files(made.to_files())
    points = np.linspace(-10, 10, 7001)
    assert np.array_equal(again.predict(points), made.predict(points))


def test_one_score_equals_many():
    raw, y = calibrated()
    made = Isotonic().fit(raw, y)
    one_by_one = np.array([made.predict(raw[i : i + 1])[0] for i in range(300)])
    assert np.array_equal(one_by_one, made.predict(raw)[:300])
