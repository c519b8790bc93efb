"""The simulated doctor on a made-up practice in which the complaint tells everything."""

from __future__ import annotations

import numpy as np
import pytest

from perdure.methods.recommend.ranker import RankerSettings
from perdure.solutions.prescription.bench import bench
from perdure.solutions.prescription.benchmark.material import read_material, read_names
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.parts import fit_parts
from perdure.solutions.prescription.engine.stack import StackSettings, fit_stack
from perdure.solutions.prescription.keystrokes.counting import Keys, count_keys
from perdure.solutions.prescription.keystrokes.measure import rows_of, verdicts
from perdure.solutions.prescription.keystrokes.moments import ORDER, moments


@pytest.fixture(scope="module")
def learned(practice):
    found = read_material(practice, (2006, 2007, 2008))
    early, late = np.arange(300), np.arange(300, 400)
    parts = fit_parts(found.visits.take(early), found.terms, 2007 * 12.0, fields=list(SERVED))
    few = StackSettings(ranker=RankerSettings(rounds=20, least=5))
    stack = {name: fit_stack(parts, found.visits, late, name, few) for name in ORDER}
    return found, parts, stack, read_names(practice, found.terms)


def test_what_stands_there_is_what_was_entered_before(learned):
    found = learned[0]
    rows = np.array([5, 9])
    made = moments(found.visits, rows, "brand", found.terms)
    assert made.visit.tolist() == [0, 0, 1, 1]
    now = made.asked.visits.sets
    assert now["brand"].sizes.tolist() == now["molecule"].sizes.tolist() == [0, 1, 0, 1]
    assert now["diagnosis"].sizes.tolist() == [1, 1, 1, 1]
    assert not len(now["lab"].indices)
    assert not len(now["advice"].indices)
    assert now["brand"].indices.tolist() == made.item[[0, 2]].tolist()


def test_pills_save_keys_once_something_is_entered(learned):
    found, parts, stack, names = learned
    rows = np.arange(420, 480)
    keys = count_keys(parts, stack, found.visits, rows, "brand", names["brand"])
    assert len(keys.pills) == 2 * len(rows)
    assert (keys.pills == 1).mean() > 0.95
    assert (keys.search >= 2).all()
    assert (keys.typing >= keys.search).all()
    assert keys.typing[0] == len(names["brand"][found.visits.sets["brand"].indices[2 * 420]]) + 1


def test_the_search_list_is_in_order_of_popularity(learned):
    found, parts, stack, names = learned
    keys = count_keys(parts, stack, found.visits, np.arange(420, 520), "complaint",
                      names["complaint"])  # fmt: skip
    item = found.visits.take(np.arange(420, 520)).sets["complaint"].indices
    popular = np.argsort(-parts.popularity["complaint"], kind="stable")
    first = np.isin(item, popular[:8])
    # All names begin with the same word, so one letter shows the eight most popular of them.
    assert (keys.search[first] == 2).all()
    assert (keys.search[~first] > 2).all()


def test_rows_add_up_and_the_verdict_can_fail():
    keys = Keys(
        np.array([0, 0, 2]), np.array([10, 10, 10]), np.array([4, 4, 4]), np.array([1, 1, 5])
    )
    rows = list(rows_of({"lab": keys, "advice": keys}, 3))
    told = {(row.case, row.method, row.metric): row for row in rows}
    assert told["prescription", "typing", "keys"].value == 30
    assert told["prescription", "typing", "keys"].n == 2
    assert told["lab", "pills", "keys"].value == 3.5
    assert told["lab", "pills", "untyped_percent"].value == pytest.approx(200 / 3)
    assert told["prescription", "entries", "keys"].value == 3
    assert told["prescription", "pills / typing", "fewer_percent"].value == pytest.approx(
        100 * 23 / 30
    )
    # Measured against both, judged against a prescription that is typed without help.
    assert told["prescription", "pills / search", "fewer_percent"].value < 60
    assert [verdict.holds for verdict in verdicts(rows)] == [True]
    slow = Keys(keys.visit, keys.typing, keys.search, np.array([5, 5, 5]))
    assert [verdict.holds for verdict in verdicts(list(rows_of({"lab": slow}, 3)))] == [False]


def test_the_bench_types_when_it_is_asked_to(practice):
    options = {"train": "2006-2007", "test": "2008", "sample": "20", "visits": "60",
               "fields": "complaint,diagnosis", "keystrokes": "true"}  # fmt: skip
    report = bench(practice, options)
    cases = {row.case for row in report.rows if row.metric == "keys"}
    assert cases == {"complaint", "diagnosis", "prescription"}
    assert any("fewer" in verdict.wanted for verdict in report.verdicts)
    plain = bench(practice, {**options, "keystrokes": ""})
    assert not any(row.metric == "keys" for row in plain.rows)
