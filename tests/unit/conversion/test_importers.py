"""Importers: each kind of official file in each era, by header, with what CMS hides left hidden."""

from datetime import datetime

import polars as pl
import pyarrow as pa
import pytest
from conversion_made import (
    CONTRACTS,
    PANEL,
    frame,
    invented_npis,
    panel_row,
    settings_of,
    write_table,
)

from perdure.kernel.errors import ContractError, UnreadableFile, UsageError
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.solutions.conversion.importers import (
    cms,
    files,
    nppes,
    nucc,
    open_payments,
    panel,
    partd_provider,
    partd_provider_drug,
    shared,
    values,
)
from perdure.solutions.conversion.importers.fields import canonical

A, B, C = invented_npis(3)
END_2013 = datetime(2013, 12, 31)
MARKETS = {"imports": {"markets": {"nsaid": ("voltaren", "DICLOFENAC*"), "gout": ("colcrys",)}}}


def read(reader, path, settings):
    made = {}
    for table, rows, source in reader.read(path, settings):
        assert source == path.name
        tables = [rows] if isinstance(rows, pa.Table) else list(rows)
        made[table] = pl.concat([pl.DataFrame(part) for part in tables])
        assert made[table].columns == list(CONTRACTS[table].names())
    return made


NEW_DRUG = {
    "Prscrbr_NPI": A,
    "Prscrbr_Last_Org_Name": "",
    "Prscrbr_City": "Des  Moines,",
    "Prscrbr_State_Abrvtn": "IA",
    "Prscrbr_Type": "Family Medicine",
    "Brnd_Name": "Voltaren",
    "Gnrc_Name": "Diclofenac Sodium",
    "Tot_Clms": "27",
    "Tot_Day_Suply": "810",
    "Tot_Drug_Cst": "1234.50",
    "Tot_Benes": "",
}
OLD_DRUG = {
    "npi": A,
    "nppes_provider_city": "DES MOINES",
    "nppes_provider_state": "IA",
    "specialty_description": "Family Practice",
    "drug_name": "VOLTAREN",
    "generic_name": "DICLOFENAC SODIUM",
    "bene_count": "",
    "total_claim_count": "27",
    "total_day_supply": "810",
    "total_drug_cost": "1234.50",
}


@pytest.mark.parametrize(
    ("name", "row"),
    [("MUP_DPR_RY25_P04_V10_DY13_NPIBN.csv", NEW_DRUG), ("PARTD_NPI_DRUG_2013.tsv.gz", OLD_DRUG)],
)
def test_provider_and_drug_says_the_same_in_both_eras(tmp_path, name, row):
    other = row | {key: "Lisinopril" for key in row if "Brnd" in key or "drug_name" in key}
    other |= {key: "Lisinopril" for key in row if "Gnrc" in key or "generic" in key}
    path = write_table(tmp_path / name, [row, other])
    made = read(partd_provider_drug, path, settings_of("cms", **MARKETS))
    (claim,) = made["claims"].rows(named=True)
    assert (claim["npi"], claim["market"], claim["product"]) == (A, "nsaid", "VOLTAREN")
    assert (claim["claims"], claim["cost"], claim["patients"]) == ("27", "1234.50", None)
    assert claim["event_time"] == claim["known_at"] == END_2013
    assert claim["suppressed"] is False
    (who,) = made["physician"].rows(named=True)
    assert (who["city"], who["state"], who["specialty"]) == ("DES MOINES", "IA", "Family Practice")
    assert who["territory"] == "IA"


def test_a_drug_may_belong_to_a_market_by_brand_molecule_or_beginning(tmp_path):
    names = [("Cataflam", "Diclofenac Potassium"), ("Colcrys", "Colchicine"), ("X", "Naproxen")]
    rows = [NEW_DRUG | {"Brnd_Name": b, "Gnrc_Name": g} for b, g in names]
    path = write_table(tmp_path / "drugs_2013.csv", rows)
    made = read(partd_provider_drug, path, settings_of("cms", **MARKETS))
    found = made["claims"].select("market", "product").rows()
    assert sorted(found) == [("gout", "COLCRYS"), ("nsaid", "CATAFLAM")]


def test_without_markets_nothing_of_all_drugs_is_read(tmp_path, yearly):
    path = write_table(tmp_path / "drugs_2013.csv", [NEW_DRUG])
    assert read(partd_provider_drug, path, yearly) == {}


def test_hidden_cells_stay_hidden_and_never_become_zero(tmp_path, project_of):
    row = NEW_DRUG | {"Tot_Clms": "*", "Tot_Drug_Cst": "#", "Tot_Benes": ""}
    path = write_table(tmp_path / "drugs_2013.csv", [row])
    made = read(partd_provider_drug, path, settings_of("cms", **MARKETS))
    assert made["claims"]["suppressed"].to_list() == [True]
    project = project_of()
    report = ingest(project, CONTRACTS["claims"], made["claims"].to_arrow(), source=path.name)
    assert (report.stored, report.quarantined) == (1, 0)
    stored = project.lake.scan("claims").collect().row(0, named=True)
    assert (stored["claims"], stored["cost"], stored["patients"]) == (None, None, None)


def test_text_in_a_number_is_set_aside_with_its_reason(tmp_path, project_of):
    rows = [NEW_DRUG, NEW_DRUG | {"Prscrbr_NPI": B, "Tot_Clms": "many"}]
    path = write_table(tmp_path / "drugs_2013.csv", rows)
    made = read(partd_provider_drug, path, settings_of("cms", **MARKETS))
    project = project_of()
    report = ingest(project, CONTRACTS["claims"], made["claims"].to_arrow(), source=path.name)
    assert (report.stored, report.quarantined) == (1, 1)
    assert any("number" in rule for rule in report.by_rule)


NEW_PROVIDER = {
    "PRSCRBR_NPI": A,
    "Prscrbr_Crdntls": "M.D., Ph.D.",
    "Prscrbr_Ent_Cd": "I",
    "Prscrbr_City": "Gulfport",
    "Prscrbr_State_Abrvtn": "MS",
    "Prscrbr_Type": "Cardiology",
    "Tot_Clms": "1000",
    "Tot_Benes": "90",
    "GE65_Tot_Clms": "",
    "Brnd_Tot_Clms": "*",
    "Gnrc_Tot_Clms": "800",
    "LIS_Tot_Clms": "#",
    "MAPD_Tot_Clms": "300",
    "Bene_Avg_Risk_Scre": "1.2",
}
OLD_PROVIDER = {
    "npi": A,
    "nppes_credentials": "MD",
    "nppes_provider_gender": "M",
    "nppes_entity_code": "I",
    "nppes_provider_city": "GULFPORT",
    "nppes_provider_state": "MS",
    "specialty_description": "Cardiology",
    "total_claim_count": "1000",
    "bene_count": "90",
    "brand_claim_count": "",
    "generic_claim_count": "800",
    "lis_claim_count": "",
    "mapd_claim_count": "300",
    "beneficiary_average_risk_score": "1.2",
}


@pytest.mark.parametrize("row", [NEW_PROVIDER, OLD_PROVIDER], ids=["new", "old"])
def test_by_provider_says_the_same_in_both_eras(tmp_path, yearly, row):
    office = row | {key: "O" for key in row if "ntity" in key or "Ent_Cd" in key}
    office |= {key: B for key in row if key.lower().endswith("npi")}
    path = write_table(tmp_path / "by_provider_2019.csv", [row, office])
    made = read(partd_provider, path, yearly)
    (practice,) = made["practice"].rows(named=True)
    assert (practice["claims"], practice["generic_claims"]) == ("1000", "800")
    assert practice["brand_claims"] in (None, "*")
    assert practice["event_time"] == datetime(2019, 12, 31)
    (who,) = made["physician"].rows(named=True)
    assert (who["credential"], who["city"], who["active"]) == ("MD", "GULFPORT", True)


def test_a_combined_file_gives_the_provider_his_own_totals(tmp_path):
    row = OLD_DRUG | {f"{k}.1" if k in OLD_DRUG else k: v for k, v in OLD_PROVIDER.items()}
    path = write_table(tmp_path / "combined_2016.tsv", [row])
    head = files.header(path)
    assert partd_provider.recognises(head)
    assert partd_provider_drug.recognises(head)
    settings = settings_of("cms", **MARKETS)
    assert read(partd_provider, path, settings)["practice"]["claims"].to_list() == ["1000"]
    assert read(partd_provider_drug, path, settings)["claims"]["claims"].to_list() == ["27"]


NOW_PAYMENT = {
    "Covered_Recipient_Type": "Covered Recipient Physician",
    "Covered_Recipient_Profile_ID": "77",
    "Covered_Recipient_NPI": A,
    "Recipient_State": "IA",
    "Total_Amount_of_Payment_USDollars": "30.00",
    "Date_of_Payment": "03/09/2022",
    "Number_of_Payments_Included_in_Total_Amount": "1",
    "Nature_of_Payment_or_Transfer_of_Value": "Food and Beverage",
    "Record_ID": "9001",
    "Name_of_Drug_or_Biological_or_Device_or_Medical_Supply_1": "Voltaren Gel",
    "Name_of_Drug_or_Biological_or_Device_or_Medical_Supply_2": "OTHERDRUG",
    "Payment_Publication_Date": "06/30/2023",
}
OLD_PAYMENT = {
    "Physician_Profile_ID": "77",
    "Total_Amount_of_Payment_USDollars": "30.00",
    "Date_of_Payment": "08/15/2013",
    "Nature_of_Payment_or_Transfer_of_Value": "Food and Beverage",
    "Record_ID": "1",
    "Name_of_Associated_Covered_Drug_or_Biological1": "VOLTAREN",
    "Name_of_Associated_Covered_Drug_or_Biological2": "",
}


def test_payments_of_the_current_era_are_split_over_their_products(tmp_path, yearly):
    rows = [NOW_PAYMENT, NOW_PAYMENT | {"Covered_Recipient_NPI": "", "Record_ID": "9002"}]
    path = write_table(tmp_path / "OP_DTL_GNRL_PGYR2022.csv", rows)
    made = read(open_payments, path, yearly)["promotion"].sort("product")
    assert made["product"].to_list() == ["OTHERDRUG", "VOLTAREN"]
    assert made["amount_usd"].cast(pl.Float64).to_list() == [15.0, 15.0]
    assert made["npi"].to_list() == [A, A]
    assert made["event_time"].to_list() == made["known_at"].to_list() == [datetime(2022, 3, 9)] * 2
    assert made["channel"].unique().to_list() == ["food and beverage"]


def test_with_a_lag_a_payment_is_known_from_its_publication_on(tmp_path):
    settings = settings_of("cms", imports={"lag_months": 17})
    path = write_table(tmp_path / "OP_2022.csv", [NOW_PAYMENT])
    made = read(open_payments, path, settings)["promotion"]
    assert made["known_at"].to_list() == [datetime(2023, 6, 30)] * 2
    old = write_table(tmp_path / "OP_2013.csv", [OLD_PAYMENT])
    pairs = write_table(tmp_path / "pairs.csv", [{"profile_id": "77", "npi": A}])
    with_pairs = settings_of("cms", imports={"lag_months": 17, "crosswalk": str(pairs)})
    assert read(open_payments, old, with_pairs)["promotion"]["known_at"][0] == datetime(2015, 1, 15)


def test_payments_without_npi_are_matched_through_a_panel_and_not_counted_twice(tmp_path, yearly):
    write_table(tmp_path / "panel.csv", [panel_row(NPI=A, doc_id=77, year=2013)], PANEL)
    rows = [
        OLD_PAYMENT,
        OLD_PAYMENT | {"Date_of_Payment": "01/20/2015", "Record_ID": "2"},
        OLD_PAYMENT | {"Physician_Profile_ID": "88", "Record_ID": "3"},
    ]
    path = write_table(tmp_path / "payments.csv", rows)
    made = read(open_payments, path, yearly)["promotion"]
    assert made.select("npi", "event_time").rows() == [(A, datetime(2015, 1, 20))]


def test_a_crosswalk_that_is_named_counts_every_payment_of_a_known_physician(tmp_path):
    pairs = write_table(tmp_path / "pairs.csv", [{"profile_id": "77", "npi": A}])
    rows = [OLD_PAYMENT, OLD_PAYMENT | {"Physician_Profile_ID": "88", "Record_ID": "3"}]
    path = write_table(tmp_path / "payments.csv", rows)
    settings = settings_of("cms", imports={"crosswalk": str(pairs)})
    assert read(open_payments, path, settings)["promotion"]["npi"].to_list() == [A]


@pytest.mark.parametrize("sex", ["Provider Sex Code", "Provider Gender Code"])
def test_nppes_gives_individuals_with_their_main_taxonomy(tmp_path, yearly, sex):
    row = {
        "NPI": A,
        "Entity Type Code": "1",
        "Provider Credential Text": "D.O.",
        "Provider Business Practice Location Address City Name": "Ames",
        "Provider Business Practice Location Address State Name": "IA",
        "Provider Enumeration Date": "05/23/2005",
        "Last Update Date": "07/08/2007",
        "NPI Deactivation Date": "",
        "NPI Reactivation Date": "",
        sex: "F",
        "Healthcare Provider Taxonomy Code_1": "207R00000X",
        "Healthcare Provider Primary Taxonomy Switch_1": "N",
        "Healthcare Provider Taxonomy Code_2": "207Q00000X",
        "Healthcare Provider Primary Taxonomy Switch_2": "Y",
    }
    office = row | {"NPI": B, "Entity Type Code": "2"}
    gone = row | {"NPI": C, "NPI Deactivation Date": "01/02/2010"}
    path = write_table(tmp_path / "npidata_pfile.csv", [row, office, gone])
    codes = {"Type": "Allopathic", "Classification": "Family Medicine", "Specialization": ""}
    write_table(tmp_path / "nucc.csv", [{"Code": "207Q00000X"} | codes])
    made = read(nppes, path, yearly)["physician"]
    assert made["npi"].to_list() == [A, C]
    assert made["active"].to_list() == [True, False]
    first = made.row(0, named=True)
    assert (first["specialty"], first["taxonomy"]) == ("Family Medicine", "207Q00000X")
    assert (first["credential"], first["gender"]) == ("DO", "F")
    assert first["event_time"] == datetime(2007, 7, 8)


@pytest.mark.parametrize("grouping", ["Type", "Grouping"])
def test_taxonomy_under_both_names_and_in_an_older_encoding(tmp_path, yearly, grouping):
    head = f"Code,{grouping},Classification,Specialization"
    text = f"{head}\n101Y00000X,Group,Clinicien g\xe9n\xe9ral,\n"
    path = tmp_path / "nucc.csv"
    path.write_bytes(text.encode("cp1252"))
    made = read(nucc, path, yearly)["taxonomy"]
    assert made.row(0, named=True)["classification"] == "Clinicien général"


def test_shared_patients_with_and_without_header(tmp_path, yearly):
    new = write_table(
        tmp_path / "hops_2018.csv",
        [{"from_npi": A, "to_npi": B, "patient_count": 25, "transaction_count": 40}],
    )
    old = tmp_path / "physician-shared-2015.txt"
    old.write_text(f"{A},{B},40,25,3\n{B},{C},40,12,40\n")
    assert shared.recognises(files.header(old))
    assert read(shared, new, yearly)["shared_patients"]["patients"].to_list() == ["25"]
    made = read(shared, old, yearly)["shared_patients"]
    assert made["patients"].to_list() == ["25", "12"]
    assert made["event_time"].to_list() == [datetime(2015, 12, 31)] * 2


def test_the_panel_becomes_four_tables(tmp_path, yearly):
    rows = [
        panel_row(NPI=A, total_class_claims=500, total_target_claims=120, total_target_bene=30),
        panel_row(NPI=A, drug_class="other", target_brand="OTHERBRAND", total_payment_dollars=90),
        panel_row(
            NPI=B,
            doc_city="ames,",
            doc_specialty="Family Medicine",
            doc_group_size=2,
            total_payment_dollars=100.0,
            total_target_payment_dollars=30.0,
            total_target_payment_number=2,
        ),
    ]
    made = read(panel, write_table(tmp_path / "p.csv.gz", rows, PANEL), yearly)
    assert made["physician"].height == made["practice"].height == 2
    claims = {(r["npi"], r["product"]): r["claims"] for r in made["claims"].rows(named=True)}
    assert claims == {
        (A, "DEMOBRAND"): 120.0,
        (A, "other democlass"): 380.0,
        (A, "other other"): 400.0,
        (B, "other democlass"): 400.0,
    }
    paid = {(r["npi"], r["product"]): r["amount_usd"] for r in made["promotion"].rows(named=True)}
    assert paid[(B, "DEMOBRAND")] == 30.0
    assert paid[(B, "(other)")] == 70.0
    who = {r["npi"]: r for r in made["physician"].rows(named=True)}
    assert (who[B]["city"], who[B]["specialty"]) == ("AMES", "Family Practice")
    assert (who[A]["practice_group"], who[A]["practice_system"]) == (
        "SPRINGFIELD, IA: 12",
        "IA: 12",
    )
    assert who[B]["practice_group"] is None


def test_the_panel_waits_for_the_stated_lag(tmp_path):
    path = write_table(tmp_path / "p.csv", [panel_row(NPI=A)], PANEL)
    made = read(panel, path, settings_of("cms", imports={"lag_months": 17}))
    assert made["claims"]["known_at"].to_list() == [datetime(2015, 5, 31)]
    assert made["claims"]["event_time"].to_list() == [END_2013]


def test_a_panel_with_text_in_a_number_is_one_clear_error(tmp_path, yearly):
    path = write_table(tmp_path / "p.csv", [panel_row(NPI=A, total_class_claims="lots")], PANEL)
    with pytest.raises(ContractError, match="'class_claims' holds 'lots'"):
        read(panel, path, yearly)


def test_a_file_of_states_is_cut_to_those_that_are_asked_for(tmp_path):
    rows = [panel_row(NPI=A, doc_state="IA"), panel_row(NPI=B, doc_state="NE")]
    path = write_table(tmp_path / "p.csv", rows, PANEL)
    made = read(panel, path, settings_of("cms", imports={"states": ("NE",)}))
    assert made["claims"]["npi"].to_list() == [B]


def test_an_outcome_file_gives_the_next_year_too(tmp_path, yearly):
    outcome = [*PANEL, "y_target_claims_t1", "y_class_claims_t1", "observed_t1", "converted"]
    rows = [
        panel_row(NPI=A, y_target_claims_t1="150.0", y_class_claims_t1="600.0", converted="1"),
        panel_row(NPI=B, y_target_claims_t1="", y_class_claims_t1="", converted="-1"),
    ]
    path = write_table(tmp_path / "o.csv", rows, outcome)
    assert panel.is_outcome(files.header(path))
    assert not panel.recognises(files.header(path))
    made = read(panel, path, yearly)["claims"].filter(pl.col("event_time") > END_2013)
    found = {r["product"]: (r["npi"], r["claims"]) for r in made.rows(named=True)}
    assert found == {"DEMOBRAND": (A, 150.0), "other democlass": (A, 450.0)}


class Notes:
    def __init__(self):
        self.texts = []

    def step(self, what, done=0, total=None):
        pass

    def remark(self, what):
        self.texts.append(what)


def test_a_folder_is_read_file_by_file_and_says_what_it_leaves_out(tmp_path, project_of):
    write_table(tmp_path / "panel.csv", [panel_row(NPI=A, doc_id=77)], PANEL)
    write_table(tmp_path / "drugs_2013.csv", [NEW_DRUG])
    write_table(tmp_path / "providers.csv", [NEW_PROVIDER])
    write_table(tmp_path / "notes.csv", [{"a": 1}])
    (tmp_path / "readme.md").write_text("text")
    (tmp_path / "broken.csv.gz").write_bytes(b"\x1f\x8b no gzip")
    notes, project = Notes(), project_of()
    stored = {}
    for table, rows, source in cms.read(tmp_path, settings_of("cms", **MARKETS), notes):
        report = ingest(project, CONTRACTS[table], rows, source=source)
        assert report.quarantined == 0, report
        stored[table] = stored.get(table, 0) + report.stored
    # The panel states the physician of the drug file anew: both statements are kept.
    assert stored == {"physician": 2, "claims": 2, "practice": 1, "promotion": 0}
    said = "\n".join(notes.texts)
    assert "notes.csv: left out, not of a known kind" in said
    assert "broken.csv.gz: left out, it cannot be read: the gzip data are damaged" in said
    assert "providers.csv: left out, no year in its name" in said
    assert "readme.md: left out, its name is not that of a table as text" in said


def test_the_fuller_statement_about_a_physician_is_read_last(tmp_path):
    write_table(tmp_path / "a_provider_2013.csv", [NEW_PROVIDER])
    write_table(tmp_path / "b_drugs_2013.csv", [NEW_DRUG])
    order = [file.name for file, readers in cms.plan(tmp_path) if readers]
    assert order == ["b_drugs_2013.csv", "a_provider_2013.csv"]


def test_a_folder_with_nothing_known_and_a_place_that_is_not_there_are_refused(tmp_path, yearly):
    write_table(tmp_path / "notes.csv", [{"a": 1}])
    with pytest.raises(UsageError, match="no file here is of a known kind"):
        list(cms.read(tmp_path, yearly))
    with pytest.raises(UsageError, match="there is nothing"):
        list(cms.read(tmp_path / "no", yearly))


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("MUP_DPR_RY25_P04_V10_DY23_NPIBN.csv", 2023),
        ("OP_DTL_GNRL_PGYR2022_P01182024.csv", 2022),
        ("partd_by_provider_2019_sample.csv.gz", 2019),
        ("PartD_Prescriber_PUF_NPI_Drug_16.txt", 2016),
    ],
)
def test_the_year_is_in_the_name(tmp_path, name, year):
    assert values.year_of(tmp_path / name, None) == year
    assert values.year_of(tmp_path / name, 2001) == year


def test_a_name_without_year_needs_the_setting(tmp_path):
    assert values.year_of(tmp_path / "drugs.csv", 2017) == 2017
    with pytest.raises(UsageError, match=r"imports\.year"):
        values.year_of(tmp_path / "drugs.csv", None)


def test_a_missing_column_names_the_nearest(tmp_path, yearly):
    row = {k: v for k, v in panel_row(NPI=A).items() if k != "total_class_claims"}
    path = write_table(tmp_path / "p.csv", [row | {"total_class_claim": 4}])
    assert not panel.recognises(files.header(path))
    with pytest.raises(ContractError, match="total_class_claim"):
        list(panel.read(path, yearly))


def test_an_empty_file_is_one_clear_error(tmp_path, yearly):
    path = tmp_path / "p.csv"
    path.write_text("")
    with pytest.raises(UnreadableFile):
        list(panel.read(path, yearly))


def test_a_stream_without_rows_still_has_its_columns():
    reader = values.stream(iter(()), CONTRACTS["claims"])
    assert reader.schema.names == list(CONTRACTS["claims"].names())
    assert frame(reader).is_empty()


def test_names_differ_only_in_what_does_not_matter():
    assert len({canonical(n) for n in ("\ufeff Tot-Clms", "TOT CLMS", "tot_clms ")}) == 1


@pytest.fixture
def project_of(tmp_path_factory):
    return lambda: Project.create(tmp_path_factory.mktemp("project"))
