"""Effect sizes, their yardsticks, and performance without labels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from perdure.kernel.evidence import Measured
from perdure.platform.monitoring.baseline import baseline, chance
from perdure.platform.monitoring.cbpe import Calibration, expected_auc, expected_f1
from perdure.platform.monitoring.drift import (
    chi_square,
    false_discoveries,
    jensen_shannon,
    psi,
    share_apart,
)
from perdure.platform.monitoring.features import DRIFT, MISSING, NEW, feature_readings
from perdure.platform.monitoring.performance import (
    calibration_readings,
    drift_from_profile,
    drift_since,
    expected_reading,
    realised_readings,
)
from perdure.platform.monitoring.tally import tally
from perdure.platform.training.metrics import auc
from perdure.platform.training.profiles import number_profile, profile_columns

RNG = np.random.default_rng


def batches(table: pa.Table, size: int = 1_000) -> list[pa.RecordBatch]:
    return table.to_batches(max_chunksize=size)


# ---------------------------------------------------------------- statistics


def test_distances_equal_scipy() -> None:
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import chi2_contingency, false_discovery_control

    rng = RNG(0)
    for _ in range(50):
        p, q = rng.integers(0, 60, 8), rng.integers(0, 60, 8)
        p[0] += 1
        q[1] += 1
        assert jensen_shannon(p, q) == pytest.approx(
            jensenshannon(p / p.sum(), q / q.sum(), base=2), abs=1e-9
        )
        used = (p + q) > 0
        expected = chi2_contingency(np.array([p, q])[:, used], correction=False).pvalue
        assert chi_square(p, q) == pytest.approx(expected, rel=1e-9)
    tests = rng.random(40) ** 3
    assert false_discoveries(tests) == list(false_discovery_control(tests) <= 0.05)


def test_psi_is_the_formula_when_there_are_many_rows() -> None:
    p, q = np.array([0.1, 0.2, 0.7]), np.array([0.3, 0.3, 0.4])
    assert psi(p * 1e9, q * 1e9) == pytest.approx(np.sum((q - p) * np.log(q / p)), abs=1e-6)


def test_share_apart_is_the_largest_step() -> None:
    assert share_apart([10, 0, 10], [0, 20, 0]) == 0.5


@pytest.mark.parametrize("counts", [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([5, 0], [7, 0])])
def test_without_rows_or_bins_nothing_is_significant(counts) -> None:
    assert chi_square(*counts) == 1.0


def test_no_tests_no_discoveries() -> None:
    assert false_discoveries([]) == []


def test_the_baseline_is_the_variation_of_the_chunks() -> None:
    rng = RNG(1)
    steady = rng.multinomial(1_000, [0.25] * 4, 10)
    swinging = np.array([rng.multinomial(1_000, rng.dirichlet([5] * 4)) for _ in range(10)])
    assert baseline(steady.tolist(), psi).limit < 0.05
    assert baseline(swinging.tolist(), psi).limit > 0.25
    assert baseline([[5, 5], [0, 0]], psi).limit == 0.0


@pytest.mark.parametrize(("n", "m"), [(50_000, 80), (50_000, 1_000), (300, 300)])
def test_chance_alone_rarely_goes_beyond_its_limit(n, m) -> None:
    rng = RNG(2)
    shares = [0.1] * 10
    found = [psi(rng.multinomial(n, shares), rng.multinomial(m, shares)) for _ in range(2_000)]
    assert np.mean(np.array(found) > chance(10, n, m)) < 0.02


# ---------------------------------------------------------------- performance without labels


def cbpe_world():
    """Fixed numbers: the scores are miscalibrated, the current rows are other people."""
    rng = RNG(0)
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    reference = rng.normal(size=(100_000, 2))
    outcome = rng.random(100_000) < sigmoid(reference.sum(axis=1) - 1)
    current = rng.normal(size=(100_000, 2)) * 0.6 + 0.7
    later = rng.random(100_000) < sigmoid(current.sum(axis=1) - 1)
    scores = [sigmoid(0.6 * (x.sum(axis=1) - 1)) for x in (reference, current)]
    return scores[0], outcome, scores[1], later


def test_performance_without_labels_equals_the_reference_numbers() -> None:
    score, y, current, later = cbpe_world()
    probability = Calibration.fit(score, y).probability(current)
    predicted = current > 0.5
    assert expected_auc(current, probability) == pytest.approx(0.7160, abs=5e-5)
    assert expected_f1(predicted, probability) == pytest.approx(0.7420, abs=5e-5)
    # What really came, to which the expectation is close, and far from the reference.
    assert auc(later, current) == pytest.approx(0.7116, abs=5e-5)
    both = (predicted & later).sum()
    assert 2 * both / (predicted.sum() + later.sum()) == pytest.approx(0.7387, abs=5e-5)
    assert auc(y, score) == pytest.approx(0.805, abs=5e-4)


def test_the_expected_auc_is_the_mean_over_outcomes() -> None:
    rng = RNG(3)
    score = rng.integers(0, 6, 400) / 6
    p = rng.random(400) * 0.8 + 0.1
    found = [auc(rng.random(400) < p, score) for _ in range(1_500)]
    assert expected_auc(score, p) == pytest.approx(np.mean(found), abs=0.003)


def test_nothing_is_expected_of_outcomes_that_are_certain() -> None:
    assert np.isnan(expected_auc([0.1, 0.2], [1.0, 1.0]))
    assert np.isnan(expected_f1([False], [0.0]))


def test_a_calibration_stays_at_its_ends() -> None:
    made = Calibration.fit([0.0, 1.0], [0, 1])
    assert made.probability([-5, 0.5, 5]).tolist() == [0.0, 0.5, 1.0]


# ---------------------------------------------------------------- features


def people(rng, n, shift=0.0, labels=("GP", "ENT")) -> pa.Table:
    return pa.table(
        {
            "volume": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 20, n) * (1 + shift)),
            "share": np.where(rng.random(n) < 0.7, 0.0, rng.random(n)),
            "specialty": rng.choice(list(labels), n),
        }
    )


@pytest.fixture(scope="module")
def reference():
    rng = RNG(4)
    table = people(rng, 20_000)
    return profile_columns(table, table.column_names, rng.integers(0, 10, 20_000))


def readings(reference, table, monitor):
    found = feature_readings(reference, batches(table), "random chunks")
    return {r.subject: r for r in found if r.monitor == monitor}


@pytest.mark.parametrize("n", [60, 500, 20_000])
def test_the_same_people_raise_no_alarm(reference, n) -> None:
    rng = RNG(5)
    words = [
        r.severity
        for _ in range(30)
        for r in feature_readings(reference, batches(people(rng, n)), "random chunks")
    ]
    assert words.count("alarm") == 0
    assert words.count("watch") <= 0.02 * len(words)


def test_a_shift_is_an_alarm_with_its_evidence(reference) -> None:
    found = readings(reference, people(RNG(6), 5_000, shift=1.5), DRIFT)
    assert {n: r.severity for n, r in found.items()} == {
        "volume": "alarm",
        "share": "ok",
        "specialty": "ok",
    }
    evidence = found["volume"].evidence
    assert evidence["jensen_shannon"] > 0.2
    assert evidence["chi_square_p"] < 1e-9
    assert evidence["baseline"]["of"] == "random chunks"
    assert evidence["baseline"]["chunks"] == 10
    assert sum(evidence["bins"]["current"]) == 5_000


def test_a_reference_that_swings_by_itself_allows_more() -> None:
    rng = RNG(7)
    chunk = rng.integers(0, 10, 20_000)
    levels = np.linspace(0.3, 3, 10)[chunk]
    table = pa.table({"volume": rng.gamma(2, 20, 20_000) * levels})
    swinging = profile_columns(table, ["volume"], chunk)
    shifted = pa.table({"volume": rng.gamma(2, 20, 5_000) * 2.5})
    found = readings(swinging, shifted, DRIFT)["volume"]
    assert found.value > 0.25
    assert found.severity == "ok"


def test_a_huge_table_with_a_tiny_change_is_no_alarm(reference) -> None:
    found = readings(reference, people(RNG(8), 400_000, shift=0.05), DRIFT)["volume"]
    assert found.evidence["chi_square_p"] < 1e-9
    assert found.severity == "ok"


def test_among_many_features_chance_finds_are_not_named() -> None:
    rng = RNG(9)
    names = [f"f{i}" for i in range(60)]
    table = pa.table({n: rng.normal(size=2_000) for n in names})
    profile = profile_columns(table, names, rng.integers(0, 5, 2_000))
    words = []
    for _ in range(5):
        later = pa.table({n: rng.normal(size=40) for n in names})
        words += [r.severity for r in feature_readings(profile, batches(later), "random chunks")]
    assert set(words) == {"ok"}


def test_rows_that_share_a_value_count_as_one() -> None:
    # The share of adopters in each of 40 states, a little higher a year later.
    rng = RNG(22)
    state, rates = rng.integers(0, 40, 20_000), rng.beta(20, 400, 40)
    before = pa.table({"peers": rates[state]})
    profile = profile_columns(before, ["peers"], rng.integers(0, 10, 20_000))
    year = rates * rng.uniform(1.0, 1.12, 40)
    found = readings(profile, pa.table({"peers": year[state[:5_000]]}), DRIFT)["peers"]
    assert found.value > 0.2
    # 40 states of unequal size vary as much as 38 equal ones.
    assert (found.severity, found.evidence["groups"]) == ("ok", 38)
    doubled = pa.table({"peers": 2.5 * rates[state[:5_000]]})
    assert readings(profile, doubled, DRIFT)["peers"].severity == "alarm"


def test_counts_that_are_equal_by_chance_are_rows_of_their_own() -> None:
    rng = RNG(23)
    profile = profile_columns(pa.table({"n": rng.poisson(6, 20_000) * 1.0}), ["n"])
    found = readings(profile, pa.table({"n": rng.poisson(9, 5_000) * 1.0}), DRIFT)["n"]
    assert (found.severity, found.evidence["groups"]) == ("alarm", None)


def test_missing_values_are_counted_by_themselves(reference) -> None:
    table = people(RNG(10), 5_000)
    holes = np.where(RNG(11).random(5_000) < 0.5, np.nan, table["volume"].to_numpy())
    table = table.set_column(0, "volume", pa.array(holes))
    assert readings(reference, table, MISSING)["volume"].severity == "alarm"
    assert readings(reference, table, DRIFT)["volume"].severity == "ok"


@pytest.mark.parametrize(
    "broken",
    [
        people(RNG(12), 500).drop_columns(["volume"]),
        people(RNG(12), 500).set_column(0, "volume", pa.array(["much"] * 500)),
    ],
)
def test_a_feature_that_is_gone_or_of_another_type_is_an_alarm(reference, broken) -> None:
    found = readings(reference, broken, MISSING)["volume"]
    assert (found.severity, found.value) == ("alarm", 1.0)
    assert "gone" in found.text


def test_a_label_that_was_never_seen_is_named(reference) -> None:
    rng = RNG(13)
    few = people(rng, 5_000, labels=("GP",) * 99 + ("NP",))
    found = readings(reference, few, NEW)["specialty"]
    assert found.severity == "watch"
    assert found.evidence["labels"] == ["NP"]
    many = people(rng, 5_000, labels=("GP", "NP", "PA"))
    assert readings(reference, many, NEW)["specialty"].severity == "alarm"


def test_rare_labels_beyond_the_bins_are_not_new() -> None:
    rng = RNG(14)
    labels = [f"s{i:03d}" for i in range(80)]
    weights = np.arange(80, 0, -1) / np.arange(80, 0, -1).sum()
    draw = lambda n: pa.table({"specialty": rng.choice(labels, n, p=weights)})  # noqa: E731
    profile = profile_columns(draw(20_000), ["specialty"], rng.integers(0, 10, 20_000))
    assert readings(profile, draw(5_000), NEW)["specialty"].severity == "ok"


def test_counting_does_not_depend_on_the_batches(reference) -> None:
    table = people(RNG(15), 3_000)
    whole, parts = (tally(reference["columns"], batches(table, size)) for size in (9_999, 17))
    for name, found in whole.items():
        assert (found.counts == parts[name].counts).all()
        assert found.rows == 3_000


def test_no_rows_no_readings(reference) -> None:
    assert feature_readings(reference, [], "random chunks") == []


# ---------------------------------------------------------------- answers


def test_predictions_that_move_from_the_first_ones_are_an_alarm() -> None:
    rng = RNG(16)
    first = rng.beta(1, 9, 20_000)
    (same,) = drift_since(first, rng.beta(1, 9, 5_000))
    (moved,) = drift_since(first, rng.beta(3, 9, 5_000))
    assert (same.severity, moved.severity) == ("ok", "alarm")
    assert "first predictions" in moved.evidence["baseline"]["of"]


def test_the_first_predictions_are_only_watched() -> None:
    rng = RNG(16)
    profile = number_profile(
        pa.array(rng.beta(1, 9, 20_000)), rng.integers(0, 10, 20_000)
    ).as_dict()
    (same,) = drift_from_profile(profile, rng.beta(1, 9, 5_000))
    (moved,) = drift_from_profile(profile, rng.beta(3, 9, 5_000))
    assert (same.severity, moved.severity) == ("ok", "watch")
    assert same.text.startswith("first scores of this model")
    assert drift_from_profile(profile, np.array([])) == []


def measured(value, low=None, high=None, metric="auc"):
    return Measured("c", "served", metric, value, low, high, 1_000)


def test_the_expected_performance_is_held_against_the_measured_one() -> None:
    rng = RNG(17)
    sharp, dull = rng.beta(0.2, 0.8, 20_000), 0.2 + 0.02 * rng.random(20_000)
    value = expected_auc(sharp, sharp)
    good = expected_reading(sharp, measured(value + 0.01, value, value + 0.02))
    bad = expected_reading(dull, measured(value, value - 0.01, value + 0.01))
    assert good is not None
    assert bad is not None
    assert (good.severity, bad.severity) == ("ok", "alarm")
    assert expected_reading(sharp, None) is None
    unsure = expected_reading(dull, measured(0.6, 0.35, 0.85))
    assert unsure is not None
    assert unsure.severity == "ok"


def outcomes(rng, p):
    return (rng.random(len(p)) < p).astype(float)


def test_promises_that_come_true_are_calibrated() -> None:
    rng = RNG(18)
    p = rng.beta(1, 9, 20_000)
    words = {r.subject: r.severity for r in calibration_readings(outcomes(rng, p), p)}
    assert words == {"all rows": "ok", "top tenth": "ok"}


def test_promises_that_are_twice_what_comes_are_an_alarm() -> None:
    rng = RNG(19)
    p = rng.beta(1, 9, 20_000)
    words = {r.subject: r.severity for r in calibration_readings(outcomes(rng, p / 2), p)}
    assert words == {"all rows": "alarm", "top tenth": "alarm"}


def test_few_rows_outside_the_band_are_to_be_watched() -> None:
    p = np.full(40, 0.1)
    y = np.array([1.0, 1.0] + [0.0] * 38)
    assert calibration_readings(y, p)[0].severity == "watch"


def test_nothing_observed_has_no_ratio() -> None:
    found = calibration_readings(np.zeros(1_000), np.full(1_000, 0.2))[0]
    assert (found.severity, found.value) == ("alarm", None)


def test_realised_performance_is_held_against_the_interval_at_release() -> None:
    rng = RNG(20)
    p = rng.beta(0.4, 2, 4_000)
    y = outcomes(rng, p)
    value = auc(y, p)
    rows = {"auc": measured(value, value - 0.02, value + 0.02)}
    assert realised_readings(y, p, rows, "auc")[0].severity == "ok"
    worse = realised_readings(rng.permutation(y), p, rows, "auc")[0]
    assert worse.severity == "alarm"
    assert worse.evidence["high"] < rows["auc"].low


def test_what_was_not_measured_at_release_is_not_judged() -> None:
    rng = RNG(21)
    p = rng.random(500)
    rows = {"auc": measured(float("nan")), "ap": measured(0.5, metric="ap")}
    assert [r.subject for r in realised_readings(outcomes(rng, p), p, rows, "ap")] == ["ap"]
    assert realised_readings(np.zeros(500), p, rows, "ap") == []
