"""The return model: its arithmetic, its spread over samples, and what its JSON may hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from perdure.methods.contact.propensity import ReturnModel


@pytest.fixture(scope="module")
def donors():
    rng = np.random.default_rng(2)
    r, f = rng.integers(0, 24, 800), rng.integers(1, 20, 800)
    t = r + 4 * f
    p = 1 / (1 + np.exp(1 + 0.12 * r - 0.9 * np.log(f) + 0.01 * t))
    return r, f, t, (rng.random(800) < p).astype(float)


@pytest.fixture(scope="module", params=[None, 4.0])
def model(request, donors):
    return ReturnModel.fit(*donors, step=request.param)


def test_log_odds_are_the_standardised_sum(model, donors) -> None:
    r, f, t, _ = donors
    columns = [r, f, np.log(f), t] + ([r > model.step] if model.step else [])
    z = (np.column_stack(columns) - model.means) / model.scales
    assert model.log_odds(r, f, t) == pytest.approx(model.intercept + z @ model.coefficients)


def test_arrays_broadcast(model) -> None:
    grid = model.log_odds(np.arange(25)[:, None, None], np.arange(1, 26)[:, None], np.arange(126))
    assert grid.shape == (25, 25, 126)
    assert grid[3, 4, 5] == pytest.approx(model.log_odds(3, 5, 5))


def test_a_frequency_below_one_counts_as_one(model) -> None:
    assert model.log_odds(3, 0, 9) == model.log_odds(3, 1, 9)


def test_the_mean_chance_is_the_share_that_returned(model, donors) -> None:
    r, f, t, y = donors
    assert model.probability(r, f, t).mean() == pytest.approx(y.mean(), abs=1e-4)


def test_json_gives_the_model_back(model) -> None:
    assert ReturnModel.from_json(model.to_json()) == model


@pytest.mark.parametrize(
    "change",
    [
        {"means": [1.0]},
        {"scales": [0.0, 1.0, 1.0, 1.0]},
        {"coefficients": None},
        {"intercept": float("nan")},
        {"covariance": [[1.0]]},
        {"step": 3.0},
    ],
)
def test_other_json_is_refused(donors, change) -> None:
    form = json.loads(ReturnModel.fit(*donors).to_json()) | change
    with pytest.raises(ValueError, match="return model"):
        ReturnModel.from_json(json.dumps(form))


def test_the_spread_is_that_of_resampled_rows(donors) -> None:
    """Slopes refitted to 200 resamples vary as the covariance says, within a fifth."""
    model, rng = ReturnModel.fit(*donors), np.random.default_rng(0)
    slopes = []
    for _ in range(200):
        rows = rng.integers(0, 800, 800)
        again = ReturnModel.fit(*(part[rows] for part in donors))
        slopes.append(np.array(again.coefficients) / again.scales * model.scales)
    told = np.sqrt(np.diag(model.covariance))[1:]
    assert np.std(slopes, axis=0) == pytest.approx(told, rel=0.25)


def test_bootstrapped_models_scatter_around_the_model(model) -> None:
    rng = np.random.default_rng(1)
    drawn = np.array([model.bootstrapped(rng).coefficients for _ in range(2_000)])
    assert drawn.mean(axis=0) == pytest.approx(model.coefficients, abs=0.02)
    assert np.cov(drawn.T) == pytest.approx(np.array(model.covariance)[1:, 1:], abs=0.01)


def test_a_model_without_covariance_cannot_be_redrawn() -> None:
    model = ReturnModel((0, 0, 0, 0), (1, 1, 1, 1), (0, 0, 0, 0), 0.0)
    with pytest.raises(ValueError, match="sampling spread"):
        model.bootstrapped(np.random.default_rng(0))
