"""Declarations that cannot be compiled: each error names the declaration and the way out."""

from dataclasses import replace

import pyarrow as pa
import pytest
from features_cases import CONTRACTS, EVERYTHING, MOMENTS, spine_of, tables

from perdure.kernel.errors import FeatureError, UsageError
from perdure.kernel.features import (
    Aggregation,
    Derived,
    FeatureSet,
    FeatureView,
    PeerRatio,
    PeerShare,
)
from perdure.platform.features.compiler import compile_features
from perdure.platform.features.compute import compute_features
from perdure.platform.features.sources import opened

SPINE = spine_of([("a", MOMENTS[0])])
EMPTY = {"claims": [], "physician": [], "shared": []}


def compile_set(*declarations, **more):
    made = FeatureSet("set", "npi", "physician", declarations, {"brand": "X"})
    return compile_features(replace(made, **more), CONTRACTS)


def view(**more):
    return FeatureView("v", "npi", "claims", (Aggregation("x", meaning="x", **more),))


COUNT = view(function="count")
SHARE = PeerShare("p", "npi", "claims", "product = :brand", "p", groups="physician",
                  group_by=("city",))  # fmt: skip


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (view(function="sum"), "'sum' needs a value"),
        (view(function="recency", value="claims"), "'recency' takes no value"),
        (view(function="age", value="claims"), "'age' takes no value"),
        (view(function="share", value="claims"), "'part' belongs to 'share'"),
        (view(function="sum", value="claims", part="true"), "'part' belongs to 'share'"),
        (view(function="adstock", value="claims"), "'half_life_days' belongs to 'adstock'"),
        (view(function="adstock", value="claims", half_life_days=0.0), "half-life of 0.0 days"),
        (view(function="trend", value="claims"), "'trend' needs a window"),
        (view(function="count", windows=("1 year",)), "is not a window"),
        (view(function="last", value="product"), "'product' holds text"),
        (view(function="sum", value="klaims"), "no column 'klaims'"),
        (view(function="count", where="product = :brnd"), "no parameter ':brnd'"),
        (replace(COUNT, entity="doctor"), "no entity column 'doctor'"),
        (replace(COUNT, source="klaims"), "no table contract named 'klaims'"),
        (replace(SHARE, edges="shared"), "either 'groups' with 'group_by' or 'edges'"),
        (replace(SHARE, groups=None), "either 'groups' with 'group_by' or 'edges'"),
        (replace(SHARE, group_by=()), "belong together"),
        (replace(SHARE, group_by=("town",)), "no column 'town'"),
        (replace(SHARE, prior_weight=-1.0), "prior weight -1.0"),
        (replace(SHARE, adopted="produkt = 'X'"), "no column 'produkt'"),
        (PeerRatio("r", "y", "physician", ("city",), "r"), "no feature 'y' before it"),
        (Derived("d", "x + 1", "d"), "no column 'x'"),
        (Derived("at", "1", "d"), "'at' is no name for a feature"),
        (Derived("label", "1", "d"), "'label' is no name for a feature"),
        (Derived("a-b", "1", "d"), "'a-b' is no name for a feature"),
    ],
)
def test_a_wrong_declaration_is_one_clear_error(made, says):
    with pytest.raises(FeatureError) as error:
        compile_set(made)
    assert says in str(error.value)


def test_an_unknown_table_is_an_error_before_anything_is_read():
    made = FeatureSet("set", "npi", "physician", (replace(COUNT, source="klaims"),))
    with pytest.raises(FeatureError, match="no table contract named 'klaims'"):
        compute_features(tables(EMPTY), made, CONTRACTS, SPINE)


def test_errors_name_view_and_aggregation():
    with pytest.raises(FeatureError) as error:
        compile_set(view(function="sum", value="klaims"))
    assert error.value.where == "view 'v', aggregation 'x', value"
    assert error.value.hint == "did you mean 'claims'?"


def test_edges_must_have_their_columns():
    made = replace(SHARE, groups=None, group_by=(), edges="shared", to_column="too")
    with pytest.raises(FeatureError, match="'too'"):
        compile_set(made)


def test_names_must_differ_in_more_than_case():
    with pytest.raises(FeatureError, match="differ in case only"):
        compile_set(Derived("One", "1", "d"), Derived("one", "1", "d"))


def test_a_ratio_needs_a_number_and_groups():
    text = view(function="last", value="product")
    with pytest.raises(FeatureError, match="is a label"):
        compile_set(text, PeerRatio("r", "x", "physician", ("city",), "r"), categorical=("x",))
    with pytest.raises(FeatureError, match="'group_by' is empty"):
        compile_set(COUNT, PeerRatio("r", "x", "physician", (), "r"))


@pytest.mark.parametrize("part", ["categorical", "excluded"])
def test_labels_and_exclusions_must_be_features(part):
    with pytest.raises(FeatureError, match="makes no feature 'y'"):
        compile_set(COUNT, **{part: ("y",)})


def test_a_derived_feature_sees_only_what_was_declared_before_it():
    with pytest.raises(FeatureError, match="no column 'x'"):
        compile_set(Derived("d", "x + 1", "d"), COUNT)


def test_a_missing_table_is_named_with_the_nearest():
    made = FeatureSet("set", "npi", "physician", (COUNT,))
    sources = tables(EMPTY)
    with pytest.raises(UsageError, match="did you mean 'claimz'"):
        compute_features(
            {"claimz": sources["claims"], "physician": sources["physician"]},
            made,
            CONTRACTS,
            SPINE,
        )


def test_values_that_are_no_numbers_name_the_view():
    made = FeatureSet("set", "npi", "physician", (view(function="sum", value="product"),))
    made = replace(made, categorical=("x",))
    row = {"npi": "a", "product": "abc", "event_time": MOMENTS[0], "known_at": MOMENTS[0]}
    with pytest.raises(FeatureError) as error:
        compute_features(tables({**EMPTY, "claims": [row]}), made, CONTRACTS, SPINE)
    assert "set" in str(error.value)
    assert "Could not convert string 'abc'" in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("spine", "says"),
    [
        (pa.table({"entity": ["a"]}), "no column 'at'"),
        (SPINE.set_column(0, "entity", pa.array([None], pa.string())), "have no 'entity'"),
        (SPINE.set_column(1, "at", pa.array([None], pa.timestamp("us"))), "have no 'at'"),
    ],
)
def test_a_spine_must_be_whole(spine, says):
    made = FeatureSet("set", "npi", "physician", (COUNT,))
    with pytest.raises(FeatureError, match=says):
        compute_features(tables(EMPTY), made, CONTRACTS, spine)


def test_a_nullable_column_that_is_not_stored_yet_is_missing_everywhere(tmp_path):
    import pyarrow.dataset as pads
    import pyarrow.parquet as pq

    row = {"npi": "a", "product": "X", "event_time": MOMENTS[0], "known_at": MOMENTS[0]}
    old = tables({**EMPTY, "claims": [row]})["claims"].drop_columns(["cost", "market"])
    pq.write_table(old, tmp_path / "claims.parquet")
    for data in (old, pads.dataset(tmp_path / "claims.parquet")):
        found = opened({"claims": data}, ["claims"], CONTRACTS)["claims"]
        assert {"cost", "market"} <= set(found.schema.names)
        made = FeatureSet("set", "npi", "physician", (view(function="count", value="cost"),))
        sources = {**tables(EMPTY), "claims": data}
        answer = compute_features(sources, made, CONTRACTS, SPINE)
        assert answer["x"].to_pylist() == [None]


def test_a_required_column_that_is_not_stored_is_an_error():
    contract = replace(
        CONTRACTS["claims"],
        columns=tuple(replace(c, nullable=False) for c in CONTRACTS["claims"].columns),
    )
    bare = tables(EMPTY)["claims"].drop_columns(["claims"])
    with pytest.raises(FeatureError, match="has no column 'claims'"):
        opened({"claims": bare}, ["claims"], {"claims": contract})


def test_the_whole_set_compiles_without_looking_at_any_table():
    plan = compile_features(EVERYTHING, CONTRACTS)
    assert plan.title == "feature set 'everything'"
    assert len({s.name.lower() for s in plan.steps}) == len(plan.steps)
