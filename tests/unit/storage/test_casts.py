"""Casts: what a text or a foreign type means as a value, and what it does not mean."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import Column
from perdure.platform.storage.casts import BLANK, cast, cast_column, cast_value
from perdure.platform.storage.hints import Hints

# A busy machine is no fault of the code.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(dtype, values, *, unit=None, absent=(), hints=None):
    """Value and rule of each given value."""
    column = Column("x", dtype, "", unit=unit, absent=absent)
    series = values if isinstance(values, pl.Series) else pl.Series(values)
    made, rules = cast_column(column, series, hints or Hints())
    return made.to_list(), rules.to_list() if rules is not None else [None] * len(made)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        (" 12 ", 12.0),
        ("\u00a012\ufeff", 12.0),
        ("-1.5", -1.5),
        ("+3", 3.0),
        ("1,234", 1234.0),
        ("1,234,567.89", 1234567.89),
        ("$12.50", 12.5),
        ("-$4", -4.0),
        ("$ -4", -4.0),
        ("$1,000", 1000.0),
        ("(3.5)", -3.5),
        ("−2", -2.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_numbers_that_mean_one_thing(text, value):
    assert read("number", [text, "7"]) == ([value, 7.0], [None, None])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("abc", "not-a-number"),
        ("12 mg", "not-a-number"),
        ("5%", "not-a-number"),
        ("nan", "not-a-number"),
        ("inf", "not-a-number"),
        ("1,5", "not-a-number"),
        ("1,23,456", "not-a-number"),
        ("0,123", "not-a-number"),
        ("1.234,5", "not-a-number"),
        ("--1", "not-a-number"),
        ("1 2", "not-a-number"),
        ("$", "not-a-number"),
        ("1e999", "out-of-range"),
        ("9" * 400, "out-of-range"),
    ],
)
def test_texts_that_are_no_numbers(text, rule):
    assert read("number", ["7", text]) == ([7.0, None], [None, rule])


@pytest.mark.parametrize("text", ["€5", "5 EUR", "£5", "5 mg", "EUR 5"])
def test_a_value_in_another_unit_is_named_so(text):
    assert read("number", [text], unit="usd") == ([None], ["wrong-unit"])


@pytest.mark.parametrize(
    ("text", "unit"), [("5 usd", "usd"), ("$5", "usd"), ("5%", "percent"), ("5 days", "day")]
)
def test_the_own_unit_beside_a_value_is_taken_away(text, unit):
    assert read("number", [text], unit=unit) == ([5.0], [None])


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("12", 12, None),
        ("12.0", 12, None),
        ("12.", 12, None),
        ("007", 7, None),
        ("1,234", 1234, None),
        ("9223372036854775807", 2**63 - 1, None),
        ("1.5", None, "not-an-integer"),
        ("1.2E+9", None, "not-an-integer"),
        ("9223372036854775808", None, "out-of-range"),
        ("x", None, "not-a-number"),
    ],
)
def test_whole_numbers(text, value, rule):
    assert read("integer", [text]) == ([value], [rule])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020-01-02", datetime(2020, 1, 2)),
        ("2020-1-2", datetime(2020, 1, 2)),
        ("2020-01-02 03:04", datetime(2020, 1, 2, 3, 4)),
        ("2020-01-02T03:04:05.123456", datetime(2020, 1, 2, 3, 4, 5, 123456)),
        ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5)),
        ("2020-01-02T03:04:05+02:00", datetime(2020, 1, 2, 1, 4, 5)),
        ("2020-01-02 03:04-0500", datetime(2020, 1, 2, 8, 4)),
        ("20200131", datetime(2020, 1, 31)),
        ("1/31/2020", datetime(2020, 1, 31)),
        ("11/06/2013 12:00:00 AM", datetime(2013, 11, 6)),
        ("11/06/2013 1:05 pm", datetime(2013, 11, 6, 13, 5)),
        ("11/06/2013 13:05", datetime(2013, 11, 6, 13, 5)),
        ("31.01.2020", datetime(2020, 1, 31)),
        ("31.01.2020 07:05", datetime(2020, 1, 31, 7, 5)),
        ("3.2.2020 7:05:09", datetime(2020, 2, 3, 7, 5, 9)),
        ("02-Jan-2020", datetime(2020, 1, 2)),
        ("02JAN2020", datetime(2020, 1, 2)),
        ("2020/1/5", datetime(2020, 1, 5)),
        ("9999-12-31", datetime(9999, 12, 31)),
    ],
)
def test_moments_that_mean_one_thing(text, value):
    assert read("timestamp", [text, None]) == ([value, None], [None, None])


@pytest.mark.parametrize(
    "text", ["2020-02-30", "2020", "99999999", "1/2/20", "yesterday", "2020-13-01", "25:00"]
)
def test_texts_that_are_no_moments(text):
    assert read("timestamp", [text]) == ([None], ["not-a-date"])


def test_a_moment_within_a_day_is_no_date():
    values, rules = read("date", ["2020-01-02", "2020-01-02 00:00:00", "2020-01-02 10:00"])
    assert values == [date(2020, 1, 2), date(2020, 1, 2), None]
    assert rules == [None, None, "not-a-date"]


def test_truth_values():
    values, rules = read("boolean", ["Yes", "n", "1", " FALSE ", "maybe", None])
    assert values == [True, False, True, False, None, None]
    assert rules == [None] * 4 + ["not-a-truth-value", None]


def test_texts_lose_blanks_and_absent_ones_become_nothing():
    values, _ = read("string", [" a b ", "", "*", "N/A", "007"], absent=("*", "N/A"))
    assert values == ["a b", None, None, None, "007"]
    assert read("integer", ["-9", "12"], absent=("-9",)) == ([None, 12], [None, None])


@pytest.mark.parametrize(
    ("dtype", "values", "wanted", "rules"),
    [
        ("string", pl.Series([1234567890.0, None]), ["1234567890", None], [None, None]),
        ("string", pl.Series([1.5, 2.0]), ["1.5", "2.0"], [None, None]),
        ("string", pl.Series([12, 3]), ["12", "3"], [None, None]),
        ("string", pl.Series([date(2020, 1, 1)]), ["2020-01-01"], [None]),
        ("integer", pl.Series([1.0, 2.5, float("nan")]), [1, None, None],
         [None, "not-an-integer", None]),
        ("integer", pl.Series([2**64 - 1], dtype=pl.UInt64), [None], ["out-of-range"]),
        ("integer", pl.Series([1e300]), [None], ["not-an-integer"]),
        ("number", pl.Series([1, 2]), [1.0, 2.0], [None, None]),
        ("number", pl.Series([Decimal("1.25")]), [1.25], [None]),
        ("number", pl.Series([date(2020, 1, 1)]), [None], ["not-a-number"]),
        ("number", pl.Series([float("nan")]), [None], [None]),
        ("number", pl.Series(["1", "2"], dtype=pl.Categorical), [1.0, 2.0], [None, None]),
        ("number", pl.Series([b"1.5", b"\xff"]), [1.5, None], [None, "not-a-number"]),
        ("boolean", pl.Series([0, 1, 2]), [False, True, None], [None, None, "not-a-truth-value"]),
        ("date", pl.Series([20200131]), [date(2020, 1, 31)], [None]),
        ("date", pl.Series([datetime(2020, 1, 1, 5)]), [None], ["not-a-date"]),
        ("timestamp", pl.Series([date(2020, 1, 1)]), [datetime(2020, 1, 1)], [None]),
        ("timestamp", pl.Series([datetime(2020, 1, 1, tzinfo=UTC)]), [datetime(2020, 1, 1)],
         [None]),
        ("timestamp", pl.Series([None]), [None], [None]),
    ],
)  # fmt: skip
def test_values_of_other_types(dtype, values, wanted, rules):
    assert read(dtype, values) == (wanted, rules)


def test_nested_values_are_refused_as_a_whole():
    with pytest.raises(ContractError, match="not single values"):
        read("number", pl.Series([[1], [2]]))


def test_day_first_dates_are_refused_unless_the_file_is_month_first():
    hints = Hints()
    read("timestamp", ["03/04/2020", "25/12/2020"], hints=hints)
    with pytest.raises(ContractError, match="'25/12/2020' is day/month/year"):
        hints.check("file.csv")
    read("timestamp", ["12/25/2020"], hints=hints)
    hints.check("file.csv")


def test_ambiguous_dates_are_said_to_be_read_as_month_first():
    hints = Hints()
    read("timestamp", ["03/04/2020"], hints=hints)
    assert hints.notes() == ["dates in 'x' such as '03/04/2020' were read as month/day/year"]


def test_thousands_beside_decimal_commas_are_refused():
    hints = Hints()
    read("number", ["1,234"], hints=hints)
    hints.check("file.csv")
    read("number", ["12,5"], hints=hints)
    with pytest.raises(ContractError, match="decimal comma"):
        hints.check("file.csv")


def test_a_value_for_all_rows_is_cast_or_refused():
    column = Column("x", "timestamp", "")
    assert pl.select(cast_value(column, "2020-01-02")).item() == datetime(2020, 1, 2)
    assert pl.select(cast_value(column, None)).item() is None
    with pytest.raises(ContractError, match="not-a-date"):
        cast_value(column, "soon")


def test_every_unreadable_value_of_a_row_is_told(contract):
    frame = pl.DataFrame({"npi": ["1", "2"], "visits": ["x", "3"], "cost": ["y", "4"]})
    made = cast(contract, frame, Hints())
    assert made.faults["place"].to_list() == [0]
    assert made.faults["_rule"].to_list() == ["visits:not-a-number"]
    assert made.faults["_detail"].to_list() == [
        "visits is 'x', expected a number; cost is 'y', expected a number"
    ]
    assert made.frame["visits"].to_list() == [None, 3]


@unhurried
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=1))
def test_any_number_written_out_is_read_back(values):
    texts = [None if v is None else repr(v) for v in values]
    assert read("number", pl.Series(texts, dtype=pl.String)) == (values, [None] * len(values))


@unhurried
@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1))
def test_any_whole_number_written_out_is_read_back(values):
    texts = [None if v is None else f" {v}" for v in values]
    assert read("integer", pl.Series(texts, dtype=pl.String)) == (values, [None] * len(values))


@unhurried
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_thousands_and_dollars_never_change_a_value(values):
    texts = [f"{'-' if v < 0 else ''}${abs(v):,}" for v in values]
    assert read("integer", texts)[0] == values


@unhurried
@given(st.lists(st.datetimes(datetime(1600, 1, 1), datetime(9999, 12, 31)), min_size=1))
def test_any_moment_written_out_is_read_back(values):
    assert read("timestamp", [v.isoformat() for v in values])[0] == values
    assert read("timestamp", [v.isoformat(" ") + "Z" for v in values])[0] == values


@unhurried
@given(
    st.sampled_from(["number", "integer", "boolean", "timestamp", "date", "string"]),
    st.lists(st.none() | st.text(max_size=20) | st.text("0123456789.,$-/: TZ%", max_size=12)),
)
def test_a_text_is_a_value_or_has_a_rule_and_never_both(dtype, texts):
    values, rules = read(dtype, pl.Series(texts, dtype=pl.String))
    for text, value, rule in zip(texts, values, rules, strict=True):
        assert value is None or rule is None
        if value is None and rule is None:
            assert text is None or pl.Series([text]).str.strip_chars(BLANK)[0] == ""
