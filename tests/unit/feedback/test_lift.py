"""Intervals, power, and the sentence that may be told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perdure.kernel.errors import UsageError
from perdure.platform.feedback.lift import cuped, measure_lift
from perdure.platform.feedback.power import detectable, needed, power_of
from perdure.platform.feedback.proportions import difference, rate, ratio, wilson

# Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
    ((10, 10, 0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("counts", "ends"), NEWCOMBE)
def test_differences_have_the_published_intervals(counts, ends) -> None:
    assert difference(*counts) == pytest.approx(ends, abs=6e-5)


def test_wilson_equals_scipy() -> None:
    from scipy.stats import binomtest

    for count, n in [(0, 5), (1, 5), (5, 5), (37, 1_000), (999, 1_000)]:
        low, high = binomtest(count, n).proportion_ci(method="wilson")
        assert wilson(count, n) == pytest.approx((low, high), abs=1e-12)


def test_intervals_cover_what_they_promise() -> None:
    rng = np.random.default_rng(0)
    p, q, n, m, times = 0.06, 0.04, 900, 300, 4_000
    draws = zip(rng.binomial(n, p, times), rng.binomial(m, q, times), strict=True)
    apart = relative = 0
    for a, b in draws:
        low, high = difference(int(a), n, int(b), m)
        apart += low <= p - q <= high
        low, high = ratio(int(a), n, int(b), m)
        relative += low <= p / q <= high
    assert 0.94 <= apart / times <= 0.975
    assert 0.93 <= relative / times <= 0.975


def test_a_ratio_to_nothing_has_no_upper_end() -> None:
    low, high = ratio(3, 10, 0, 10)
    assert low > 0
    assert high == math.inf


def test_a_share_of_nothing_is_not_known() -> None:
    assert (rate(0, 0).value, rate(0, 0).low, rate(0, 0).high) == (None, 0.0, 1.0)


# Base rate, relative lift, and about how many an arm it needs.
@pytest.mark.parametrize(
    ("base", "lift", "about"),
    [(0.022, 0.25, 12_500), (0.022, 0.5, 3_500), (0.05, 0.25, 5_300), (0.1, 0.25, 2_500)],
)
def test_how_many_are_needed(base, lift, about) -> None:
    treated, held_out = needed(base, lift)
    assert treated == held_out == pytest.approx(about, rel=0.02)


@pytest.mark.parametrize("ratio_", [0.5, 1, 4, 9])
@pytest.mark.parametrize("lift", [0.2, -0.3])
def test_so_many_have_the_power_they_were_asked_for(ratio_, lift) -> None:
    treated, held_out = needed(0.05, lift, ratio=ratio_)
    assert power_of(0.05, lift, treated, held_out) == pytest.approx(0.8, abs=0.002)


def test_the_power_is_the_share_of_trials_that_see_it() -> None:
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    n, base, lift = 3_000, 0.05, 0.4
    a, b = rng.binomial(n, base * (1 + lift), 20_000), rng.binomial(n, base, 20_000)
    pooled = (a + b) / (2 * n)
    z = (a - b) / n / np.sqrt(pooled * (1 - pooled) * 2 / n)
    seen = (np.abs(z) > norm.ppf(0.975)).mean()
    assert power_of(base, lift, n, n) == pytest.approx(seen, abs=0.01)


def test_the_detectable_lift_is_the_one_that_is_just_seen() -> None:
    lift = detectable(0.04, 9_000, 1_000)
    assert lift is not None
    assert power_of(0.04, lift, 9_000, 1_000) == pytest.approx(0.8, abs=1e-6)
    assert detectable(0.5, 3, 3) is None


@pytest.mark.parametrize(
    ("base", "lift"), [(0.0, 0.2), (1.0, 0.2), (0.6, 0.9), (0.1, -1.5), (0.1, 0.0), (math.nan, 1)]
)
def test_an_impossible_question_is_refused(base, lift) -> None:
    with pytest.raises(UsageError):
        needed(base, lift)


def outcomes(rng, n, p):
    return (rng.random(n) < p).astype(float)


def test_too_few_are_not_knowable_yet_and_say_how_many_it_needs() -> None:
    rng = np.random.default_rng(2)
    lift = measure_lift(outcomes(rng, 900, 0.05), outcomes(rng, 100, 0.02), aim=0.25)
    assert not lift.knowable
    assert lift.needed is not None
    assert lift.verdict.startswith("not knowable yet: to see a lift of 25% it needs ")
    assert f"{lift.needed[1]:,} held out; there are 900 treated and 100 held out" in lift.verdict


@pytest.mark.parametrize(
    ("treated", "words"),
    [(0.10, "acting raised"), (0.05, "no difference is seen"), (0.02, "acting lowered")],
)
def test_enough_of_them_get_a_verdict(treated, words) -> None:
    rng = np.random.default_rng(3)
    lift = measure_lift(outcomes(rng, 40_000, treated), outcomes(rng, 40_000, 0.05), aim=0.25)
    assert lift.knowable
    assert lift.verdict.startswith(words)


@pytest.mark.parametrize(
    ("treated", "holdout"), [([], []), ([1, 0], []), ([0, 0], [0]), ([1], [1])]
)
def test_without_outcomes_nothing_is_known(treated, holdout) -> None:
    lift = measure_lift(treated, holdout, aim=0.25)
    assert not lift.knowable
    assert lift.verdict.startswith("not knowable yet")


def test_the_score_narrows_the_interval_and_moves_nothing_by_itself() -> None:
    rng = np.random.default_rng(4)
    covered, wide, narrow = 0, [], []
    for _ in range(300):
        score = rng.beta(1, 4, 1_500)
        treated = np.arange(1_500) < 1_000
        y = (rng.random(1_500) < np.clip(score + 0.05 * treated, 0, 1)).astype(float)
        found = cuped(y[treated], y[~treated], score[treated], score[~treated])
        assert found is not None
        covered += found[1] <= 0.05 <= found[2]
        narrow.append(found[2] - found[1])
        low, high = difference(int(y[treated].sum()), 1_000, int(y[~treated].sum()), 500)
        wide.append(high - low)
    assert 0.91 <= covered / 300 <= 0.99
    assert np.mean(narrow) < 0.95 * np.mean(wide)


def test_one_score_for_all_adjusts_nothing() -> None:
    y, z = np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0])
    found = cuped(y, z, np.ones(3), np.ones(3))
    assert found is not None
    assert found[0] == pytest.approx(1 / 3)
    assert cuped(y[:1], z, np.ones(1), np.ones(3)) is None
