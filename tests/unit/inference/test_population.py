"""Everyone eligible is scored once, from versioned features, and the table says by what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow.compute as pc
import pytest
from inference_made import AT, CASE, NAME, SOLUTION, candidate, promote, tables

from perdure.kernel.errors import StoreError, UsageError
from perdure.platform.features.materialise import features_table
from perdure.platform.inference.online import OnlineScorer, score_one
from perdure.platform.inference.population import predictions_table, score_population, scored_rows
from perdure.platform.inference.predictor import champion_of, open_model
from perdure.platform.inference.reasons import from_json
from perdure.platform.registry.registry import Registry

CHAMPION = f"{NAME}@champion"


def scored(project, reference=CHAMPION):
    return score_population(project, SOLUTION, CASE, AT, reference, run="run_1")


def test_exactly_the_eligible_are_scored(project):
    rows = scored_rows(project, scored(project))
    claims = tables()["claims"].to_pylist()
    wanted = {r["npi"] for r in claims if r["claims"] >= 5 and r["product"] != "x"}
    assert set(rows.column("entity").to_pylist()) == wanted
    assert rows.num_rows == len(wanted) < 300


def test_each_row_says_by_what_and_why(project):
    made = scored(project)
    rows = scored_rows(project, made)
    first = rows.slice(0, 1).to_pylist()[0]
    assert first["model"] == made.model == f"{NAME}@1"
    assert (first["run"], first["scored_at"]) == ("run_1", "2026-02-01T00:00:00")
    assert first["territory"] in ("north", "south")
    assert (first["at"], first["index_date"]) == (AT, "2025-01-01")
    reasons = from_json(first["reasons"])
    assert 1 <= len(reasons) <= 3
    assert [abs(r.effect) for r in reasons] == sorted(
        (abs(r.effect) for r in reasons), reverse=True
    )
    words = {r.feature: r.text for r in reasons}
    assert words["claims_6mo"].startswith("Claims of the class: ")
    assert "(typical " in words["claims_6mo"]


def test_scores_are_those_of_the_model_best_first(project):
    rows = scored_rows(project, scored(project))
    predictor = open_model(project, SOLUTION, CHAMPION).predictor
    features = project.lake.read(features_table("tiny", CASE))
    by_entity = dict(
        zip(features.column("entity").to_pylist(), predictor.predict(features), strict=True)
    )
    for entity, p in zip(
        rows.column("entity").to_pylist(), rows.column("probability").to_pylist(), strict=True
    ):
        assert by_entity[entity] == p
    assert pc.all(pc.less_equal(rows.column("probability"), 1.0)).as_py()
    p = rows.column("probability").to_numpy()
    assert (np.diff(p) <= 0).all()


def test_the_same_question_writes_nothing_twice(project):
    first, second = scored(project), scored(project)
    assert (first.version, first.rows) == (second.version, second.rows)
    promote(project, seed=1)
    third = scored(project)
    assert third.version == first.version + 1
    assert third.model == f"{NAME}@2"
    assert project.lake.rows(predictions_table("tiny", CASE)) == first.rows


def test_rollback_gives_bit_identical_scores(project):
    before = scored_rows(project, scored(project))
    promote(project, seed=1)
    changed = scored_rows(project, scored(project))
    Registry(project).rollback(NAME, actor="bob", reason="worse")
    after = scored_rows(project, scored(project, f"{NAME}@champion"))
    columns = ["entity", "raw", "probability", "reasons"]
    assert after.select(columns).equals(before.select(columns))
    assert not changed.select(columns).equals(before.select(columns))


def test_online_equals_batch_to_the_last_bit(project):
    rows = scored_rows(project, scored(project)).to_pylist()
    scorer = OnlineScorer(project, SOLUTION, CASE)
    for row in rows[::7]:
        one = scorer.score(row["entity"])
        assert (one.raw, one.probability) == (row["raw"], row["probability"])
        assert one.reasons == from_json(row["reasons"])
        assert (one.model, one.data_as_of) == (row["model"], AT)


def test_given_features_score_as_the_stored_ones_do(project):
    features = project.lake.read(features_table("tiny", CASE)).slice(40, 1).to_pylist()[0]
    asked = {n: features[n] for n in ("claims_6mo", "claims_12mo", "specialty")}
    given = score_one(project, SOLUTION, CASE, asked)
    looked_up = score_one(project, SOLUTION, CASE, features["entity"])
    assert (given.raw, given.probability) == (looked_up.raw, looked_up.probability)
    assert (given.entity, given.data_as_of) == (None, None)


def test_an_online_scorer_follows_promotion_and_rollback(project):
    scorer = OnlineScorer(project, SOLUTION, CASE)
    entity = "00100"
    first = scorer.score(entity)
    promote(project, seed=1)
    second = scorer.score(entity)
    assert second.model == f"{NAME}@2"
    Registry(project).rollback(NAME, actor="bob", reason="worse")
    assert scorer.score(entity) == first


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("99999", "nothing is known about '99999'"),
        ({"claims_6mo": 1.0}, "2 features are missing: claims_12mo, specialty"),
        ({"claim_6mo": 1.0}, "did you mean 'claims_6mo'"),
        ({"claims_6mo": "1", "claims_12mo": 1.0, "specialty": "GP"}, "Expected a number"),
        ({"claims_6mo": 1.0, "claims_12mo": 1.0, "specialty": 3.0}, "Expected text"),
    ],
)
def test_a_wrong_question_is_explained(project, asked, words):
    with pytest.raises(UsageError) as error:
        score_one(project, SOLUTION, CASE, asked)
    assert words in str(error.value)


def test_without_features_or_champion_the_next_command_is_named(project):
    with pytest.raises(StoreError, match="perdure run tiny features --as-of 2025-03-01"):
        score_population(project, SOLUTION, CASE, datetime(2025, 3, 1), CHAMPION)
    with pytest.raises(UsageError, match="no champion yet"):
        score_one(project, SOLUTION, "Other", "00001")


def test_a_model_of_other_declarations_is_refused(project):
    other = replace(SOLUTION, features="inference_made:other_features")
    with pytest.raises(StoreError, match="other feature declarations"):
        score_population(project, other, CASE, AT, CHAMPION)


def test_the_champion_is_handed_to_training_with_what_it_has_seen(project):
    found = champion_of(project, SOLUTION, CASE)
    assert (found.reference, found.seen_until) == (f"{NAME}@1", datetime(2024, 7, 1))
    assert champion_of(project, SOLUTION, "Other") is None


def test_candidates_of_the_same_seed_are_the_same(project):
    assert candidate(project, 3).files == candidate(project, 3).files
