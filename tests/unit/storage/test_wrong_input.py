"""Each kind of wrong input: one clear error, or a refused row with its rule and line."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import textwrap

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError, PerdureError, UnreadableFile
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.platform.storage.quarantine import quarantined


def refused(project, table="visits"):
    """Line, rule and text of the refused rows."""
    rows = quarantined(project.lake, table).sort("line").collect()
    return [(row["line"], row["rule"], json.loads(row["raw"])) for row in rows.to_dicts()]


def balanced(report) -> bool:
    return report.rows_read == report.stored + report.duplicates + report.quarantined


# One clear error, and nothing stored ------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "visits.csv", "empty"),
        (b"", "visits.csv.gz", "no text"),
        (b"\n \r\n\n", "visits.csv", "no text"),
        (b"npi,event_time,known_at,visits\n", "visits.csv", "a header and no rows"),
        (b"PK\x03\x04rest", "visits.csv", "zip archive or an Excel"),
        (b"%PDF-1.7", "visits.csv", "PDF"),
        (b"BZh9", "visits.csv", "bunzip2"),
        (b'{"npi": 1}', "visits.csv", "JSON"),
        (b"<!DOCTYPE html><html>", "visits.csv", "error page"),
        (bytes(range(256)) * 40, "visits.csv", "binary"),
        (b'"npi,event_time\n', "visits.csv", "header cannot be read"),
        (b"PAR1 but no Parquet", "visits.parquet", "cannot be read"),
        (b"ARROW1\0\0 but no Arrow", "visits.arrow", "cannot be read"),
        (b"\xff\xff\xff\xff\x10\0\0\0 no stream", "visits.arrows", "cannot be read"),
        (b"\x1f\x8b\x08 no gzip at all", "visits.csv", "damaged"),
        (b"x" * (17 << 20), "visits.csv", "longer than 16 MiB"),
        (b",".join([b"c"] * 20_001), "visits.csv", "20001 columns"),
    ],
)
def test_content_that_is_no_table(project, contract, tmp_path, content, name, words):
    path = tmp_path / name
    packed = name.endswith(".gz")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(UnreadableFile, match=words) as caught:
        ingest(project, contract, path)
    assert str(caught.value).startswith(str(path)), "the file is named first"
    assert len(str(caught.value)) < 1000
    assert not project.lake.tables()


def test_a_missing_file_and_a_folder(project, contract, tmp_path):
    with pytest.raises(UnreadableFile, match="no such file"):
        ingest(project, contract, tmp_path / "nowhere.csv")
    with pytest.raises(UnreadableFile, match="no regular file"):
        ingest(project, contract, tmp_path)


def test_a_truncated_gzip_stores_nothing_of_it(project, contract, write, table, good):
    path = write(table(*(good(n) for n in range(1, 2000))), "visits.csv.gz")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UnreadableFile, match=r"cut off.*nothing of it was stored"):
        ingest(project, contract, path)
    assert not project.lake.tables()


def test_a_damaged_gzip(project, contract, write, table, good):
    path = write(table(*(good(n) for n in range(1, 2000))), "visits.csv.gz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"damaged|cut off"):
        ingest(project, contract, path)
    assert not project.lake.tables()


def test_a_truncated_parquet(project, contract, tmp_path):
    path = tmp_path / "visits.parquet"
    pq.write_table(pa.table({"npi": ["1"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match="cannot be read"):
        ingest(project, contract, path)


def test_a_missing_column_names_the_nearest(project, contract, write, table, good):
    path = write(table(good()).replace("visits", "visists", 1))
    with pytest.raises(ContractError, match=r"'visits' \(nearest: 'visists'\)"):
        ingest(project, contract, path)


def test_a_duplicate_header(project, contract, write, table, good):
    with pytest.raises(ContractError, match="'channel' twice"):
        ingest(project, contract, write(table(good()).replace("paid", "channel", 1)))


def test_a_wrong_unit_in_the_header(project, contract, write, table, good):
    with pytest.raises(ContractError, match="'cost_eur' is in eur, 'cost' is in usd"):
        ingest(project, contract, write(table(good()).replace("cost", "cost_eur", 1)))


def test_a_wrong_unit_in_the_metadata(project, contract, tmp_path):
    kind = pa.schema([pa.field("npi", pa.string()), pa.field("cost", pa.float64(), metadata={"unit": "EUR"})])  # fmt: skip  # noqa: E501
    path = tmp_path / "visits.parquet"
    pq.write_table(pa.table({"npi": ["1"], "cost": [1.0]}, schema=kind), path)
    with pytest.raises(ContractError, match="in EUR"):
        ingest(project, contract, path)


def test_a_file_that_writes_day_before_month(project, contract, write, table, good):
    rows = (good().replace("2026-01-01", "25/12/2025"), good(2).replace("2026-01-01", "03/12/2025"))
    with pytest.raises(ContractError, match="day/month/year"):
        ingest(project, contract, write(table(*rows)))
    assert not project.lake.tables()


def test_a_file_that_changes_while_it_is_read(project, contract, write, table, good, monkeypatch):
    from perdure.platform.storage.intake import Intake

    path = write(table(good()))
    take = Intake._take

    def meddled(self, *args):
        path.write_text(table(good(), good(2)))
        return take(self, *args)

    monkeypatch.setattr(Intake, "_take", meddled)
    with pytest.raises(UnreadableFile, match="changed while it was read"):
        ingest(project, contract, path)


def test_nested_columns_and_bad_defaults(project, contract, tmp_path):
    table = pa.table({"npi": [["1"]], "event_time": ["x"], "known_at": ["x"], "visits": [1]})
    with pytest.raises(ContractError, match="not single values"):
        ingest(project, contract, table)
    flat = table.drop_columns(["known_at"])
    with pytest.raises(ContractError, match="not-a-date"):
        ingest(project, contract, flat, defaults={"paid": True, "known_at": "soon"})


# Refused rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (",3,", ",three,", "visits:not-a-number"),
        (",3,", ",3.5,", "visits:not-an-integer"),
        (",3,", ",99999999999999999999,", "visits:out-of-range"),
        (",3,", ",,", "visits:missing-value"),
        (",3,", ",-3,", "visits:below-minimum"),
        (",12.5,", ",€12.5,", "cost:wrong-unit"),
        (",12.5,", ",NaN,", "cost:not-a-number"),
        (",12.5,", ",1e999,", "cost:out-of-range"),
        ("2026-01-01", "2026-02-30", "event_time:not-a-date"),
        ("2026-01-02", "2025-01-02", "known-before"),
        ("1000000002", "100000000", "npi:wrong-pattern"),
        ("1000000002", "", "npi:missing-value"),
        ("true", "perhaps", "paid:not-a-truth-value"),
        ("visit,", "fax,", "channel:not-allowed"),
        (",true", "", "ragged-line"),
        (",true", ",true,more", "ragged-line"),
        ("visit,true", '"visit,true', "unclosed-quote"),
        ("visit,", '"visit"ed,', "text-after-quote"),
        ("visit", "vi\0sit", "nul-byte"),
    ],
)
def test_a_bad_row_is_refused_with_rule_line_and_text(
    project, contract, write, table, good, old, new, rule
):
    assert old in good(2)
    bad = good(2).replace(old, new)
    report = ingest(project, contract, write(table(good(1), bad, good(3))))
    assert (report.rows_read, report.stored, report.quarantined) == (3, 2, 1)
    assert report.by_rule == {rule: 1}
    line, named, raw = refused(project)[0]
    assert (line, named) == (3, rule)
    if ":" in rule or rule == "known-before":
        assert raw["npi"] == (bad.split(",")[0] or None)
        assert set(raw) == set(contract.names())
    else:
        assert raw["text"] == bad
    assert sorted(project.lake.read("visits")["_line"].to_pylist()) == [2, 4]


def test_a_refused_row_shows_every_column_of_the_file(project, contract, write):
    text = "note,npi,event_time,known_at,visits,\nkeep me,1000000001,2026-01-01,2026-01-01,x,last\n"
    ingest(project, contract, write(text))
    assert refused(project)[0][2] == {
        "note": "keep me", "npi": "1000000001", "event_time": "2026-01-01",
        "known_at": "2026-01-01", "visits": "x", "column 6": "last",
    }  # fmt: skip


def test_rows_of_parquet_are_refused_with_their_number(project, contract, tmp_path):
    path = tmp_path / "visits.parquet"
    columns = {"npi": ["1000000001", "bad"], "event_time": ["2026-01-01"] * 2}
    columns |= {"known_at": ["2026-01-02"] * 2, "visits": [1.0, 2.0], "other": [1, 2]}
    pq.write_table(pa.table(columns), path)
    report = ingest(project, contract, path)
    assert (report.stored, report.quarantined) == (1, 1)
    line, rule, raw = refused(project)[0]
    assert (line, rule, raw["other"]) == (2, "npi:wrong-pattern", 2)


def test_all_rows_refused_still_makes_the_table(project, contract, write, table, good):
    report = ingest(project, contract, write(table(good().replace(",3,", ",x,"))))
    assert (report.stored, report.quarantined, report.version) == (0, 1, 0)
    assert project.lake.rows("visits") == 0
    assert project.lake.read("visits").column_names[:3] == ["npi", "event_time", "known_at"]


# Odd but right ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace(",", "|"),
        lambda text: text.replace(",", " , "),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: "\n\n" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("npi,event_time", "NPI Number,Date-of-Visit"),
        lambda text: "\n".join('"' + line.replace(",", '","') + '"' for line in text.split()),
        lambda text: text.replace("12.5", "$12.50"),
        lambda text: text.replace("2026-01-01", "01/01/2026").replace("2026-01-02", "1/2/2026"),
    ],
)  # fmt: skip
def test_spellings_of_the_same_table_give_the_same_rows(
    project, contract, write, table, good, change
):
    text = table(good(1), good(2, visits=7))
    report = ingest(project, contract, write(change(text)))
    assert (report.stored, report.by_rule) == (2, {})
    kept = project.lake.read("visits", columns=("npi", "visits", "cost")).to_pylist()
    assert sorted(map(str, kept)) == [
        "{'npi': '1000000001', 'visits': 3, 'cost': 12.5}",
        "{'npi': '1000000002', 'visits': 7, 'cost': 12.5}",
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read(project, contract, write, table, good, encoding):
    bom = "\ufeff".encode(encoding)
    path = write(bom + table(good()).replace(",", "\t").encode(encoding))
    assert ingest(project, contract, path).stored == 1


def test_other_bytes_are_read_as_windows_1252_and_it_is_said(project, contract, write):
    text = "npi,event_time,known_at,visits,note\n1000000001,2026-01-01,2026-01-01,x,caf\xe9\n"
    report = ingest(project, contract, write(text.encode("cp1252")))
    assert report.notes[0] == "bytes that are not UTF-8 were read as Windows-1252: 1"
    assert refused(project)[0][2]["note"] == "café"


def test_columns_that_are_not_used_or_not_there_are_said(project, contract, write):
    text = "npi,event_time,known_at,visits,note\n1000000001,2026-01-01,2026-01-01,1,x\n"
    notes = ingest(project, contract, write(text)).notes
    assert notes == ("not used: note", "no column for, left empty: cost, channel, paid")


def test_newlines_within_quotes_keep_the_line_numbers_true(project, contract, write):
    text = (
        "npi,event_time,known_at,visits,note\n"
        '1000000001,2026-01-01,2026-01-01,1,"one\ntwo\nthree"\n'
        "1000000002,2026-01-01,2026-01-01,x,\n"
    )
    ingest(project, contract, write(text))
    assert refused(project)[0][0] == 5


CELL = st.text(st.sampled_from('ab01.,"-\n €\r'), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELL, min_size=1, max_size=8).map(",".join), max_size=8))
def test_whatever_the_lines_hold_none_is_lost(tmp_path_factory, contract, good, table, lines):
    folder = tmp_path_factory.mktemp("any")
    path = folder / "visits.csv"
    path.write_bytes(table(good(1), *lines).encode())
    project = Project.create(folder / "project")
    try:
        report = ingest(project, contract, path)
    except PerdureError as error:
        assert str(error)  # noqa: PT017 - either way is right, a traceback is not
        return
    finally:
        project.ops.close()
    assert balanced(report)
    assert sum(report.by_rule.values()) == report.quarantined == len(refused(project))


# Bounded memory ---------------------------------------------------------------------------------


def test_a_line_without_end_is_refused_in_little_memory(tmp_path):
    """A gzip of 1 GiB in one line: refused after 16 MiB, within 600 MB of address space more."""
    path = tmp_path / "endless.csv.gz"
    piece = gzip.compress(b"a" * (1 << 24))
    path.write_bytes(piece * 64)
    code = """
        import resource, sys
        from perdure.kernel.errors import UnreadableFile
        from perdure.platform.storage.readers import open_rows
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            open_rows(sys.argv[1])
        except UnreadableFile as error:
            print(error)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert after - before < 256 * 1024, (before, after)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "longer than 16 MiB" in done.stdout


# Moments that cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        ("0000-01-01", "event_time:not-a-date"),
        ("2026-02-30", "event_time:not-a-date"),
        ("9999-12-31", "event-in-the-future"),
        ("2027-03-03", "event-in-the-future"),
    ],
)
def test_a_row_of_an_impossible_moment_stops_no_other(
    project, contract, write, table, good, moment, rule
):
    known = max(moment, "2026-01-02")
    report = ingest(project, contract, write(table(good(), f"1000000002,{moment},{known},3,1,,")))
    assert (report.stored, dict(report.by_rule)) == (1, {rule: 1})
    assert [(line, told) for line, told, _ in refused(project)] == [(3, rule)]


def test_a_period_that_has_begun_may_end_ahead_of_today(project, contract, write, table):
    row = "1000000002,2026-12-31,2027-01-31,3,1,,"
    assert ingest(project, contract, write(table(row))).stored == 1


def test_moments_beyond_any_calendar_in_a_typed_file(project, contract, tmp_path):
    path = tmp_path / "visits.parquet"
    times = pa.array([0, -(1 << 56), (1 << 60)], pa.timestamp("us"))
    rows = {
        "npi": ["1000000001", "1000000002", "1000000003"],
        "event_time": times,
        "known_at": times,
        "visits": [1, 2, 3],
    }
    pq.write_table(pa.table(rows), path)
    report = ingest(project, contract, path)
    assert (report.stored, dict(report.by_rule)) == (1, {"event_time:not-a-date": 2})


def test_the_example_of_a_wrong_date_is_the_first_of_the_file(project, contract, write, table):
    rows = [f"1000000001,{day}/01/2026,{day}/02/2026,1,,," for day in range(13, 29)]
    with pytest.raises(ContractError, match="'13/01/2026'"):
        ingest(project, contract, write(table(*rows, *rows, *rows)))


def test_what_lay_ahead_is_read_again_when_it_may_have_happened(
    project, contract, write, table, good
):
    path = write(table(good(), "1000000002,2027-06-30,2027-07-15,3,1,,"))
    first = ingest(project, contract, path)
    assert (first.stored, first.quarantined) == (1, 1)
    project.clock.advance(days=300)
    assert ingest(project, contract, path).repeated
    project.clock.advance(days=300)
    second = ingest(project, contract, path)
    assert (second.stored, second.duplicates, second.quarantined) == (1, 1, 0)
    assert ingest(project, contract, path).repeated
    assert project.lake.rows("visits") == 2
