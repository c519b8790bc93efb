"""Expressions are parsed and checked: nothing but arithmetic over known columns gets through."""

import pytest

from perdure.kernel.errors import FeatureError
from perdure.platform.features.expressions import LONGEST, compiled

COLUMNS = ("claims", "product", "days")
PARAMETERS = {"brand": "it's", "low": -1.5, "many": 3}


def sql(text, columns=COLUMNS):
    return compiled(text, columns, PARAMETERS, where="here").sql(dialect="duckdb")


@pytest.mark.parametrize(
    "text",
    [
        "claims",
        "product = :brand and claims > :low",
        "product in ('a', 'b') or product like 'c%' or product is null",
        "case when claims between 1 and 2 then 1 else 0 end",
        "coalesce(nullif(claims, 0), greatest(claims, days), least(1, 2))",
        "round(ln(claims + 1) * exp(2) / sqrt(days), 2) % 3",
        "lower(trim(product)) || upper('x')",
        "cast(product as double) + abs(-claims) + power(days, 2)",
        "not claims = 1 and true",
    ],
)
def test_plain_expressions_are_allowed(text):
    assert sql(text)


@pytest.mark.parametrize(
    "text",
    [
        "(select max(claims) from claims)",
        "claims in (select 1)",
        "exists (select 1)",
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "getenv('HOME')",
        "sum(claims)",
        "lag(claims) over ()",
        "current_date",
        "interval '1' day",
        "{'a': claims}",
        "[claims]",
        "claims::blob",
        "*",
        "?",
        "claims.product",
        "other.claims",
        "claims; drop table claims",
        "claims as x",
        "claims +",
        "",
        "select 1",
        "x'00'",
        "@claims",
        "unknown_function(claims)",
        "nextval('s')",
        "claims /* /",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(FeatureError):
        sql(text)


def test_comments_do_not_reach_the_query():
    assert sql("claims -- ; drop table x") == '"claims"'
    assert sql("claims /* ; */ + 1") == '("claims" + 1)'


def test_placeholders_are_bound_as_values():
    assert sql("product = :brand") == """("product" = 'it''s')"""
    assert sql("claims - :low") == '("claims" - (-1.5))'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_parameter_must_be_finite(value):
    with pytest.raises(FeatureError, match="not a finite number"):
        compiled(":x", [], {"x": value}, where="here")


def test_a_truth_value_is_a_parameter_too():
    assert compiled("claims = :x", ["claims"], {"x": True}, where="here").sql() == (
        '("claims" = TRUE)'
    )


def test_an_unknown_column_is_named_with_the_nearest_one():
    with pytest.raises(FeatureError) as error:
        compiled("klaims + 1", COLUMNS, {}, where="view 'v', aggregation 'a'")
    assert str(error.value) == (
        "view 'v', aggregation 'a': no column 'klaims' in 'klaims + 1'."
        " Next: did you mean 'claims'?"
    )


def test_names_are_compared_as_they_are_written():
    with pytest.raises(FeatureError, match="no column 'CLAIMS'"):
        sql("CLAIMS")


def test_an_unknown_parameter_is_named_with_the_nearest_one():
    with pytest.raises(FeatureError, match="no parameter ':brant'") as error:
        sql("product = :brant")
    assert error.value.hint == "did you mean 'brand'?"


def test_quotients_and_logarithms_stay_inside_their_domain():
    assert sql("claims / days").endswith('NULLIF(CAST("days" AS DOUBLE), 0.0))')
    assert "NULLIF" in sql("ln(claims / (days / 2))")
    assert sql("ln(claims)") == '(LN(NULLIF(GREATEST("claims", 0.0), 0.0)))'


def test_largest_and_smallest_leave_missing_values_out_in_every_dialect():
    tree = compiled("greatest(claims, days)", COLUMNS, {}, where="here")
    for dialect in ("duckdb", "spark"):
        assert "CASE" not in tree.sql(dialect=dialect)


def test_size_and_depth_are_bounded():
    with pytest.raises(FeatureError, match="characters"):
        sql("claims + " * LONGEST + "1")
    with pytest.raises(FeatureError, match="square roots"):
        sql("sqrt(" * 9 + "claims" + ")" * 9)
    deep = "(" * 1_500 + "claims" + ")" * 1_500
    with pytest.raises(FeatureError):
        sql(deep)


def test_a_column_named_like_a_keyword_is_quoted():
    assert sql('"order" + 1', columns=("order",)) == '("order" + 1)'
