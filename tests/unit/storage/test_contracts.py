"""Contracts as schema and as rules: each kind of break is named, nothing else is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import polars as pl
import pyarrow as pa
import pytest

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import Column, RowRule
from perdure.platform.storage.contracts import (
    DETAIL,
    RULE,
    arrow_schema,
    polars_schema,
    schema_of,
    split,
)

ROW = {
    "npi": "1000000001",
    "event_time": datetime(2026, 1, 1),
    "known_at": datetime(2026, 1, 2),
    "visits": 3,
    "cost": 12.5,
    "channel": "visit",
    "paid": True,
}


def frame(contract, **changed) -> pl.DataFrame:
    schema = {name: kind for name, kind in polars_schema(contract).items() if name in ROW}
    return pl.DataFrame([{**ROW, **changed}], schema=schema)


@pytest.mark.parametrize(
    ("changed", "rule", "words"),
    [
        ({"npi": None}, "npi:missing-value", "npi has no value"),
        ({"npi": "12"}, "npi:wrong-pattern", "'12'"),
        ({"npi": "10000000011"}, "npi:wrong-pattern", "whole"),
        ({"event_time": None}, "event_time:missing-value", "no value"),
        ({"visits": -1}, "visits:below-minimum", "at least 0"),
        ({"visits": 1001}, "visits:above-maximum", "at most 1000"),
        ({"visits": None}, "visits:missing-value", "no value"),
        ({"cost": -0.5}, "cost:below-minimum", "'-0.5'"),
        ({"cost": float("inf")}, "cost:not-finite", "finite"),
        ({"cost": 1e308}, "cost:above-maximum", "at most 1e+15"),
        ({"cost": float("nan")}, "cost:not-finite", "finite"),
        ({"channel": "fax"}, "channel:not-allowed", "one of visit, mail"),
        ({"known_at": datetime(2025, 1, 1)}, "known-before", "known_at >= event_time"),
    ],
)
def test_each_rule_is_named_and_told(contract, changed, rule, words):
    good, bad = split(contract, frame(contract, **changed))
    assert good.is_empty()
    assert bad[RULE].to_list() == [rule]
    if words != "whole":
        assert words in bad[DETAIL][0]


@pytest.mark.parametrize("changed", [{}, {"cost": None}, {"channel": None}, {"paid": None}])
def test_rows_that_keep_the_contract_pass(contract, changed):
    good, bad = split(contract, frame(contract, **changed))
    assert (len(good), len(bad)) == (1, 0)


def test_a_row_that_breaks_several_rules_is_there_once_with_all_of_them(contract):
    _, bad = split(contract, frame(contract, visits=-1, channel="fax", npi="x"))
    assert len(bad) == 1
    assert bad[RULE][0] == "npi:wrong-pattern"
    assert all(word in bad[DETAIL][0] for word in ("visits", "channel", "npi"))


def test_order_and_every_row_are_kept(contract):
    rows = pl.concat([frame(contract, visits=n) for n in (5, -1, 7, 2000, 9)])
    good, bad = split(contract, rows)
    assert good["visits"].to_list() == [5, 7, 9]
    assert bad["visits"].to_list() == [-1, 2000]
    assert bad.columns == [*rows.columns, RULE, DETAIL]


def test_a_rule_over_nothing_known_counts_as_kept(contract):
    loose = replace(contract, rules=(RowRule("cheap", "cost < 10", "cost is small"),))
    good, _ = split(loose, frame(contract, cost=None))
    assert len(good) == 1


@pytest.mark.parametrize("expression", ["cost >", "price > 1", "cost + 1", "sleep(1) > 0"])
def test_a_rule_that_is_no_truth_expression_is_a_clear_error(contract, expression):
    with pytest.raises(ContractError, match="rule 'odd'"):
        schema_of(replace(contract, rules=(RowRule("odd", expression, ""),)))


def test_the_stored_schema_has_units_and_system_columns(contract):
    schema = arrow_schema(contract)
    assert schema.names[-3:] == ["_sequence", "_source", "_line"]
    assert schema.field("cost").metadata == {b"unit": b"usd"}
    assert schema.field("visits").type == pa.int64()
    assert list(polars_schema(contract)) == schema.names


def test_bounds_of_whole_numbers_are_rounded_inwards(contract):
    half = replace(
        contract, columns=(*contract.columns[:3], Column("visits", "integer", "", minimum=0.5)),
        rules=(),
    )  # fmt: skip
    cut = frame(contract, visits=0).select(half.names())
    assert len(split(half, cut)[1]) == 1
