import numpy as np

from perdure.methods.encoding import cross_fitted_log_odds, smoothed_log_odds


def test_a_large_prior_gives_the_mean():
    codes = np.array([0.0, 0.0, 1.0, 1.0])
    y = np.array([1.0, 1.0, 0.0, 0.0])
    assert np.allclose(smoothed_log_odds(codes, y, 2, prior=1e9), 0.0, atol=1e-6)


def test_cross_fitting_does_not_show_a_row_its_own_outcome():
    # Every label occurs once: nothing can be learnt, so the encoding must not rank the outcome.
    y = np.array([1.0, 0.0] * 50)
    codes = np.arange(100.0)
    leaky = smoothed_log_odds(codes, y, 100, prior=1.0)[:100]
    honest = cross_fitted_log_odds(codes, y, 100, prior=1.0)
    assert leaky[y == 1].min() > leaky[y == 0].max()
    assert honest[y == 1].min() <= honest[y == 0].max()
