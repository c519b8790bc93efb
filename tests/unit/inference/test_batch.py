"""Streams: any batch size gives the same bits, memory is bounded, files are read gently."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

from perdure.kernel.decisions import Reason
from perdure.methods.blend import Blend
from perdure.methods.boosting import Boosting
from perdure.methods.isotonic import Isotonic
from perdure.methods.logistic import Logistic
from perdure.platform.inference import batch as scoring_module
from perdure.platform.inference.batch import (
    Scoring,
    dataset_batches,
    parquet_batches,
    score_file,
)
from perdure.platform.inference.reasons import Reasons, as_json, from_json
from perdure.platform.training.tabular import Inputs, TabularPredictor

MEANINGS = {"claims": "claims in 12 months", "specialty": "specialty"}


def rows(n: int = 5000, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "entity": [f"{i:06d}" for i in range(n)],
            "claims": pa.array(rng.lognormal(3, 1, n), mask=rng.random(n) < 0.1),
            "share": rng.random(n),
            "specialty": rng.choice(["GP", "ENT", "Cardiology"], n).tolist(),
        }
    )


@pytest.fixture(scope="module")
def predictor() -> TabularPredictor:
    table = rows(2000, seed=1)
    inputs = Inputs.of(table, ("claims", "share", "specialty"))
    X = inputs.matrix(table)
    rng = np.random.default_rng(2)
    y = (rng.random(len(X)) < 0.1 + 0.6 * X[:, 1] ** 2).astype(float)
    learner = Blend((Logistic(), Boosting(rounds=20)))
    learner.fit(X, y, names=inputs.names, categorical=inputs.categorical)
    return TabularPredictor(inputs, learner, Isotonic().fit(learner.raw(X), y))


def streamed(scoring: Scoring, table: pa.Table, size: int) -> pa.Table:
    batches = table.to_batches(max_chunksize=size)
    return scoring.stream(batches, table.schema).read_all()


@pytest.mark.parametrize("size", [1, 7, 1000, 65536])
def test_the_batch_size_changes_no_bit(predictor, size):
    scoring = Scoring(predictor, keep=("entity",), reasons=Reasons(MEANINGS))
    table = rows(200 if size == 1 else 5000)
    whole = streamed(scoring, table, 5000)
    assert streamed(scoring, table, size).equals(whole)
    assert np.array_equal(whole.column("probability"), predictor.predict(table))
    assert np.array_equal(whole.column("raw"), predictor.raw(table))


def test_parquet_in_parquet_out(predictor, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring_module, "BATCH", 700)
    table = rows()
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=1500)
    scoring = Scoring(predictor, keep=("entity", "share"), constants={"model": "demo/x@1"})
    count = score_file(scoring, tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert count == found.num_rows == 5000
    assert found.column_names == ["entity", "share", "raw", "probability", "reasons", "model"]
    assert np.array_equal(found.column("probability"), predictor.predict(table))
    assert found.column("model").unique().to_pylist() == ["demo/x@1"]


def test_only_needed_columns_and_small_batches_are_read(tmp_path):
    pq.write_table(rows(200_000), tmp_path / "in.parquet")
    for batches in (
        parquet_batches(tmp_path / "in.parquet", ["share"]),
        dataset_batches(pads.dataset(tmp_path / "in.parquet"), ["share"]),
    ):
        sizes = [(batch.num_rows, batch.schema.names) for batch in batches]
        assert sum(n for n, _ in sizes) == 200_000
        assert max(n for n, _ in sizes) <= scoring_module.BATCH
        assert all(names == ["share"] for _, names in sizes)


def test_rows_of_a_dataset_can_be_picked(tmp_path):
    pq.write_table(rows(1000), tmp_path / "in.parquet")
    dataset = pads.dataset(tmp_path / "in.parquet")
    few = list(dataset_batches(dataset, ["entity"], pads.field("share") > 0.9))
    assert 50 < sum(batch.num_rows for batch in few) < 150


def test_reasons_are_made_from_a_score_up(predictor):
    table = rows()
    p = predictor.predict(table)
    limit = float(np.quantile(p, 0.9))
    scoring = Scoring(predictor, ("entity",), reasons=Reasons(MEANINGS), explain_from=limit)
    found = streamed(scoring, table, 999)
    explained = np.array([text != "[]" for text in found.column("reasons").to_pylist()])
    assert np.array_equal(explained, p >= limit)


def test_reasons_add_up_to_the_score_when_all_are_asked_for(predictor):
    table = rows(50, seed=3)
    every = Reasons(MEANINGS, count=99).of_rows(predictor, table)
    _, _, base = predictor.contributions(table)
    for told, start, raw in zip(every, base, predictor.raw(table), strict=True):
        assert start + sum(r.effect for r in told) == pytest.approx(raw, abs=1e-9)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1204.0, "Claims in 12 months: 1,204 (typical 3.14)"),
        (0.123456, "Claims in 12 months: 0.123 (typical 3.14)"),
        (3.0, "Claims in 12 months: 3 (typical 3.14)"),
        (None, "Claims in 12 months: not known"),
        (float("nan"), "Claims in 12 months: not known"),
    ],
)
def test_reasons_read_as_people_write(value, words):
    reasons = Reasons(MEANINGS, {"claims": 3.14159})
    assert reasons.reason("claims", value, 0.5).text == words


def test_reasons_survive_json_even_with_hostile_values():
    told = (
        Reason("claims", float("inf"), 0.5, "x"),
        Reason("specialty", 'GP "<b>" \u2028', -0.1, "é"),
    )
    again = from_json(as_json(told))
    assert again[1] == told[1]
    assert again[0].value is None
    json.loads(as_json(told), parse_constant=lambda text: pytest.fail(text))


class Policy:
    """A predictor that is no classifier and cannot explain itself."""

    inputs = ("share",)

    def predict(self, table: pa.Table) -> np.ndarray:
        return table.column("share").to_numpy() * 100


def test_a_predictor_without_raw_scores_is_scored_too():
    scoring = Scoring(Policy(), keep=("entity",), reasons=Reasons({}))
    found = streamed(scoring, rows(10), 3)
    assert found.column("raw").equals(found.column("probability"))
    assert set(found.column("reasons").to_pylist()) == {"[]"}


def test_no_rows_give_no_rows(predictor):
    table = rows(5).slice(0, 0)
    scoring = Scoring(predictor, keep=("entity",))
    assert scoring.stream([], table.schema).read_all().num_rows == 0
