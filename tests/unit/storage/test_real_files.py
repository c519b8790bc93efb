"""The official files: every reader opens them, and every row is there."""

from __future__ import annotations

import pytest

from perdure.kernel.errors import UnreadableFile
from perdure.kernel.tables import Column, TableContract
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.readers import open_rows

pytestmark = pytest.mark.real_data

# Rows and columns as the provenance of the data states them.
SHAPES = {
    "cms/hcp_class_panel_2013_2014.csv.gz": (82_110, 42),
    "cms/hcp_conversion_2013_to_2014.csv.gz": (38_317, 46),
    "cms/open_payments_general_iowa_2013_2015.csv.gz": (126_084, 13),
    "cms/partd_by_provider_2023_sample.csv.gz": (19_408, 21),
    "cms/partd_by_provider_and_drug_2023_sample.csv.gz": (115_914, 7),
    "cms/partd_imbruvica_npi_drug_plus_npi_summary.tsv.gz": (3_315, 105),
    "cms/seed000_physician_conversion_input.csv": (5_000, 59),
    "cms/nucc_taxonomy_121.csv": (828, 6),
    "demo_ehr/eicu_demo_subset/lab.csv.gz": (29_961, 10),
    "demo_ehr/mimic3_demo_subset/PRESCRIPTIONS.csv.gz": (10_398, 19),
    "nhanes/nhanes_2011_2016_adults_labs.csv.gz": (16_131, 70),
    "namcs/visits.parquet": (136_357, 10),
    "uplift/hillstrom.csv": (64_000, 12),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_row_of_an_official_file_is_read(real_data, name):
    reader = open_rows(real_data / name)
    positions = {str(place): place for place in range(len(reader.header))}
    rows = broken = 0
    for batch in reader.batches(positions):
        rows, broken = rows + len(batch.frame), broken + len(batch.broken)
    assert (rows, len(reader.header), broken) == (*SHAPES[name], 0)


def test_every_cms_file_is_rows_or_one_clear_error(real_data):
    refused = {}
    for path in sorted((real_data / "cms").iterdir()):
        try:
            reader = open_rows(path)
        except UnreadableFile as error:
            refused[path.name] = error.what
            continue
        assert sum(len(batch.frame) for batch in reader.batches({"first": 0})) > 0
    assert refused == {"Synthea27Nj_5.4.zip": "the file is a zip archive or an Excel workbook"}


def test_payments_of_the_older_era_are_taken_in(project, real_data):
    payments = TableContract(
        "payments",
        "what a manufacturer paid",
        (
            Column("recipient", "string", "who", synonyms=("Physician_Profile_ID",)),
            Column("record", "string", "the record", synonyms=("Record_ID",)),
            Column("event_time", "timestamp", "when", synonyms=("Date_of_Payment",)),
            Column("known_at", "timestamp", "since when known"),
            Column("amount", "number", "how much", unit="usd",
                   synonyms=("Total_Amount_of_Payment_USDollars",)),
        ),
        keys=("record",),
    )  # fmt: skip
    path = real_data / "cms/open_payments_general_iowa_2013_2015.csv.gz"
    report = ingest(project, payments, path, defaults={"known_at": "2016-06-30"})
    assert (report.rows_read, report.stored, report.quarantined) == (126_084, 126_084, 0)
    times = project.lake.scan("payments").collect()["event_time"]
    assert str(times.min())[:10] == "2013-08-01"
    assert str(times.max())[:10] == "2015-12-31"
    assert ingest(project, payments, path, defaults={"known_at": "2016-06-30"}).repeated
