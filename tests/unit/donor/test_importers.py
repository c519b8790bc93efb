"""UCI transfusion in its spellings, a donor CRM's export, and what is wrong with rows."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from perdure.kernel.errors import ContractError, UsageError
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.quarantine import quarantined
from perdure.solutions.donor.importers import donor_crm, transfusion
from perdure.solutions.donor.importers.transfusion import read_frame
from perdure.solutions.donor.tables import TABLES

CONTRACTS = {contract.name: contract for contract in TABLES}
UCI = (
    "Recency (months),Frequency (times),Monetary (c.c. blood),Time (months),"
    "Whether he/she donated blood in March 2007"
)
DRIVEN = (
    "Months since Last Donation,Number of Donations,Total Volume Donated (c.c.),"
    "Months since First Donation,Made Donation in March 2007"
)
ROWS = "2 ,50,12500,98 ,1\n0 ,13,3250,28 ,1\n"


def take(project, read, path, settings) -> dict[str, list]:
    """Everything that an importer gives, taken in; reports by table."""
    reports: dict[str, list] = {}
    for table, rows, source in read(path, settings):
        reports.setdefault(table, []).append(ingest(project, CONTRACTS[table], rows, source=source))
    return reports


def written(tmp_path, name: str, text: str):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "header",
    [
        UCI,
        UCI.upper(),
        "Recency,Frequency,Monetary,Time,Class",
        "recency_months,frequency,monetary,time_months,target",
        "\ufeffRecency (months),Frequency (times),Monetary (c.c. blood),Time (months),donated",
        DRIVEN,
    ],
)
def test_headers_of_every_era_are_read(project, settings, tmp_path, header) -> None:
    path = written(tmp_path, "transfusion.data", f"{header}\n{ROWS}")
    (report,) = take(project, transfusion.read, path, settings)["donor_rfmt"]
    assert (report.stored, report.quarantined) == (2, 0)
    first = project.lake.scan("donor_rfmt").sort("donor").collect().row(0, named=True)
    assert (first["donor"], first["recency_months"], first["frequency"]) == ("1", 2, 50)
    assert (first["monetary_ml"], first["time_months"], first["donated"]) == (12500, 98, True)
    assert first["event_time"] == datetime(2007, 3, 1)
    assert first["known_at"] == datetime(2007, 4, 1)


def test_a_file_without_header_and_one_without_class_are_read(project, settings, tmp_path) -> None:
    path = written(tmp_path, "bare.data", ROWS.replace(" ", ""))
    (report,) = take(project, transfusion.read, path, settings)["donor_rfmt"]
    assert report.stored == 2
    test = written(tmp_path, "test.csv", f"{UCI.rpartition(',')[0]}\n7,3,750,30\n")
    (report,) = take(project, transfusion.read, test, settings)["donor_rfmt"]
    assert report.stored == 1


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("-1,3,750,30,0", "recency_months:below-minimum"),
        ("2,0,0,30,0", "frequency:below-minimum"),
        ("9,3,750,8,0", "time-not-below-recency"),
        ("2,3,751,30,0", "monetary-is-250-times-frequency"),
        ("2,x,750,30,0", "frequency:not-a-number"),
        ("2,3,750,,0", "time_months:missing-value"),
        ("2,3,750,30,maybe", "donated:not-a-truth-value"),
    ],
)
def test_a_wrong_row_is_set_aside_with_its_reason(project, settings, tmp_path, row, rule) -> None:
    path = written(tmp_path, "transfusion.data", f"{UCI}\n{ROWS}{row}\n")
    (report,) = take(project, transfusion.read, path, settings)["donor_rfmt"]
    assert report.stored == 2
    assert report.by_rule == {rule: 1}
    kept = quarantined(project.lake, "donor_rfmt").collect().row(0, named=True)
    assert kept["detail"]


def test_for_a_benchmark_a_wrong_row_is_an_error(settings, tmp_path) -> None:
    path = written(tmp_path, "transfusion.data", f"{UCI}\n{ROWS}9,3,750,8,0\n")
    with pytest.raises(ContractError, match="Time counts from the first donation"):
        read_frame(path, settings)


def test_recency_in_days_is_refused(settings, tmp_path) -> None:
    path = written(
        tmp_path, "x.data", f"{UCI.replace('Recency (months)', 'Recency (days)')}\n{ROWS}"
    )
    with pytest.raises(ContractError, match="is in days"):
        list(transfusion.read(path, settings))


def test_a_folder_without_such_a_file_says_so(settings, tmp_path) -> None:
    with pytest.raises(UsageError, match="0 RFMT files"):
        list(transfusion.read(tmp_path, settings))


@pytest.mark.real_data
def test_the_real_file_is_whole(project, settings, transfusion) -> None:
    from perdure.solutions.donor.importers import transfusion as importer

    (report,) = take(project, importer.read, transfusion.parent, settings)["donor_rfmt"]
    assert (report.stored, report.quarantined) == (748, 0)
    rows = project.lake.scan("donor_rfmt").collect()
    columns = ("recency_months", "frequency", "monetary_ml", "time_months", "donated")
    assert [rows[c].sum() for c in columns] == [7111, 4125, 1031250, 25643, 178]
    frame = read_frame(transfusion, settings)
    assert [frame[c].sum() for c in columns] == [7111, 4125, 1031250, 25643, 178]


CRM = {
    "donors.csv": "donor_id,registered_at,gender,year_of_birth,country,site\n"
    "a,2020-01-01,F,1980,GB,north\nb,2020-01-01,male,1970,GB,north\n",
    "donations.csv": "donation_id,donor_id,donated_at,volume\n"
    "1,a,2025-05-01,450\n2,b,2025-06-01,450\n",
    "contacts.csv": "contact_id,donor_id,sent_at,channel,probability\n"
    "c1,a,2025-04-20 10:00,Text,0.2\nc2,b,2025-05-20 18:30,e-mail,0.3\n",
    "responses.csv": "contact_id,donor_id,at,response\n"
    "c1,a,2025-04-20 11:00,open\nc2,b,2025-05-20 19:00,unsubscribe\n",
    "consents.csv": "donor_id,date,channel,consent\na,2020-01-01,any,yes\nb,2020-01-01,text,no\n",
    "deferrals.csv": "donor_id,from,until,reason\na,2025-07-01,2025-09-01,travel\n"
    "b,2025-07-01,permanent,\n",
    "lab.csv": "donor_id,measured_at,hb (g/dL),ferritin\na,2025-05-01,13.1,44\n"
    "b,2025-06-01,14.2,\n",
}


@pytest.fixture
def crm(tmp_path):
    folder = tmp_path / "crm"
    folder.mkdir()
    for name, text in CRM.items():
        written(folder, name.replace("lab", "haemoglobin"), text)
    return folder


def rows_of(project, table: str) -> list[dict]:
    return project.lake.scan(table).sort("event_time", "donor").collect().to_dicts()


def test_a_folder_of_a_crm_is_read(project, settings, crm) -> None:
    reports = take(project, donor_crm.read, crm, settings)
    assert {name: sum(r.stored for r in told) for name, told in reports.items()} == {
        "donor": 2, "donation": 2, "donor_contact": 2, "donor_response": 2, "donor_consent": 2,
        "donor_deferral": 2, "donor_haemoglobin": 3,
    }  # fmt: skip
    assert not any(r.quarantined for told in reports.values() for r in told)
    assert [r["sex"] for r in rows_of(project, "donor")] == ["female", "male"]
    sent = rows_of(project, "donor_contact")
    assert [(r["action"], r["hour"], r["propensity"]) for r in sent] == [
        ("sms", 10, 0.2), ("email", 18, 0.3),
    ]  # fmt: skip
    told = rows_of(project, "donor_response")
    assert [r["kind"] for r in told] == ["opened", "opted_out"]
    assert told[0]["contacted_at"] == datetime(2025, 4, 20, 10)
    words = [(r["channel"], r["state"]) for r in rows_of(project, "donor_consent")]
    assert words == [("all", "given"), ("sms", "withdrawn")]
    ends = [(r["until"], r["reason"]) for r in rows_of(project, "donor_deferral")]
    assert ends == [(datetime(2025, 9, 1), "travel"), (None, "unstated")]
    blood = {(r["donor"], r["loinc"]): (r["value"], r["unit"])
             for r in rows_of(project, "donor_haemoglobin")}  # fmt: skip
    assert blood == {
        ("a", "718-7"): (13.1, "g/dL"), ("a", "2276-4"): (44, "ug/L"),
        ("b", "718-7"): (14.2, "g/dL"),
    }  # fmt: skip


def test_one_file_of_events_is_read(project, settings, tmp_path) -> None:
    text = (
        "event,donor,at,channel,state,response,until,unit_number\n"
        "Donation,a,2025-05-01,,,,,77\n"
        "contact,a,2025-04-20 10:00,sms,,,,\n"
        "response,a,2025-04-20 11:00,,,click,,\n"
        "consent,a,2020-01-01,sms,given,,,\n"
        "deferral,a,2025-07-01,,,,2025-09-01,\n"
        "haircut,a,2025-07-01,,,,,\n"
    )
    reports = take(project, donor_crm.read, written(tmp_path, "events.csv", text), settings)
    assert {name: told[0].stored for name, told in reports.items()} == {
        "donation": 1, "donor_contact": 1, "donor_response": 1, "donor_consent": 1,
        "donor_deferral": 1,
    }  # fmt: skip
    assert reports["donation"][0].by_rule == {"unknown-event": 1}
    assert reports["donation"][0].origin == {"rows": 2, "taken": 1, "set aside": 1}
    assert rows_of(project, "donation")[0]["donation"] == "77"


def test_parquet_is_read_like_text(project, settings, tmp_path) -> None:
    path = tmp_path / "donations.parquet"
    when = [datetime(2025, 5, 1, 8), datetime(2025, 6, 1, 8)]
    pl.DataFrame({"donor": ["a", "b"], "donated_at": when}).write_parquet(path)
    (report,) = take(project, donor_crm.read, path, settings)["donation"]
    assert report.stored == 2
    assert rows_of(project, "donation")[0]["event_time"] == when[0]


def one(project, settings, tmp_path, name: str, text: str):
    table, reports = next(
        iter(take(project, donor_crm.read, written(tmp_path, name, text), settings).items())
    )
    return reports[0], table


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("donations.csv", "donation_id,donor,at\n1,a,2099-01-01\n", "event-in-the-future"),
        (
            "donations.csv",
            "donation_id,donor,at\n1,a,2025-01-01\n2,a,2025-01-01\n",
            "duplicate-event",
        ),
        (
            "donations.csv",
            "donation_id,donor,at,recorded_at\n1,a,2025-02-01,2025-01-01\n",
            "known-after-event",
        ),
        ("donations.csv", "donation_id,donor,at\n1,a,yesterday\n", "event_time:not-a-date"),
        ("donations.csv", "donation_id,donor,at,volume\n1,a,2025-01-01,0\n",
         "volume_ml:below-minimum"),
        ("contacts.csv", "contact_id,donor,at,action\n1,a,2025-01-01,pigeon\n",
         "action:not-allowed"),
        ("contacts.csv", "contact_id,donor,at,action,propensity\n1,a,2025-01-01,sms,0\n",
         "propensity-above-0"),
        ("haemoglobin.csv", "donor,at,hb\na,2025-01-01,135\n", "haemoglobin-looks-like-g-per-l"),
        ("haemoglobin.csv", "donor,at,hb (g/L)\na,2025-01-01,135\n", "unit:not-allowed"),
        ("haemoglobin.csv", "donor,at,loinc,value,unit\na,2025-01-01,718-7,12,ug/L\n",
         "haemoglobin-unit"),
    ],
)  # fmt: skip
def test_a_wrong_event_is_set_aside_with_its_reason(
    project, settings, tmp_path, name, text, rule
) -> None:
    report, table = one(project, settings, tmp_path, name, text)
    assert report.by_rule == {rule: 1}
    assert report.stored == text.count("\n") - 2
    assert quarantined(project.lake, table).collect()["detail"][0]


def test_grams_per_litre_are_told_what_to_do(project, settings, tmp_path) -> None:
    one(project, settings, tmp_path, "hb_haemoglobin.csv", "donor,at,hb (g/L)\na,2025-01-01,135\n")
    detail = quarantined(project.lake, "donor_haemoglobin").collect()["detail"][0]
    assert "divide g/L by 10" in detail


def test_a_response_before_its_contact_is_set_aside_but_an_opt_out_counts(
    project, settings, crm
) -> None:
    written(
        crm,
        "responses.csv",
        "contact_id,donor_id,at,response\nc1,a,2025-04-19,open\nc2,b,2025-05-01,stop\n",
    )
    (report,) = take(project, donor_crm.read, crm, settings)["donor_response"]
    assert report.by_rule == {"response-after-contact": 1}
    assert [r["kind"] for r in rows_of(project, "donor_response")] == ["opted_out"]


def test_the_same_row_twice_is_a_duplicate(project, settings, tmp_path) -> None:
    text = "donation_id,donor,at\n1,a,2025-01-01\n1,a,2025-01-01\n"
    report, _ = one(project, settings, tmp_path, "donations.csv", text)
    assert (report.stored, report.duplicates, report.quarantined) == (1, 1, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deferrals.csv", "donor,from,until\na,2025-01-01,soon\n"),
        ("deferrals.csv", "donor,from,until\na,2025-01-01,2024-01-01\n"),
        ("deferrals.csv", "donor,from,until\n,2025-01-01,2026-01-01\n"),
        ("consents.csv", "donor,at,channel,state\na,2025-01-01,fax,withdrawn\n"),
        ("consents.csv", "donor,at,channel,state\na,2025-01-01,sms,perhaps\n"),
        ("consents.csv", "donor,at,channel,state\na,last week,sms,withdrawn\n"),
        ("consents.csv", "donor,at,channel,state\na,2099-01-01,sms,withdrawn\n"),
        ("consents.csv", "donor,at,known_at,state\na,2025-02-01,2025-01-01,withdrawn\n"),
        ("responses.csv", "contact,donor,at,response\n1,a,some day,unsubscribe\n"),
        ("responses.csv", "contact,donor,at,response\n1,a,2099-01-01,stop\n"),
        ("responses.csv", "contact,donor,at,response\n1,,2025-01-01,opt-out\n"),
        ("responses.csv", "contact,donor,at,response\n1,a,2025-01-01,Abgemeldet\n"),
        ("responses.csv", "contact,donor,at,response\n1,a,2025-01-01,\n"),
        ("consents.csv", "donor,at,channel,state\na,2025-01-01,,given\n"),
        ("events.csv", "event,donor,at\ndonation,a,2025-01-01\nOpt out,a,2025-02-01\n"),
        ("events.csv", "event,donor,at\ndonation,a,2025-01-01\nconsent_withdrawn,a,2025-02-01\n"),
    ],
)
def test_what_protects_a_donor_is_never_passed_over(
    project, settings, tmp_path, name, text
) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(ContractError, match="whom they protect would be contacted"):
        take(project, donor_crm.read, path, settings)
    assert project.lake.tables() == ()


def test_an_uncertain_row_says_what_is_wrong_with_it(project, settings, tmp_path) -> None:
    path = written(tmp_path, "consents.csv", "donor,at,channel,state\na,1.5.25,sms,given\n")
    with pytest.raises(ContractError, match=r"consents.csv:2: .*event_time is no moment"):
        take(project, donor_crm.read, path, settings)


def test_what_a_gateway_tells_is_no_response(project, settings, tmp_path) -> None:
    text = "contact,donor,at,response\n1,a,2025-01-01,Bounced\n2,a,2025-01-02,open\n"
    report, _ = one(project, settings, tmp_path, "responses.csv", text)
    assert (report.stored, report.quarantined) == (1, 0)
    assert report.origin == {"rows": 2, "taken": 1, "set aside": 0, "told by the gateway": 1}


def test_a_header_without_rows_is_a_table_without_rows(project, settings, tmp_path) -> None:
    texts = {
        "contacts.csv": "contact_id,donor,at,action\n", "deferrals.csv": "donor,from,until\n",
        "consents.csv": "donor,at,channel,state\n", "responses.csv": "donor,at,response\n",
        "donations.csv": "donation_id,donor,at\n", "haemoglobin.csv": "donor,at,hb\n",
    }  # fmt: skip
    for name, text in texts.items():
        written(tmp_path, name, text)
    reports = take(project, donor_crm.read, tmp_path, settings)
    assert {r.stored for told in reports.values() for r in told} == {0}
    assert len(reports) == len(texts)
    assert all(project.lake.exists(table) for table in reports)


def test_a_file_of_no_kind_says_what_was_expected(settings, tmp_path) -> None:
    path = written(tmp_path, "stuff.csv", "colour,size\nred,3\n")
    with pytest.raises(ContractError, match="no table"):
        list(donor_crm.read(path, settings))
    with pytest.raises(UsageError, match="no file of donor events"):
        list(donor_crm.read(written(tmp_path, "notes.md", "x").parent / "none", settings))


def test_a_missing_column_names_the_nearest(settings, tmp_path) -> None:
    path = written(tmp_path, "donations.csv", "donation_id,doner,at\n1,a,2025-01-01\n")
    with pytest.raises(ContractError, match="nearest: 'doner'"):
        list(donor_crm.read(path, settings))


def test_what_forbids_a_contact_is_known_without_the_lag(project, settings, tmp_path) -> None:
    late = settings.model_copy(
        update={"imports": settings.imports.model_copy(update={"lag_days": 30})}
    )
    written(tmp_path, "deferrals.csv", "donor,from,until\na,2026-02-20,2026-05-01\n")
    consents = "donor,at,channel,state\na,2026-01-01,sms,given\na,2026-02-20,sms,withdrawn\n"
    written(tmp_path, "consents.csv", consents)
    written(tmp_path, "responses.csv", "donor,at,response\na,2026-02-20,stop\n")
    take(project, donor_crm.read, tmp_path, late)
    told = datetime(2026, 2, 20)
    for table in ("donor_deferral", "donor_consent", "donor_response"):
        assert rows_of(project, table)[-1]["known_at"] == told
    assert rows_of(project, "donor_consent")[0]["known_at"] == datetime(2026, 1, 31)


def test_rows_become_known_after_the_lag(project, settings, tmp_path) -> None:
    told = settings.model_dump()
    late = type(settings).model_validate({**told, "imports": {**told["imports"], "lag_days": 3}})
    one(project, late, tmp_path, "donations.csv", "donation_id,donor,at\n1,a,2025-01-01\n")
    assert rows_of(project, "donation")[0]["known_at"] == datetime(2025, 1, 4)
