"""The classifier trainer: honest numbers, fixed bits, leaks caught, baselines always there."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from training_made import (
    BASELINES,
    LEARNERS,
    QUICK,
    SOLUTION,
    context_of,
    train,
    world,
)

from perdure.kernel.errors import (
    ConfigError,
    ContractError,
    LeakageError,
    NotEnoughData,
    UsageError,
)
from perdure.kernel.evidence import find
from perdure.methods.isotonic import Isotonic
from perdure.platform.registry.gate import judge
from perdure.platform.training.card import as_markdown, missing
from perdure.platform.training.classifier import train_classifier
from perdure.platform.training.context import Champion
from perdure.platform.training.settings import GateSettings
from perdure.platform.training.tabular import TabularPredictor

DATES = tuple(datetime(2022 + i // 2, 1 + 6 * (i % 2), 1) for i in range(4))


def value(candidate, method, metric):
    row = find(candidate.evidence, "X", method, metric)
    assert row is not None, f"{method} {metric} was not measured"
    return row


def same(one, other):
    assert one.files == other.files
    assert one.evidence == other.evidence
    assert one.smoke.equals(other.smoke)
    for name in ("profiles", "signature", "card", "report"):
        assert json.dumps(getattr(one, name)) == json.dumps(getattr(other, name))


def test_shuffled_rows_give_the_same_candidate_to_the_last_bit(candidate):
    rows = world()
    order = np.random.default_rng(9).permutation(rows.num_rows)
    same(train(rows.take(pa.array(order))), candidate)


def test_shuffled_rows_of_several_dates_too():
    rows = world(400, DATES)
    order = np.random.default_rng(9).permutation(rows.num_rows)
    same(train(rows.take(pa.array(order))), train(rows))


def test_another_seed_is_another_model(candidate):
    settings = QUICK.model_copy(update={"seed": 5})
    other = train(world(), settings, seed=5)
    assert other.evidence != candidate.evidence


def test_every_method_is_measured_with_an_interval(candidate):
    for method in (*BASELINES, *LEARNERS, "served"):
        for metric in ("auc", "ap", "lift@0.10"):
            row = value(candidate, method, metric)
            assert row.low <= row.value <= row.high
    for method in (*LEARNERS, "served"):
        for metric in ("log-loss", "brier", "top-decile-calibration"):
            assert value(candidate, method, metric).low is not None
        assert value(candidate, method, "ece").value < 0.1
    for other in (*BASELINES, *LEARNERS):
        assert value(candidate, f"served - {other}", "ap").low is not None


def test_the_model_finds_what_is_there_and_says_how_much(candidate):
    served, volume = value(candidate, "served", "auc"), value(candidate, "volume", "auc")
    assert served.value > volume.value > 0.65
    assert value(candidate, "served - volume", "auc").low > 0
    assert value(candidate, "constant", "auc").value == 0.5
    assert 0.7 < value(candidate, "served", "top-decile-calibration").value < 1.4


def test_a_paired_difference_is_the_difference(candidate):
    for metric in ("auc", "ap"):
        gap = value(candidate, "served", metric).value - value(candidate, "volume", metric).value
        assert value(candidate, "served - volume", metric).value == pytest.approx(gap)


@pytest.mark.parametrize("dates", [DATES[:1], DATES])
def test_where_nothing_can_be_learnt_nothing_is_claimed(dates):
    rows = world(1200, dates)
    rng = np.random.default_rng(0)
    noise = pa.array((rng.random(rows.num_rows) < 0.2).astype(np.int8))
    found = train(rows.set_column(2, "label", noise))
    served = value(found, "served", "auc")
    assert served.low < 0.5 + 0.02
    assert served.high > 0.5 - 0.02
    assert value(found, "served - volume", "ap").low <= 0.0


def test_an_entity_that_gives_itself_away_helps_nobody():
    """The same entity at every date with the same outcome: memory must not pass for skill."""
    rng = np.random.default_rng(1)
    rows = world(800, DATES)
    mark = rng.random(800)
    label = np.tile((rng.random(800) < 0.2).astype(np.int8), len(DATES))
    rows = rows.set_column(2, "label", pa.array(label))
    rows = rows.set_column(3, "volume", pa.array(np.tile(mark, len(DATES))))
    assert value(train(rows), "served", "auc").low < 0.55


def test_a_column_of_the_outcome_year_trips_the_gate():
    rows = world()
    y = pc.fill_null(rows.column("label"), 0).to_numpy().astype(float)
    noise = np.random.default_rng(2).normal(0, 0.25, len(y))
    leaky = rows.set_column(4, "share", pa.array(y + noise))
    found = train(leaky)
    assert value(found, "feature:share", "auc").value > 0.95
    checks = judge("X", found.evidence, None, SOLUTION, GateSettings(metric="ap"), found.card)
    assert "failed" in {c.state for c in checks if c.name == "single-feature"}


def test_a_label_that_gives_the_outcome_away_trips_too():
    rows = world()
    y = pc.fill_null(rows.column("label"), 0).to_numpy()
    told = pa.array(np.where(y == 1, "later", "never").tolist())
    found = train(rows.set_column(6, "specialty", told))
    assert value(found, "feature:specialty", "auc").value > 0.95


def test_a_label_with_a_value_per_row_is_no_leak():
    rows = world()
    names = pa.array([f"n{i}" for i in range(rows.num_rows)])
    found = train(rows.set_column(6, "specialty", names))
    row = find(found.evidence, "X", "feature:specialty", "auc")
    assert row.value == pytest.approx(0.5, abs=0.05)


def test_values_known_after_the_index_are_refused():
    rows = world(200)
    late = pa.array([datetime(2024, 1, 2)] * rows.num_rows, pa.timestamp("us"))
    with pytest.raises(LeakageError, match="200 rows of 'claims_known_at'"):
        train(rows.append_column("claims_known_at", late))


def test_censored_rows_are_counted_and_left_out(candidate):
    rows = world()
    unknown = rows.column("label").null_count
    assert value(candidate, "data", "censored").value == unknown
    assert value(candidate, "data", "rows").value == rows.num_rows - unknown
    assert f"{unknown} rows with an unknown outcome" in as_markdown(candidate.card)


@pytest.mark.parametrize("positives", [0, 5])
def test_too_few_outcomes_are_told_not_trained(positives):
    rows = world(300)
    label = pa.array(([1] * positives + [0] * 300)[:300], pa.int8())
    with pytest.raises(NotEnoughData, match=f"{positives} positive and"):
        train(rows.set_column(2, "label", label))


def test_a_question_asked_twice_is_refused():
    rows = world(100)
    with pytest.raises(ContractError, match="asks twice"):
        train(pa.concat_tables([rows, rows.filter(pc.is_valid(rows.column("label"))).slice(0, 1)]))


def test_a_label_that_is_no_label_is_refused():
    rows = world(100)
    with pytest.raises(ContractError, match="neither 0 nor 1"):
        train(rows.set_column(2, "label", pa.array([2] * 100, pa.int8())))


def test_rolling_origin_reports_on_the_last_date():
    found = train(world(600, DATES))
    assert "reported at 2023-07-01" in found.report["split"]
    assert value(found, "data", "rows").value < 600


def test_one_date_with_regions_holds_regions_out():
    settings = QUICK.model_copy(
        update={"region": "state", "holdout_regions": ("S01", "nowhere"), "territory": "state"}
    )
    found = train(world(), settings)
    assert "groups of state" in found.report["split"]
    assert value(found, "served", "precision@5/state").low is not None
    held = find(found.evidence, "X / state = S01 (held out)", "served", "auc")
    assert held.value > 0.6
    nobody = find(found.evidence, "X / state = nowhere (held out)", "data", "rows")
    assert nobody.value == 0
    assert "state = S01" in as_markdown(found.card)


def test_slices_are_measured_and_small_ones_only_counted():
    settings = QUICK.model_copy(update={"slices": ("specialty",)})
    rows = world()
    rare = rows.column("specialty").to_pylist()
    rare[:3] = ["Dentist"] * 3
    found = train(rows.set_column(6, "specialty", pa.array(rare)), settings)
    assert find(found.evidence, "X / specialty = ENT", "served", "auc").low is not None
    assert find(found.evidence, "X / specialty = Dentist", "data", "rows").value <= 3
    assert find(found.evidence, "X / specialty = Dentist", "served", "auc") is None
    assert find(found.evidence, "X / history = complete", "served", "auc") is not None


def test_a_champion_is_asked_about_the_same_rows_unless_it_has_seen_them():
    rows = world(600, DATES)
    first = train(rows.filter(pc.less(rows.column("at"), pa.scalar(DATES[3], pa.timestamp("us")))))
    predictor = TabularPredictor.from_files(first.files)
    fair = train(rows, champion=Champion("demo/x@1", predictor, DATES[2]))
    assert value(fair, "served - champion", "ap").low is not None
    for seen in (DATES[3], None):
        found = train(rows, champion=Champion("demo/x@1", predictor, seen))
        assert find(found.evidence, "X", "champion", "ap") is None
        assert "no fair comparison" in found.report["notes"][0]


def test_a_champion_that_cannot_answer_is_noted_not_fatal():
    rows = world(600, DATES)
    other = TabularPredictor.from_files(train(rows).files)
    renamed = rows.rename_columns([n.replace("share", "part") for n in rows.column_names])
    features = context_of(renamed).feature_set
    declared = tuple(
        replace(d, name=d.name.replace("share", "part")) for d in features.declarations
    )
    found = train(
        renamed,
        champion=Champion("demo/x@1", other, DATES[0]),
        feature_set=replace(features, declarations=declared),
    )
    assert "needs a column 'share'" in found.report["notes"][0]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"baselines": {"v": "volumes"}}, UsageError, "did you mean 'volume'"),
        ({"baselines": {"v": "specialty"}}, UsageError, "is no number"),
        ({"baselines": {"served": "volume"}}, UsageError, "names of their own: served"),
        ({"baselines": {"logistic": "volume"}}, UsageError, "names of their own: logistic"),
        ({"learners": {}}, UsageError, "no learner"),
        ({"settings": QUICK.model_copy(update={"territory": "stat"})}, ConfigError, "'state'"),
    ],
)
def test_wrong_recipes_are_explained(changes, error, words):
    recipe = {"learners": LEARNERS, "baselines": BASELINES, "calibrator": Isotonic} | changes
    with pytest.raises(error) as told:
        train_classifier(context_of(world(200)), **recipe)
    assert words in str(told.value)


def test_a_combination_costs_no_fit_of_its_own():
    from perdure.methods.blend import Blend
    from perdure.platform.training.trials import Combination

    fits = []

    def counted():
        fits.append(1)
        return LEARNERS["logistic"]()

    mean = Combination(("line", "lightgbm"), lambda members: Blend(tuple(members), (3, 1)))
    together = train_classifier(
        context_of(world(500)),
        learners={"mean": mean, "line": counted, "lightgbm": LEARNERS["lightgbm"]},
        baselines=BASELINES,
        calibrator=Isotonic,
    )
    # Three groups, each left out alone and with one other; once more if it is the chosen one.
    assert len(fits) in (6, 7)
    assert value(together, "mean", "auc").value > 0.6


def test_a_combination_needs_members_that_compete():
    from perdure.platform.training.trials import Combination

    lonely = {"mean": Combination(("gone",), list)} | LEARNERS
    with pytest.raises(UsageError, match="combines 'gone'"):
        train_classifier(
            context_of(world(200)), learners=lonely, baselines=BASELINES, calibrator=Isotonic
        )


def test_a_rule_may_rank_downwards_and_missing_values_rank_last(candidate):
    rows = world()
    age = rows.column("age").to_numpy()
    y = rows.column("label")
    known = y.is_valid().to_numpy()
    from sklearn.metrics import roc_auc_score

    down = np.where(np.isnan(age), -np.inf, -age)[known]
    low = np.where(np.isneginf(down), -1e9, down)
    wanted = roc_auc_score(y.drop_null().to_numpy(), low)
    assert value(candidate, "young", "auc").value == pytest.approx(wanted)


def test_smoke_rows_come_with_their_answers(candidate):
    predictor = TabularPredictor.from_files(candidate.files)
    inputs = candidate.smoke.drop_columns(["_expected"])
    expected = candidate.smoke.column("_expected").to_numpy()
    assert np.array_equal(predictor.predict(inputs), expected)
    assert len(expected) == 64
    assert expected.max() > expected.min()


def test_the_card_is_complete_and_profiles_cover_all_rows(candidate):
    assert missing(candidate.card) == []
    assert candidate.profiles["rows"] == 1500
    assert set(candidate.profiles["columns"]) == {"volume", "share", "age", "specialty", "state"}
    assert sum(candidate.profiles["score"]["counts"]) == value(candidate, "data", "rows").value
    assert len(candidate.profiles["columns"]["volume"]["chunks"]) == 10


def test_without_a_statement_of_use_the_card_is_not_complete():
    found = train(world(400), solution=replace(SOLUTION, use=None))
    assert "Funding source" in missing(found.card)


def test_reports_are_for_people(candidate):
    report = candidate.report
    assert len(report["gains"]["served"]) == 10
    assert report["gains"]["served"][-1]["captured"] == pytest.approx(1.0)
    assert {d["feature"] for d in report["drivers"]} <= {"volume", "share", "age", "specialty"}
    assert report["drivers"][0]["feature"] == "volume"
    assert all(math.isfinite(row["predicted"]) for row in report["calibration"])
