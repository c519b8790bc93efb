"""Seed 000's form: table and configuration as they are, the checks, and rules behind a label."""

import numpy as np
import pytest
from conversion_made import CONTRACTS, invented_npis

from perdure.kernel.errors import ConfigError, ContractError, UsageError
from perdure.kernel.evidence import find
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.solutions.conversion.bench import bench
from perdure.solutions.conversion.seed000 import checks, reader
from perdure.solutions.conversion.seed000.conf import feature_conf, training_conf
from perdure.solutions.conversion.seed000.pipeline import matrix, one_split
from perdure.solutions.conversion.seed000.rules import never_rules
from perdure.solutions.conversion.seed000.table import read_flat

FEATURES = """
s3: {bucket_name: demo-bucket, file_path: in/data.csv, aws_region: eu-central-1}
preprocessed:
  preprocessed_df_path: out/frame.pkl
  x_test: out/x.pkl
  y_test: out/y.pkl
  encoders_path: out/encoders.pkl
  model_variable_list_file_path: out/
  model_variable_list_file_name: names.pkl
feature_transformation:
  drop_column_list: [Unused]
  one_hot_encode_feature_list: [Sex, Specialty]
  id_target_col_list: [NPI_ID, HCP_ID, TARGET]
  id_col_list: [NPI_ID, HCP_ID]
  target_col: TARGET
param_values: {variance_threshold_value: 0.1, select_k_best_feature_num: 4}
feature_store: {table_name: t, lookup_key: [NPI_ID], label: TARGET, description: d}
"""
TRAINING = """
s3: {bucket_name: demo-bucket, df_validation_set: v, df_training_set: t}
train_model_parameters:
  inference_size: 0.1
  val_size: 0.2
  model_params: {colsample_bytree: 0.9, gamma: 0.0004, max_depth: 4, reg_alpha: 0.8, subsample: 0.8}
feature_transformation: {id_col_list: [npi_id, hcp_id], target_col: target}
feature_store: {table_name: t, lookup_key: [npi_id], lookup_col_to_keep: [age]}
mlflow: {experiment_name: e, mlflow_run_name: r}
"""


def write_seed(folder, rows=600, *, rule=True, right_npis=False, monotone=False, seed=0):
    """A table of seed 000's form: BOM, blanks around headers and values."""
    rng = np.random.default_rng(seed)
    age, rx = rng.integers(30, 95, rows), rng.integers(100, 500, rows)
    years = rng.integers(1, 13, rows) if not monotone else np.maximum(age - 40, 0)
    one = rng.integers(5, 10, rows)
    y = rng.random(rows) < 0.6
    if rule:
        y &= (age <= 70) & ~np.isin(years, [3, 7])
    npis = invented_npis(rows) if right_npis else rng.integers(1_000_000, 9_999_999, rows)
    last = {"Rx_last_1_Month": one, "Rx_last_3_Month": one + 4 if monotone else one + 400}
    columns = {
        "NPI ID": npis,
        "HCP ID": [f"HCP_{i}" for i in range(rows)],
        "TARGET": y.astype(int),
        " Age ": age,
        " Sex ": np.where(rng.random(rows) < 0.5, " M ", " F "),
        "Specialty": np.where(rng.random(rows) < 0.5, "Oncology", "Hematology"),
        "Year of Experience": years,
        "Number_of_Rx": rx,
        **last,
        "Unused": rng.integers(0, 9, rows),
    }
    lines = [",".join(columns)]
    lines += [",".join(str(v[i]) for v in columns.values()) for i in range(rows)]
    path = folder / "input.csv"
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "feature_pipeline.yml").write_text(FEATURES)
    (tmp_path / "conf" / "training_pipeline.yml").write_text(TRAINING)
    return tmp_path


def test_the_table_is_read_under_plain_names(folder):
    table = read_flat(write_seed(folder))
    assert table.frame.columns[:4] == ["npi_id", "hcp_id", "target", "age"]
    assert set(table.frame["sex"]) == {"M", "F"}
    assert "age" in table.numeric()
    assert "sex" not in table.numeric()
    assert table.column("Year of Experience") == table.column("year-of experience")


def test_a_column_that_the_configuration_invents_names_the_nearest(folder):
    with pytest.raises(ContractError, match="specialty"):
        read_flat(write_seed(folder)).column("Speciality")


def test_both_configurations_are_read_and_unknown_keys_left_alone(folder):
    told = feature_conf(folder / "conf" / "feature_pipeline.yml")
    assert told.param_values.select_k_best_feature_num == 4
    taught = training_conf(folder / "conf" / "training_pipeline.yml")
    assert taught.train_model_parameters.model_params["max_depth"] == 4


def test_a_wrong_value_points_at_its_line(folder):
    path = folder / "conf" / "training_pipeline.yml"
    path.write_text(TRAINING.replace("val_size: 0.2", "val_size: 2"))
    with pytest.raises(ConfigError, match=r"training_pipeline\.yml:5"):
        training_conf(path)


def test_ids_target_and_dropped_columns_are_no_inputs(folder):
    table = read_flat(write_seed(folder))
    X, y = matrix(table, feature_conf(folder / "conf" / "feature_pipeline.yml"))
    # age, experience, Rx, two windows, two sexes, two specialties
    assert X.shape == (600, 9)
    assert set(y) == {0.0, 1.0}
    assert not any(np.array_equal(X[:, j], y) for j in range(X.shape[1]))


def test_a_split_holds_back_what_the_configuration_says_and_never_learns_from_it(folder):
    table = read_flat(write_seed(folder))
    told = feature_conf(folder / "conf" / "feature_pipeline.yml")
    taught = training_conf(folder / "conf" / "training_pipeline.yml")
    X, y = matrix(table, told)
    split = one_split(X, y, told, taught, seed=0)
    assert len(split.y) == round(0.2 * (600 - 60))
    again = one_split(X, y, told, taught, seed=0)
    assert np.array_equal(split.probability, again.probability)
    shuffled = np.random.default_rng(1).permutation(y)
    nothing = one_split(X, shuffled, told, taught, seed=0)
    assert abs(np.corrcoef(nothing.probability, nothing.y)[0, 1]) < 0.3


def test_the_report_sets_accuracy_beside_guessing_and_judges_the_table(folder):
    write_seed(folder, rows=1200)
    report = bench(folder, {"protocol": "seed000"})
    assert report.data["feature_conf"] == "feature_pipeline.yml"
    assert find(report.rows, "seed000", "seed000", "accuracy").low is not None
    rate = find(report.rows, "seed000", "base-rate", "base-rate").value
    assert find(report.rows, "seed000", "majority", "accuracy").value == max(rate, 1 - rate)
    held = {verdict.name: verdict for verdict in report.verdicts}
    assert not held["identifiers are NPIs"].holds
    assert "(lengths: 7)" in held["identifiers are NPIs"].measured
    assert not held["windows are monotone"].holds
    assert not held["age and experience agree"].holds
    rules = held["the label is not a few rules"]
    assert not rules.holds
    assert "age > 70" in rules.measured
    assert "year_of_experience in {3, 7}" in rules.measured


def test_a_clean_table_is_not_accused(folder):
    table = read_flat(write_seed(folder, rule=False, right_npis=True, monotone=True))
    assert checks.identifiers(table, "npi_id").holds
    assert checks.windows(table).holds
    assert checks.ages(table).holds
    y = table.frame["target"].to_numpy()
    rules, score = checks.label_rules(table, y, {"target", "npi_id", "hcp_id"})
    assert rules == []
    assert checks.explained(rules, score, y, 0.5).holds


def test_a_single_file_of_this_form_gets_this_protocol(folder):
    report = bench(write_seed(folder, rows=300), {})
    assert "random splits" in report.data["protocol"]


def test_configuration_files_can_be_named_and_must_exist(folder, tmp_path):
    path = write_seed(folder, rows=300)
    other = tmp_path / "other.yml"
    other.write_text(
        FEATURES.replace("select_k_best_feature_num: 4", "select_k_best_feature_num: 2")
    )
    report = bench(path, {"feature-conf": str(other)})
    assert report.data["feature_conf"] == "other.yml"
    with pytest.raises(UsageError, match="no file"):
        bench(path, {"feature-conf": str(tmp_path / "none.yml")})


def test_a_folder_without_such_a_table_is_refused(tmp_path):
    with pytest.raises(UsageError, match="seed 000"):
        bench(tmp_path, {"protocol": "seed000"})


def test_unknown_options_and_protocols_name_the_nearest(tmp_path):
    with pytest.raises(UsageError, match="protocol"):
        bench(tmp_path, {"protokol": "panel"})
    with pytest.raises(UsageError, match="seed000"):
        bench(tmp_path, {"protocol": "seed00"})


def test_through_the_contract_every_row_is_set_aside_with_its_rule(folder, yearly):
    ((table, rows, source),) = reader.read(write_seed(folder, rows=50), yearly)
    project = Project.create(folder / "project")
    report = ingest(project, CONTRACTS[table], rows, source=source)
    assert (report.stored, report.quarantined) == (0, 50)
    assert list(report.by_rule) == ["npi:wrong-pattern"]


@pytest.mark.parametrize("seed", range(3))
def test_noise_gives_no_rules(seed):
    rng = np.random.default_rng(seed)
    columns = {f"x{i}": rng.integers(0, 40, 2000).astype(float) for i in range(20)}
    assert never_rules(columns, (rng.random(2000) < 0.3).astype(float)) == []


def test_rules_cover_what_they_say(folder):
    rng = np.random.default_rng(9)
    x, z = rng.integers(0, 50, 3000).astype(float), rng.normal(0, 1, 3000)
    y = ((rng.random(3000) < 0.5) & (x != 7) & (z < 0.8)).astype(float)
    rules = never_rules({"x": x, "z": z}, y)
    assert {rule.column for rule in rules} == {"x", "z"}
    covered = np.logical_or.reduce([rule.rows for rule in rules])
    assert not y[covered].any()
    assert sum(rule.new for rule in rules) == covered.sum()


@pytest.mark.real_data
def test_the_real_file_reproduces_what_its_authors_reported(real_cms):
    report = bench(real_cms / "seed000_physician_conversion_input.csv", {})
    accuracy = find(report.rows, "seed000", "seed000", "accuracy").value
    assert abs(accuracy - 0.803) < 0.03
    assert find(report.rows, "seed000", "majority", "accuracy").value == pytest.approx(
        0.75, abs=1e-3
    )
    assert find(report.rows, "seed000", "rules-alone", "auc").value == pytest.approx(
        0.894, abs=2e-3
    )
    held = {verdict.name: verdict for verdict in report.verdicts}
    assert held["accuracy as its authors reported"].holds
    assert "0 of 5,000 pass" in held["identifiers are NPIs"].measured
    assert "47%" in held["age and experience agree"].measured
    rules = held["the label is not a few rules"].measured
    assert rules.startswith("3 rules")
    assert "year_of_experience in {10, 16, 28, 36, 43, 58, 59, 60}" in rules
