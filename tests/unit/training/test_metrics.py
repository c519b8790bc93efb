"""Measures equal scikit-learn's, count tied scores as one, and do not care about row order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from perdure.kernel.errors import NotEnoughData
from perdure.platform.training.metrics import (
    auc,
    average_precision,
    brier,
    calibration_table,
    decile_ratio,
    ece,
    gain_table,
    lift_at,
    log_loss,
    precision_at_capacity,
    top_share,
)
from perdure.platform.training.ranking import Ranking

calm = settings(deadline=None)


@st.composite
def outcomes(draw, fewest=4):
    n = draw(st.integers(fewest, 40))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n).filter(lambda v: 0 < sum(v) < n))
    score = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    return np.array(y, float), np.array(score, float)


@calm
@given(outcomes())
def test_auc_and_ap_equal_the_reference_also_with_ties(rows):
    y, score = rows
    assert auc(y, score) == pytest.approx(reference.roc_auc_score(y, score))
    assert average_precision(y, score) == pytest.approx(reference.average_precision_score(y, score))


@calm
@given(outcomes(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, random):
    y, score = rows
    order = list(range(len(y)))
    random.shuffle(order)
    territory = np.array([f"t{i % 3}" for i in range(len(y))])
    for measure in (auc, average_precision, lift_at):
        assert measure(y, score) == pytest.approx(measure(y[order], score[order]))
    assert precision_at_capacity(y, score, territory, 2) == pytest.approx(
        precision_at_capacity(y[order], score[order], territory[order], 2)
    )


@calm
@given(outcomes(), st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_weights_mean_repeated_rows(rows, weights):
    y, score = rows
    times = np.array(weights[: len(y)])
    repeated_y, repeated = np.repeat(y, times), np.repeat(score, times)
    if not 0 < repeated_y.sum() < len(repeated_y):
        return
    counts = Ranking(y, score).counts(times[None, :].astype(float))
    wanted = Ranking(repeated_y, repeated).counts()
    for name in ("auc", "average_precision"):
        assert getattr(counts, name)()[0] == pytest.approx(getattr(wanted, name)()[0])
    assert counts.lift_at(0.3)[0] == pytest.approx(wanted.lift_at(0.3)[0])
    territory = np.array([f"t{i % 2}" for i in range(len(y))])
    by = Ranking(y, score, territory).precision_at_capacity(2, weights=times[None, :].astype(float))
    again = Ranking(repeated_y, repeated, np.repeat(territory, times)).precision_at_capacity(2)
    assert by[0] == pytest.approx(again[0])


def test_several_weightings_at_once_equal_each_alone():
    rng = np.random.default_rng(0)
    y, score = (rng.random(50) < 0.3).astype(float), rng.integers(0, 9, 50).astype(float)
    weights = rng.integers(0, 3, (7, 50)).astype(float)
    ranking = Ranking(y, score)
    together = ranking.counts(weights).auc()
    alone = [ranking.counts(row[None, :]).auc()[0] for row in weights]
    assert np.array_equal(together, alone)


def test_ties_at_the_border_share_the_places():
    # One clear winner, then four equal rows of which one is positive, for two places.
    y, score = [1, 1, 0, 0, 0], [9, 5, 5, 5, 5]
    assert precision_at_capacity(y, score, ["t"] * 5, capacity=2) == pytest.approx((1 + 0.25) / 2)
    assert lift_at(y, score, 0.4) == pytest.approx((1.25 / 2) / 0.4)
    assert top_share(score, 0.4).tolist() == [1.0, 0.25, 0.25, 0.25, 0.25]


def test_capacity_is_per_territory_and_small_territories_can_be_left_out():
    y = [1, 0, 0, 0, 1]
    score = [9, 8, 7, 1, 2]
    territory = ["a", "a", "a", "b", "b"]
    assert precision_at_capacity(y, score, territory, capacity=1) == 1.0
    assert precision_at_capacity(y, score, territory, capacity=2) == 0.5
    assert precision_at_capacity(y, score, territory, capacity=9) == 2 / 5
    assert precision_at_capacity(y, score, territory, capacity=2, minimum=3) == 0.5
    assert np.isnan(precision_at_capacity(y, score, territory, capacity=2, minimum=4))


def test_a_missing_score_ranks_last():
    assert auc([1, 0], [np.nan, -1e300]) == 0.0


@pytest.mark.parametrize(
    ("y", "score", "words"),
    [([], [], "no rows"), ([1, 2], [1, 2], "neither 0 nor 1"), ([1], [1, 2], "1,")],
)
def test_what_cannot_be_measured_is_said(y, score, words):
    with pytest.raises(NotEnoughData, match=words):
        auc(y, score)


def test_one_outcome_alone_gives_no_number():
    assert np.isnan(auc([0, 0], [1, 2]))
    assert np.isnan(average_precision([0, 0], [1, 2]))


def test_gain_table_adds_up():
    rng = np.random.default_rng(1)
    score = rng.integers(0, 20, 337)
    y = rng.random(337) < score / 30
    table = gain_table(y, score)
    assert sum(row.rows for row in table) == pytest.approx(337)
    assert sum(row.positives for row in table) == pytest.approx(y.sum())
    assert table[-1].captured == pytest.approx(1.0)
    assert table[0].lift == pytest.approx(lift_at(y.astype(float), score))


@calm
@given(outcomes(), st.integers(2, 6))
def test_calibration_table_holds_every_row_once(rows, bins):
    y, score = rows
    p = score / 10
    table = calibration_table(y, p, bins)
    assert sum(row.rows for row in table) == len(y)
    assert sum(row.rows * row.observed for row in table) == pytest.approx(y.sum())
    assert sum(row.rows * row.predicted for row in table) == pytest.approx(p.sum())
    assert [row.predicted for row in table] == sorted(row.predicted for row in table)


def test_losses_equal_the_reference():
    rng = np.random.default_rng(2)
    y, p = (rng.random(100) < 0.3).astype(float), rng.random(100)
    assert brier(y, p) == pytest.approx(reference.brier_score_loss(y, p))
    assert log_loss(y, p) == pytest.approx(reference.log_loss(y, p))
    assert np.isfinite(log_loss([1, 0], [0.0, 1.0]))


def test_perfectly_calibrated_bins_have_no_error():
    assert ece([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]) == 0.0


def test_decile_ratio_compares_promise_with_outcome():
    y = np.array([1.0] * 5 + [0.0] * 95)
    score = np.arange(100.0)[::-1]
    p = np.where(score >= 90, 0.8, 0.0)
    assert decile_ratio(y, score, p)[0] == pytest.approx(0.8 / 0.5)
    assert np.isnan(decile_ratio(np.zeros(100), score, p)[0])
