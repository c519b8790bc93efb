import numpy as np
import pytest

from perdure.platform.training.intervals import bootstrap, draws, interval
from perdure.platform.training.ranking import Ranking


def test_a_cluster_is_drawn_whole():
    clusters = ["a", "a", "b", "c", "c", "c"]
    (weights,) = draws(clusters, 200, seed=1)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_draws_depend_on_the_seed_alone(monkeypatch):
    whole = np.concatenate(list(draws(range(40), 30, seed=3)))
    monkeypatch.setattr("perdure.platform.training.intervals._BLOCK_BYTES", 8 * 40 * 7)
    blocks = list(draws(range(40), 30, seed=3))
    assert len(blocks) == 5
    assert np.array_equal(np.concatenate(blocks), whole)
    assert not np.array_equal(np.concatenate(list(draws(range(40), 30, seed=4))), whole)


def test_the_interval_of_a_mean_is_the_textbook_one():
    rng = np.random.default_rng(0)
    x = rng.normal(10, 2, 400)

    def mean(weights):
        return {"mean": weights @ x / weights.sum(axis=1)}

    found = bootstrap({"x": mean}, np.arange(400), 2000, seed=0)["x"]["mean"]
    low, high = interval(found)
    half = 1.96 * x.std() / 20
    assert low == pytest.approx(x.mean() - half, abs=0.03)
    assert high == pytest.approx(x.mean() + half, abs=0.03)


def test_the_95_percent_interval_of_auc_covers_the_truth_about_95_times_in_100():
    truth = 0.7602499389065233  # P(N(1, 1) > N(0, 1))
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = np.repeat([0.0, 1.0], [240, 60])
        ranking = Ranking(y, rng.normal(y, 1))
        found = bootstrap(
            {"m": lambda w, r=ranking: {"auc": r.counts(w).auc()}}, np.arange(300), 200, seed
        )
        low, high = interval(found["m"]["auc"])
        covered += low <= truth <= high
    assert 88 <= covered <= 99


def test_a_paired_difference_of_a_method_with_itself_is_nothing():
    rng = np.random.default_rng(5)
    y, score = (rng.random(200) < 0.3).astype(float), rng.random(200)
    ranking = Ranking(y, score)
    both = {name: (lambda w: {"auc": ranking.counts(w).auc()}) for name in "ab"}
    found = bootstrap(both, np.arange(200), 100, seed=0)
    assert interval(found["a"]["auc"] - found["b"]["auc"]) == (0.0, 0.0)


def test_an_interval_of_mostly_undefined_draws_is_none():
    values = np.arange(100.0)
    values[:11] = np.nan
    assert interval(values) == (None, None)
    values[:11] = 0.0
    values[:5] = np.nan
    assert interval(values)[0] is not None


def test_a_single_cluster_has_no_interval():
    def mean(weights):
        return {"mean": (weights * np.arange(6.0)).sum(axis=1) / weights.sum(axis=1)}

    for clusters, known in (([0] * 6, False), ([0, 0, 0, 1, 1, 1], True)):
        drawn = bootstrap({"a": mean}, clusters, 200, 0)["a"]["mean"]
        assert (interval(drawn) != (None, None)) is known


def test_large_sets_get_fewer_draws():
    found = bootstrap({"n": lambda w: {"n": w.sum(axis=1)}}, np.arange(500_000), 1000, seed=0)
    assert len(found["n"]["n"]) == 100
