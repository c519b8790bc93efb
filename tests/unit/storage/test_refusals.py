"""Rows that a reader refused: counted to the last, kept as a sample, shown where others are."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest

from perdure.interfaces.views import tables
from perdure.platform.storage.contracts import arrow_schema
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.quarantine import quarantined, set_aside
from perdure.platform.storage.refusals import Refusals, Screened


def lines(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"_line": numbers, "record": [f"r{n}" for n in numbers], "blank": [None] * len(numbers)},
        schema_overrides={"blank": pl.String, "_line": pl.Int64},
    )


@pytest.fixture
def nothing(contract) -> pa.Table:
    schema = arrow_schema(contract)
    return pa.schema([schema.field(name) for name in contract.names()]).empty_table()


def refused(*numbers: int, sample: int = 1000, rule: str = "no-npi") -> Refusals:
    told = Refusals("payments.csv", sample=sample)
    told.read(len(numbers) + 1)
    told.refuse(lines(*numbers), rule, "names no NPI", ("record", "blank", "not there"))
    return told


def test_every_refused_row_is_in_the_report_and_in_the_quarantine(project, contract, nothing):
    told = refused(3, 2)
    report = ingest(project, contract, Screened(nothing, told), source="payments.csv")
    assert (report.rows_read, report.stored, report.quarantined) == (2, 0, 2)
    assert report.by_rule == {"no-npi": 2}
    assert report.samples == {}
    assert report.origin == {"rows": 3, "taken": 1, "set aside": 2}
    rows = quarantined(project.lake, "visits").collect()
    assert rows.select("line", "rule", "detail", "raw", "source").rows() == [
        (2, "no-npi", "names no NPI", '{"record":"r2"}', "payments.csv"),
        (3, "no-npi", "names no NPI", '{"record":"r3"}', "payments.csv"),
    ]


def test_of_very_many_a_sample_is_kept_and_the_count_is_exact(project, contract, nothing):
    told = refused(*range(1, 8), sample=3)
    told.refuse(lines(9, 10), "no-npi", "names no NPI", ("record",))
    told.refuse(lines(11), "other", "something else", ("record",))
    report = ingest(project, contract, Screened(nothing, told), source="payments.csv")
    assert report.by_rule == {"no-npi": 9, "other": 1}
    assert report.samples == {"no-npi": 3}
    assert "of 9 rows with rule 'no-npi' the quarantine keeps 3" in report.notes
    assert quarantined(project.lake, "visits").collect()["line"].to_list() == [1, 2, 3, 11]
    assert set_aside(project.ops, "visits") == {"no-npi": 9, "other": 1}
    page = tables.quarantined(project, "visits")
    assert (page.total, page.sampled) == (4, (("no-npi", 3, 9),))


def test_the_same_rows_with_other_refusals_are_other_content(project, contract, nothing):
    first = ingest(project, contract, Screened(nothing, refused(2)), source="a.csv")
    again = ingest(project, contract, Screened(nothing, refused(2)), source="a.csv")
    other = ingest(project, contract, Screened(nothing, refused(2, 5)), source="b.csv")
    assert (first.repeated, again.repeated, other.repeated) == (False, True, False)
    assert quarantined(project.lake, "visits").collect().height == 3


def test_a_stream_tells_its_refusals_once_it_was_read(project, contract, nothing):
    told = Refusals("payments.csv")

    def batches():
        told.read(1)
        told.refuse(lines(2), "no-npi", "names no NPI", ("record",))
        yield from nothing.to_batches()

    stream = pa.RecordBatchReader.from_batches(nothing.schema, batches())
    report = ingest(project, contract, Screened(stream, told), source="payments.csv")
    assert report.by_rule == {"no-npi": 1}


def test_refused_and_passed_over_and_taken_are_all_the_rows():
    told = refused(2, 3)
    told.read(5)
    told.pass_over("other states", 4)
    told.pass_over("nothing", 0)
    assert told.origin() == {"rows": 8, "taken": 2, "set aside": 2, "other states": 4}
