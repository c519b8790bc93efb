"""No row of an official file is lost in silence: each is taken, set aside, or not asked for."""

from __future__ import annotations

import json

import polars as pl
import pytest
from conversion_made import CONTRACTS, PANEL, invented_npis, panel_row, settings_of, write_table

from perdure.interfaces.cli.main import run
from perdure.kernel.discovery import solution
from perdure.platform.automation.imports import import_files
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.platform.storage.quarantine import quarantined
from perdure.solutions.conversion.importers import cms

A, B = invented_npis(2)
PAYMENT = {
    "Physician_Profile_ID": "77",
    "Recipient_State": "IA",
    "Total_Amount_of_Payment_USDollars": "30.00",
    "Date_of_Payment": "08/15/2013",
    "Nature_of_Payment_or_Transfer_of_Value": "Food and Beverage",
    "Record_ID": "1",
}
MODERN = {k: v for k, v in PAYMENT.items() if k != "Physician_Profile_ID"}


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "project")
    yield made
    made.ops.close()


def imported(project, path, settings=None):
    """Every report of the path, by table; the rows are read as the command reads them."""
    if settings is None:
        return {r.table: r for r in import_files(project, "cms", path)}
    return {
        table: ingest(project, CONTRACTS[table], rows, source=source)
        for table, rows, source in cms.read(path, settings)
    }


def test_payments_of_unknown_physicians_and_those_the_panel_counts_are_set_aside(tmp_path, project):
    folder = tmp_path / "files"
    folder.mkdir()
    write_table(folder / "a.csv", [panel_row(NPI=A, doc_id=77, year=2013)], PANEL)
    rows = [
        PAYMENT,
        PAYMENT | {"Date_of_Payment": "01/20/2015", "Record_ID": "2"},
        PAYMENT | {"Physician_Profile_ID": "88", "Record_ID": "3"},
        PAYMENT | {"Physician_Profile_ID": "", "Record_ID": "4"},
    ]
    write_table(folder / "payments.csv", rows)
    report = imported(project, folder)["promotion"]
    assert report.by_rule == {"counted-by-the-panel": 1, "unknown-profile": 2}
    assert report.origin == {"rows": 4, "taken": 1, "set aside": 3}
    assert report.rows_read == report.stored + report.duplicates + report.quarantined == 4
    found = quarantined(project.lake, "promotion").collect().sort("line")
    assert found["source"].unique().to_list() == ["payments.csv"]
    assert found.select("line", "rule").rows() == [
        (2, "counted-by-the-panel"),
        (4, "unknown-profile"),
        (5, "unknown-profile"),
    ]
    assert json.loads(found["raw"][1])["profile"] == "88"
    assert json.loads(found["raw"][0])["npi"] == A


def test_a_payment_without_npi_is_set_aside(tmp_path, project):
    rows = [MODERN | {"Covered_Recipient_NPI": A}, MODERN | {"Covered_Recipient_NPI": ""}]
    path = write_table(tmp_path / "OP_2022.csv", rows)
    report = imported(project, path)["promotion"]
    assert (report.stored, dict(report.by_rule)) == (1, {"no-npi": 1})
    assert quarantined(project.lake, "promotion").collect()["line"].to_list() == [3]


def test_what_nobody_asked_for_is_counted_and_needs_no_reason(tmp_path, project):
    rows = [
        MODERN | {"Covered_Recipient_NPI": ""},
        MODERN | {"Covered_Recipient_NPI": "", "Recipient_State": "NE"},
    ]
    path = write_table(tmp_path / "OP_2022.csv", rows)
    settings = settings_of("cms", imports={"states": ("IA",)})
    report = imported(project, path, settings)["promotion"]
    assert report.by_rule == {"no-npi": 1}
    assert report.origin == {"rows": 2, "taken": 0, "set aside": 1, "other states": 1}


def test_a_line_that_is_no_row_is_set_aside_once_with_the_main_table(tmp_path, project):
    path = write_table(tmp_path / "panel.csv", [panel_row(NPI=A), panel_row(NPI=B)], PANEL)
    path.write_text(path.read_text() + "just,three,fields\n")
    reports = imported(project, path)
    assert {name: dict(r.by_rule) for name, r in reports.items() if r.quarantined} == {
        "claims": {"ragged-line": 1}
    }
    assert reports["claims"].origin == {"rows": 3, "taken": 2, "set aside": 1}
    (row,) = quarantined(project.lake, "claims").collect().rows(named=True)
    assert (row["line"], row["source"]) == (4, "panel.csv")
    assert "just,three,fields" in row["raw"]


def test_a_file_read_for_two_tables_tells_its_bad_line_once(tmp_path, project):
    row = {"PRSCRBR_NPI": A, "Prscrbr_Ent_Cd": "I", "Tot_Clms": "100", "Brnd_Tot_Clms": "20"}
    office = row | {"PRSCRBR_NPI": B, "Prscrbr_Ent_Cd": "O"}
    path = write_table(tmp_path / "by_provider_2019.csv", [row, office])
    path.write_text(path.read_text() + "one,two\n")
    reports = imported(project, path)
    assert (reports["physician"].quarantined, reports["practice"].quarantined) == (0, 1)
    assert reports["practice"].origin == {
        "rows": 3,
        "taken": 1,
        "set aside": 1,
        "organisations": 1,
    }


def test_rows_of_other_markets_are_counted_and_a_row_of_two_markets_is_one(tmp_path, project):
    row = {"Prscrbr_NPI": A, "Brnd_Name": "X", "Gnrc_Name": "x", "Tot_Clms": "20"}
    path = write_table(tmp_path / "drugs_2019.csv", [row, row | {"Brnd_Name": "Y"}])
    settings = settings_of("cms", imports={"markets": {"one": ("X",), "two": ("X",)}})
    report = imported(project, path, settings)["claims"]
    assert report.origin == {"rows": 2, "taken": 2, "set aside": 0}
    settings = settings_of("cms", imports={"markets": {"one": ("Y",)}})
    assert imported(project, path, settings)["claims"].origin["taken"] == 1


def test_a_code_list_sets_rows_without_code_aside(tmp_path, project):
    codes = {"Grouping": "G", "Classification": "C", "Specialization": ""}
    path = write_table(
        tmp_path / "nucc.csv", [{"Code": "207Q00000X"} | codes, {"Code": ""} | codes]
    )
    assert imported(project, path)["taxonomy"].by_rule == {"no-code": 1}


def test_the_command_prints_counts_by_reason_in_both_forms(tmp_path, capsys):
    rows = [MODERN | {"Covered_Recipient_NPI": A}, MODERN | {"Covered_Recipient_NPI": ""}]
    path = write_table(tmp_path / "OP_2022.csv", rows)
    place = Project.create(tmp_path / "project").root
    assert run(["data", "import", "cms", str(path), "--project", str(place), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["tables"]
    assert told["by_rule"] == {"no-npi": 1}
    assert told["origin"] == {"rows": 2, "taken": 1, "set aside": 1}
    other = Project.create(tmp_path / "other").root
    assert run(["data", "import", "cms", str(path), "--project", str(other)]) == 0
    text = capsys.readouterr().out
    assert "promotion: 1 rows set aside, rule 'no-npi'" in text
    assert "OP_2022.csv: 2 rows = 1 taken + 1 set aside" in text
    assert run(["data", "check", "cms", str(path)]) == 1


@pytest.mark.real_data
def test_every_row_of_the_real_payments_is_accounted_for(real_cms, project):
    conversion = solution("conversion")
    payments = real_cms / "open_payments_general_iowa_2013_2015.csv.gz"
    settings = settings_of("cms")
    (made,) = [
        rows
        for table, rows, source in cms.read(real_cms, settings)
        if table == "promotion" and source == payments.name
    ]
    report = ingest(project, project.contracts(conversion)["promotion"], made, source=payments.name)
    assert report.origin["rows"] == 126_084
    assert report.origin["taken"] + report.origin["set aside"] == 126_084
    assert report.by_rule["counted-by-the-panel"] == 11_118
    rules = {rule: n for rule, n in report.by_rule.items() if rule in {"unknown-profile"}}
    assert sum(rules.values()) + 11_118 == report.origin["set aside"]
    kept = quarantined(project.lake, "promotion").collect()["rule"].value_counts()
    assert dict(kept.filter(pl.col("rule").is_in(list(report.samples))).iter_rows()) == dict(
        report.samples
    )
