"""The served policy: its file, its masks, its proposals and their chances."""

import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from perdure.kernel.errors import IntegrityError
from perdure.methods.contact.actions import ACTIONS, NONE
from perdure.methods.contact.planner import EVERY_START, plan
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld
from perdure.solutions.donor.bench import _shipped
from perdure.solutions.donor.chooser import FORM, VALUES, Chooser, knowledge
from perdure.solutions.donor.decide import propose
from perdure.solutions.donor.intervals import Intervals
from perdure.solutions.donor.predictor import DonorPredictor

ROWS = 400


@pytest.fixture(scope="module")
def chooser() -> Chooser:
    returns = ReturnModel((9.5, 5.5, 1.3, 34.0), (8.0, 5.8, 0.9, 24.0), (-0.7, 0.3, 0.8, -0.8), -1)
    world = ContactWorld(returns, months=6)
    made = plan(world, starts=EVERY_START[::25], tempers=knowledge(world))
    return Chooser.of(world, made, 6, "nominal", "priors")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(1)
    recency = rng.integers(0, 30, ROWS).astype(float)
    counts = np.cumsum(rng.integers(0, 2, (ROWS, 6)), axis=1)
    return pa.table({
        "recency_months": recency, "frequency": rng.integers(1, 30, ROWS).astype(float),
        "time_months": recency + 10, "sex": ["male", "female"] * (ROWS // 2),
        "country": ["GB", None] * (ROWS // 2),
        **{f"contacts_{n + 1}mo": counts[:, n].astype(float) for n in range(6)},
    })  # fmt: skip


@pytest.fixture(scope="module")
def predictions(chooser, table) -> pa.Table:
    made = DonorPredictor(chooser)
    at = pa.array([np.datetime64("2026-01-31T23:59:59", "us")] * ROWS)
    found = pa.table({"entity": [f"d{n}" for n in range(ROWS)], "at": at})
    for name, worth in zip(ACTIONS, made.values(table).T, strict=True):
        found = found.append_column(f"value_{name}", pa.array(worth))
    return found


def test_the_stored_policy_answers_to_the_last_bit(chooser, table) -> None:
    again = Chooser.from_files(chooser.to_files())
    first, second = DonorPredictor(chooser), DonorPredictor(again)
    np.testing.assert_array_equal(first.values(table), second.values(table))
    np.testing.assert_array_equal(first.predict(table), second.predict(table))
    assert first.why(table) == second.why(table)


def _form(**changes):
    """The stored form with other values."""
    return lambda f: f | {FORM: json.dumps({**json.loads(f[FORM]), **changes}).encode()}


def _values(change):
    """The stored array, changed."""

    def changed(files):
        held, array = io.BytesIO(), np.load(io.BytesIO(files[VALUES]))
        np.save(held, change(array))
        return files | {VALUES: held.getvalue()}

    return changed


LEAF = {"feature": [-1], "threshold": [0], "left": [-1], "right": [-1], "value": [[1, 0, 0, 0]],
        "rows": [1]}  # fmt: skip
FORK = {"feature": [0, -1, -1], "threshold": [4, 0, 0], "left": [1, -1, -1], "right": [2, -1, -1],
        "value": [[1, 0, 0, 0]] * 3, "rows": [1, 0.5, 0.5]}  # fmt: skip


def test_trees_that_fit_are_read(chooser) -> None:
    for tree in (LEAF, FORK):
        assert Chooser.from_files(_form(tree=tree)(chooser.to_files())).tree is not None


@pytest.mark.parametrize("change", [
    lambda f: f | {FORM: b"{}"}, lambda f: f | {VALUES: b"no array"},
    lambda f: f | {FORM: f[FORM].replace(b'"sms"', b'"fax"')},
    lambda f: f | {FORM: b"[]"}, lambda f: f | {FORM: b"null"}, lambda f: f | {FORM: b""},
    lambda f: f | {VALUES: b""}, lambda f: f | {VALUES: f[VALUES][:-9]},
    lambda f: {FORM: f[FORM]}, _form(intervals=[1]), _form(intervals={"GB": [1, 2]}),
    _form(starts=[2**70]), _form(contact_months="six"), _form(world={}),
    _form(tree={**FORK, "feature": [6, -1, -1]}), _form(tree={**FORK, "left": [9, -1, -1]}),
    _form(tree={**FORK, "left": [0, -1, -1]}), _form(tree={**FORK, "threshold": [4]}),
    _form(tree={**FORK, "right": [2]}), _form(tree={name: [] for name in FORK}),
    _form(tree={**LEAF, "value": [[float("nan"), 0, 0, 0]]}), _form(tree="always sms"),
    _values(lambda a: a[..., :3]), _values(lambda a: np.full_like(a, np.nan)),
    _values(lambda a: np.full(a.shape, "x")), _values(lambda a: np.where(np.isnan(a), np.inf, a)),
])  # fmt: skip
def test_another_file_is_refused(chooser, change) -> None:
    with pytest.raises(IntegrityError):
        Chooser.from_files(change(chooser.to_files()))


def test_a_deferred_donor_has_no_open_contact(chooser, table) -> None:
    values = DonorPredictor(chooser).values(table)
    deferred = table["recency_months"].to_numpy() < 2
    assert deferred.any()
    assert np.isnan(values[deferred, 1:]).all()
    assert np.isfinite(values[:, NONE]).all()


def test_who_may_not_give_this_month_has_no_chance_to(chooser, table) -> None:
    strict = replace(chooser, intervals=Intervals({"default": (2.0, 2.0), "GB": (40.0, 40.0)}))
    chance = DonorPredictor(strict).predict(table)
    british = np.arange(ROWS) % 2 == 0
    assert not chance[british].any()
    assert chance[~british & (table["recency_months"].to_numpy() >= 2)].all()


def test_every_reason_that_rests_on_priors_says_simulated(chooser, table) -> None:
    for told in DonorPredictor(chooser).why(table.slice(0, 50)):
        assert "simulated" in told[0].text


def test_everybody_is_proposed_with_the_chance_of_what_was_drawn(predictions) -> None:
    made = propose(_shipped(), "default", predictions)
    share = _shipped().decision.exploration_share
    assert made.height == ROWS
    values = np.column_stack([predictions[f"value_{a}"].to_numpy() for a in ACTIONS])
    place = {name: n for n, name in enumerate(predictions["entity"].to_pylist())}
    for row in made.iter_rows(named=True):
        able = np.isfinite(values[place[row["entity"]]])
        best = ACTIONS[int(np.nanargmax(values[place[row["entity"]]]))]
        wanted = share / able.sum() + (1 - share) * (row["action"] == best)
        assert row["propensity"] == pytest.approx(wanted)
        assert able[ACTIONS.index(row["action"])]
        assert set(json.loads(row["alternatives"])) == {
            a for a, one in zip(ACTIONS, able, strict=True) if one
        }


def test_the_same_question_draws_the_same_lots(predictions) -> None:
    one, two = (propose(_shipped(), "default", predictions) for _ in range(2))
    assert one.equals(two)


def test_nobody_is_written_to_at_night(predictions) -> None:
    made = propose(_shipped(), "default", predictions)
    assert set(made["send_at"].dt.hour().to_list()) == {_shipped().decision.send_hour}
