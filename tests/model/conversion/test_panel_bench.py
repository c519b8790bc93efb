"""The panel benchmark on an invented panel: its form, its verdicts, and what it refuses."""

import polars as pl
import pytest
from conversion_made import PANEL, invented_npis, invented_panel, panel_row, write_table

from perdure.kernel.errors import NotEnoughData, UsageError
from perdure.kernel.evidence import find
from perdure.solutions.conversion.bench import bench
from perdure.solutions.conversion.benchmark.material import gather

RULES = {"volume", "brand-share", "peers"}
LEARNERS = {"logistic", "lightgbm", "blend", "served"}
METRICS = {"auc", "ap", "lift@0.10", "precision@10/state"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("panel")
    invented_panel(made / "any_name.csv.gz")
    return made


@pytest.fixture(scope="module")
def report(folder):
    return bench(folder, {"leak": "true", "case": "brand0"})


def test_every_method_is_measured_by_every_metric_with_an_interval(report):
    for method in (*RULES, *LEARNERS, "cold-start"):
        for metric in METRICS:
            row = find(report.rows, "BRAND0", method, metric)
            assert row is not None, (method, metric)
            assert row.low <= row.value <= row.high, (method, metric)
    for method in LEARNERS:
        assert find(report.rows, "BRAND0", method, "top-decile-calibration") is not None
    base = find(report.rows, "BRAND0", "base-rate", "base-rate")
    assert base.low < base.value < base.high


def test_only_the_brand_that_was_asked_for_is_reported(report):
    assert {row.case.partition(" ")[0] for row in report.rows} == {"BRAND0"}
    assert set(report.data["brands"]) == {"BRAND0", "BRAND1"}


def test_the_served_model_beats_the_rules_and_the_gate_says_so(report):
    held = {verdict.name: verdict for verdict in report.verdicts}
    assert held["BRAND0: baselines"].holds
    assert held["BRAND0: single-feature-jump"].holds
    served = find(report.rows, "BRAND0", "served", "auc").value
    assert served > max(find(report.rows, "BRAND0", rule, "auc").value for rule in RULES)


def test_a_column_of_the_next_year_trips_the_gate_with_and_without_its_date(report):
    held = {verdict.name: verdict for verdict in report.verdicts}
    dated, undated = held["BRAND0 + leak: dates"], held["BRAND0 + leak: tripwires"]
    assert not dated.holds
    assert "lie after their index date" in dated.measured
    assert not undated.holds
    assert "next_year_cost_per_claim" in undated.measured
    assert not report.holds()
    honest = find(report.rows, "BRAND0", "served", "auc").value
    assert find(report.rows, "BRAND0 + leak", "served", "auc").value > honest + 0.03


def test_the_form_is_the_one_of_all_benchmarks(report):
    form = report.as_dict()
    assert form["solution"] == "conversion"
    keys = {"case", "method", "metric", "value", "low", "high", "n"}
    assert all(set(row) == keys for row in form["rows"])
    assert form["data"]["index_dates"] == ["2013-12-31"]


def test_without_the_flag_nothing_is_spoilt(folder):
    report = bench(folder, {"case": "BRAND1"})
    assert not any("leak" in row.case for row in report.rows)
    assert not any("leak" in verdict.name for verdict in report.verdicts)


def test_brands_markets_and_smallest_counts_are_those_of_the_file(folder):
    material = gather(folder)
    assert {n: c.market for n, c in material.settings.cases.items()} == {
        "BRAND0": "class0",
        "BRAND1": "class1",
    }
    frame = pl.read_csv(folder / "any_name.csv.gz", infer_schema_length=None)
    shown = frame.filter(pl.col("total_target_claims") > 0)["total_target_claims"].min()
    assert material.settings.label.minimum_volume == shown


def test_the_order_of_the_rows_and_of_the_files_changes_nothing(folder, tmp_path):
    rows = pl.read_csv(folder / "any_name.csv.gz", infer_schema=False)
    rows = rows.filter(pl.col("target_brand") == "BRAND0")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    rows.write_csv(one / "p.csv")
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=1)
    mixed.head(600).write_csv(two / "a.csv")
    mixed.tail(-600).write_csv(two / "b.csv")
    a, b = (bench(place, {}) for place in (one, two))
    assert [row.as_row() for row in a.rows] == [row.as_row() for row in b.rows]


def outcome_row(npi, target, klass, converted, **values):
    return panel_row(NPI=npi, **values) | {
        "y_target_claims_t1": target,
        "y_class_claims_t1": klass,
        "observed_t1": int(klass > 0),
        "converted": converted,
    }


def test_labels_are_compared_with_those_of_the_file(tmp_path):
    npis = invented_npis(4)
    outcomes = [
        outcome_row(npis[0], 150.0, 600.0, 1),
        outcome_row(npis[1], 0.0, 300.0, 0),
        outcome_row(npis[2], 0.0, 0.0, -1),
        outcome_row(npis[3], 0.0, 300.0, 1),
    ]
    write_table(tmp_path / "outcome.csv", outcomes)
    report = bench(tmp_path, {})
    held = {verdict.name: verdict for verdict in report.verdicts}
    verdict = held["labels equal the file's own outcomes"]
    assert not verdict.holds
    assert verdict.measured == "1 of 4 rows differ"


def test_too_few_converters_are_said_to_be_not_knowable(tmp_path):
    invented_panel(tmp_path / "p.csv", size=400, brands=1, level=-4.2)
    report = bench(tmp_path, {})
    (verdict,) = [v for v in report.verdicts if v.name.startswith("BRAND0")]
    assert verdict.holds
    assert "cannot be known" in verdict.measured


def test_no_converter_at_all_is_said_and_nothing_is_measured(tmp_path):
    rows = [panel_row(NPI=npi, year=year) for npi in invented_npis(20) for year in (2013, 2014)]
    write_table(tmp_path / "p.csv", rows, PANEL)
    report = bench(tmp_path, {})
    assert report.rows == []
    assert report.verdicts[0].holds
    assert report.verdicts[0].measured.startswith("0 positive and 20 negative")


def test_one_year_alone_asks_nothing(tmp_path):
    write_table(tmp_path / "p.csv", [panel_row()], PANEL)
    with pytest.raises(NotEnoughData, match="the one after"):
        bench(tmp_path, {})


def test_a_folder_without_a_panel_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no HCP panel"):
        bench(tmp_path, {})


@pytest.mark.real_data
@pytest.mark.slow
def test_the_real_panel_reaches_the_reference_study(real_cms):
    report = bench(real_cms, {"protocol": "panel"})
    assert report.holds(), [v for v in report.verdicts if not v.holds]
    named = {verdict.name for verdict in report.verdicts}
    assert {
        "VOLTAREN: auc of the reference study",
        "LOTEMAX: lift@0.10 of the reference study",
    } <= named
    assert "PROLIA: said to be not knowable" in named
    for brand, auc, lift in (("VOLTAREN", 0.843, 5.1), ("LOTEMAX", 0.751, 3.3)):
        assert find(report.rows, brand, "served", "auc").value >= auc
        assert find(report.rows, brand, "served", "lift@0.10").value >= lift
    cold = {b: find(report.rows, b, "cold-start", "auc").value for b in ("VOLTAREN", "LOTEMAX")}
    assert cold["VOLTAREN"] >= 0.78
    assert cold["LOTEMAX"] >= 0.69
