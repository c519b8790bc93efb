"""Features and label of a brand: what is made from which tables, and what no model may use."""

from datetime import datetime

import polars as pl
import pyarrow as pa
import pytest
from conversion_made import CONTRACTS, PANEL, invented_npis, panel_row, settings_of, write_table

from perdure.kernel.clock import add_months, parse_moment
from perdure.kernel.errors import UsageError
from perdure.platform.features.compute import compute_features
from perdure.platform.features.labels import compute_labels
from perdure.solutions.conversion.features import LABELS, features
from perdure.solutions.conversion.importers import panel, values
from perdure.solutions.conversion.label import label
from perdure.solutions.conversion.model import baselines
from perdure.solutions.conversion.reasons import WORDS, sentence

A, B, C, D = invented_npis(4)
AT = parse_moment("2013-12-31")
NEXT = parse_moment("2014-12-31")
CASE = "DEMOBRAND"


def panel_settings(**changes):
    cases = {CASE: {"market": "democlass"}}
    settings = settings_of("cms", **changes)
    return settings.model_validate(settings.model_dump() | {"cases": cases})


def tables_of(tmp_path, rows, settings):
    path = write_table(tmp_path / "p.csv", rows, PANEL)
    return {name: table for name, table, _ in panel.read(path, settings)}


def spine(*npis):
    return pa.table({"entity": list(npis), "at": pa.array([AT] * len(npis), pa.timestamp("us"))})


def asked(tmp_path, rows, *npis, **changes):
    settings = panel_settings(**changes)
    sources = tables_of(tmp_path, rows, settings)
    made = compute_features(sources, features(settings, CASE), CONTRACTS, spine(*npis))
    return pl.DataFrame(made)


def test_values_and_ratios_of_one_physician(tmp_path):
    (row,) = asked(tmp_path, [panel_row(NPI=A)], A).rows(named=True)
    assert row["market_claims_12mo"] == 400
    assert row["brand_share"] == pytest.approx(0.2)
    assert row["market_share"] == pytest.approx(0.08)
    assert row["market_cost_per_claim"] == pytest.approx(20.0)
    assert row["lis_share"] == pytest.approx(0.24)
    assert (row["specialty"], row["state"], row["grad_year"]) == ("Family Practice", "IA", 1995)
    assert row["generics_hidden"] == 0
    assert row["brand_contacts_12mo"] == row["promotion_usd_12mo"] == 0


def test_hidden_generics_are_told_and_not_filled(tmp_path):
    (row,) = asked(tmp_path, [panel_row(NPI=A, doc_generic_claims=None)], A).rows(named=True)
    assert row["generics_hidden"] == 1
    assert row["practice_generic_claims"] is None
    assert row["brand_share"] == pytest.approx(0.2)


def test_peers_leave_the_physician_out_and_are_drawn_to_the_mean(tmp_path):
    writes = {"total_class_claims": 500, "total_target_claims": 100}
    rows = [
        panel_row(NPI=A),
        panel_row(NPI=B, **writes),
        panel_row(NPI=C, **writes, doc_city="OTHERTOWN"),
        panel_row(NPI=D, doc_state="NE"),
    ]
    found = {r["entity"]: r for r in asked(tmp_path, rows, A, B, C, D).rows(named=True)}
    overall = 2 / 4
    assert found[A]["peers_city"] == pytest.approx((1 + overall) / 2)
    assert found[B]["peers_city"] == pytest.approx((0 + overall) / 2)
    assert found[C]["peers_city"] == pytest.approx(overall)
    assert found[A]["peers_state"] == pytest.approx((2 + overall) / 3)
    assert found[D]["peers_state"] == pytest.approx(overall)
    assert found[A]["peers_city_size"] == 1


def test_next_year_changes_no_feature(tmp_path):
    first = [panel_row(NPI=A), panel_row(NPI=B, total_target_claims=150)]
    later = [panel_row(NPI=A, year=2014, total_target_claims=200, doc_city="AWAY"), *first]
    one = asked(tmp_path, first, A, B)
    both = asked(tmp_path, later, A, B)
    assert one.equals(both)


def test_places_and_gender_are_no_inputs(yearly):
    made = features(yearly, "VOLTAREN")
    assert not {*LABELS, "gender"} & set(made.inputs())
    assert "gender" not in made.feature_names()
    assert {"specialty", "city", "state", "territory"} <= set(made.feature_names())


def test_gender_is_an_input_only_when_the_settings_list_it():
    listed = features(settings_of("cms", features={"protected": ("gender",)}), "VOLTAREN")
    assert "gender" in listed.inputs()
    sliced = features(settings_of("cms", training={"slices": ("gender",)}), "VOLTAREN")
    assert "gender" in sliced.feature_names()
    assert "gender" not in sliced.inputs()


@pytest.mark.parametrize("left_out", ["claims", "practice", "promotion", "peers", "network"])
def test_a_family_can_be_left_out(monthly, left_out):
    kept = tuple(f for f in monthly.features.families if f != left_out)
    settings = monthly.model_copy(
        update={"features": monthly.features.model_copy(update={"families": kept})}
    )
    made = features(settings, "DEMOVEL")
    made.feature_names()
    table = {"network": "shared_patients"}.get(left_out, left_out)
    if left_out in ("practice", "promotion", "network"):
        assert table not in made.sources()
    rules = baselines(settings)
    assert all(not isinstance(r, str) or r in made.feature_names() for r in rules.values())


@pytest.mark.parametrize("template", ["cms", "sample"])
def test_every_input_has_a_sentence_and_a_meaning(template):
    settings = settings_of(template)
    made = features(settings, next(iter(settings.cases)))
    meanings = made.meanings()
    for name in made.inputs():
        assert meanings[name]
        assert sentence(name, 3.0, 0.9, 0.05), name
        assert sentence(name, None, None, None), name


def test_an_unknown_brand_names_the_nearest(yearly):
    with pytest.raises(UsageError, match="VOLTAREN"):
        features(yearly, "VOLTARIN")


def states(tmp_path, rows, **changes):
    settings = panel_settings(**changes)
    sources = tables_of(tmp_path, rows, settings)
    made = compute_labels(sources, label(settings, CASE), CONTRACTS, [AT], NEXT)
    return dict(pl.DataFrame(made).select("entity", "state").rows())


def test_who_converts_who_does_not_and_who_is_out_of_sight(tmp_path):
    rows = [
        panel_row(NPI=A),
        panel_row(NPI=A, year=2014, total_class_claims=600, total_target_claims=150),
        panel_row(NPI=B),
        panel_row(NPI=B, year=2014),
        panel_row(NPI=C),
        panel_row(NPI=D, total_class_claims=600, total_target_claims=200),
        panel_row(NPI=D, year=2014, total_class_claims=600, total_target_claims=200),
    ]
    assert states(tmp_path, rows) == {A: "positive", B: "negative", C: "censored-activity"}


def test_a_hidden_cell_leaves_the_answer_open_only_below_the_visible_count(tmp_path):
    claims = pl.DataFrame(
        {
            "npi": [A, A, A],
            "market": ["democlass"] * 3,
            "product": ["other", "other", CASE],
            "event_time": [datetime(2013, 12, 31), datetime(2014, 12, 31), datetime(2014, 12, 31)],
            "known_at": [datetime(2013, 12, 31), datetime(2014, 12, 31), datetime(2014, 12, 31)],
            "claims": [400.0, 400.0, None],
            "suppressed": [False, False, True],
        }
    )
    table = {"claims": values.as_table(CONTRACTS["claims"], claims)}
    found = {}
    for minimum in (1.0, 11.0):
        stated = {"minimum_volume": minimum, "suppressed_below": 11.0}
        contract = label(panel_settings(label=stated), CASE)
        made = compute_labels(table, contract, CONTRACTS, [AT], NEXT)
        found[minimum] = made["state"].to_pylist()
    assert found == {1.0: ["censored-suppressed"], 11.0: ["negative"]}


def test_the_gap_covers_the_lag_of_the_sample(monthly):
    contract = label(monthly, "DEMOVEL")
    assert contract.gap_months >= 1
    assert contract.span_months() == 4
    assert add_months(AT, contract.span_months()) > AT


def test_words_have_no_feature_of_their_own_invention(monthly, yearly):
    made = set()
    for settings in (monthly, yearly):
        for name in features(settings, next(iter(settings.cases))).feature_names():
            made.add(name)
    bases = {name.rsplit("_", 1)[0] if name.endswith("mo") else name for name in made}
    assert set(WORDS) <= bases | made
