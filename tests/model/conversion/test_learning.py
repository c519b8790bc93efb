"""What the model learns: close to the best possible on the sample, the same every time."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from conversion_made import CONTRACTS, settings_of

from perdure.kernel.clock import same_day_or_month_end
from perdure.methods.pooled import PooledRanks, ranks
from perdure.platform.features.compute import compute_features
from perdure.platform.features.labels import compute_labels
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.metrics import auc
from perdure.platform.training.tabular import TabularPredictor
from perdure.solutions.conversion.benchmark.material import InMemory
from perdure.solutions.conversion.features import features
from perdure.solutions.conversion.label import label
from perdure.solutions.conversion.model import train
from perdure.solutions.conversion.sample.world import sample
from perdure.solutions.conversion.solution import SOLUTION

CASE = "DEMOVEL"


@pytest.fixture(scope="module")
def learnt():
    """The candidate trained on three dates of a world, and a later date it never saw."""
    world, settings = sample(11, 4000), settings_of("sample")
    tables = dict(world.tables(world.horizon))
    contract, declared = label(settings, CASE), features(settings, CASE)
    at = same_day_or_month_end(world.horizon, -5)
    dates = settings.index.dates(world.start, at, contract.span_months())[-3:]
    frame = _asked(tables, declared, contract, dates, at)
    held = InMemory(frame, declared.digest(), contract.digest(), dates)
    context = TrainingContext(None, SOLUTION, CASE, settings, declared, contract, held)
    later = _asked(tables, declared, contract, [at], world.horizon)
    return world, context, train(context), at, later


def _asked(tables, declared, contract, dates, as_of):
    labels = compute_labels(tables, contract, CONTRACTS, dates, as_of)
    made = compute_features(tables, declared, CONTRACTS, labels.select(["entity", "at"]))
    return made.append_column("label", labels["label"])


def test_on_a_later_date_the_model_is_close_to_the_best_possible(learnt):
    world, _, candidate, at, later = learnt
    model = TabularPredictor.from_files(candidate.files, ("perdure.methods",))
    entities, chances = world.best_possible(CASE, at)
    best = pl.DataFrame({"entity": entities, "best": chances})
    frame = pl.DataFrame(later.select(["entity", "label", "market_claims_12mo"])).with_columns(
        pl.Series("raw", model.raw(later)), pl.Series("said", model.predict(later))
    )
    known = frame.drop_nulls("label").join(best, on="entity")
    y, truth = known["label"].to_numpy(), known["best"].to_numpy()
    reached = auc(y, known["raw"].to_numpy())
    assert reached > auc(y, truth) - 0.06
    assert reached > auc(y, known["market_claims_12mo"].to_numpy()) + 0.04
    assert np.corrcoef(known["said"].to_numpy(), truth)[0, 1] > 0.6
    assert known["said"].mean() == pytest.approx(truth.mean(), rel=0.25)


def test_everyone_who_converts_was_asked_about(learnt):
    world, _, _, at, later = learnt
    entities, chances = world.best_possible(CASE, at)
    asked = set(later["entity"].to_pylist())
    missing = [c for e, c in zip(entities, chances, strict=True) if e not in asked]
    # Only those with fewer than six market prescriptions in a year are not asked about.
    assert len(missing) < 0.02 * len(entities)


def test_no_label_column_and_no_protected_attribute_is_an_input(learnt):
    _, _, candidate, _, _ = learnt
    names = {column["name"] for column in candidate.signature["inputs"]}
    assert not names & {"specialty", "city", "state", "territory", "gender", "label"}


def test_the_same_rows_in_another_order_give_the_same_model(learnt):
    _, context, candidate, _, _ = learnt
    frame = context.training_set.frame()
    order = np.random.default_rng(0).permutation(frame.num_rows)
    mixed = InMemory(
        frame.take(order),
        context.training_set.feature_digest,
        context.training_set.label_digest,
        context.training_set.index_dates,
    )
    again = train(
        TrainingContext(
            None,
            SOLUTION,
            CASE,
            context.settings,
            context.feature_set,
            context.label,
            mixed,
        )
    )
    assert again.files == candidate.files
    assert again.evidence == candidate.evidence


def test_next_month_changes_no_score(learnt):
    world, context, candidate, at, later = learnt
    model = TabularPredictor.from_files(candidate.files, ("perdure.methods",))
    tables = dict(world.tables(at - timedelta(0)))
    now = compute_features(tables, context.feature_set, CONTRACTS, later.select(["entity", "at"]))
    assert np.array_equal(model.raw(now), model.raw(later))


def test_pooled_ranks_carry_over_to_a_group_on_another_scale():
    rng = np.random.default_rng(0)

    def group(scale, sign=1.0):
        X = rng.normal(0, 1, (2000, 3))
        y = (rng.random(2000) < 1 / (1 + np.exp(2.5 - sign * 1.5 * X[:, 0]))).astype(float)
        return np.exp(X) * scale, y

    model = PooledRanks().fit({"a": group(1), "b": group(100)})
    X, y = group(1e-4)
    assert auc(y, model.raw(X)) > 0.75
    assert np.argmax(np.abs(model.slopes)) == 0


def test_a_group_with_many_outcomes_does_not_outvote_a_small_one():
    rng = np.random.default_rng(1)
    X = rng.normal(0, 1, (4000, 2))
    many = (rng.random(4000) < 1 / (1 + np.exp(-2 * X[:, 0]))).astype(float)
    few = (rng.random(4000) < 1 / (1 + np.exp(4 - 2 * X[:, 1]))).astype(float)
    slopes = PooledRanks(C=1.0).fit({"many": (X, many), "few": (X, few)}).slopes
    assert slopes.min() > 0.3 * slopes.max()


def test_missing_values_rank_in_the_middle():
    X = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]])
    assert ranks(X)[2, 0] == 0.5
    assert (ranks(X)[:, 1] == 0.5).all()
