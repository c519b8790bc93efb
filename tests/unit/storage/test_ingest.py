"""Ingest: idempotent, exact in its counts, the same from every kind of source."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from perdure.kernel.clock import FixedClock
from perdure.kernel.errors import ContractError
from perdure.kernel.tables import Column, TableContract
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.platform.storage.quarantine import quarantined
from perdure.platform.storage.records import INGESTS


def stored(project, *columns, table="visits"):
    """The stored rows in the order of arrival."""
    rows = project.lake.scan(table).sort("_sequence").collect()
    return rows.select(columns).rows() if columns else rows.to_dicts()


def counts(report):
    return (
        report.rows_read, report.stored, report.duplicates, report.restated, report.quarantined,
    )  # fmt: skip


def test_a_row_is_stored_in_its_types_with_its_origin(project, contract, write, table, good):
    report = ingest(project, contract, write(table(good())))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert (report.table, report.source, report.version) == ("visits", "visits.csv", 0)
    assert stored(project) == [
        {
            "npi": "1000000001",
            "event_time": datetime(2026, 1, 1),
            "known_at": datetime(2026, 1, 2),
            "visits": 3,
            "cost": 12.5,
            "channel": "visit",
            "paid": True,
            "_sequence": 0,
            "_source": "visits.csv",
            "_line": 2,
        }
    ]


def test_the_same_content_again_is_a_no_op(project, contract, write, table, good):
    first = ingest(project, contract, write(table(good(1), good(2))))
    again = ingest(project, contract, write(table(good(1), good(2)), "other-name.csv"))
    assert again.repeated
    assert counts(again) == (0, 0, 0, 0, 0)
    assert again.version == first.version == project.lake.version("visits")


def test_the_same_rows_in_other_content_are_duplicates(project, contract, write, table, good):
    ingest(project, contract, write(table(good(1), good(2))))
    report = ingest(project, contract, write(table(good(2), good(3), good(1), good(3))))
    assert counts(report) == (4, 1, 3, 0, 0)
    assert [row[0][-1] for row in stored(project, "npi")] == ["1", "2", "3"]


def test_content_of_duplicates_only_makes_no_version(project, contract, write, table, good):
    ingest(project, contract, write(table(good(1), good(2))))
    report = ingest(project, contract, write(table(good(2), good(1))))
    assert counts(report) == (2, 0, 2, 0, 0)
    assert report.version == project.lake.version("visits") == 0


def test_other_values_for_the_same_fact_restate_it_later(project, contract, write, table, good):
    ingest(project, contract, write(table(good(1, visits=3))))
    report = ingest(project, contract, write(table(good(1, visits=4), good(1, visits=5))))
    assert counts(report) == (2, 2, 0, 2, 0)
    assert stored(project, "visits", "_sequence") == [(3, 0), (4, 1), (5, 2)]


def test_the_first_statement_within_a_file_restates_nothing(project, contract, write, table, good):
    rows = (good(1, visits=1), good(1, visits=2), good(1, visits=1))
    report = ingest(project, contract, write(table(*rows)))
    assert counts(report) == (3, 2, 1, 1, 0)


def test_a_later_known_at_is_a_new_statement_not_a_restated_one(
    project, contract, write, table, good
):
    later = good(1, visits=9).replace("2026-01-02", "2026-02-02")
    report = ingest(project, contract, write(table(good(1), later)))
    assert counts(report) == (2, 2, 0, 0, 0)


def test_nothing_and_zero_are_different_values(project, contract, write, table, good):
    rows = (good(1).replace("12.5", "0"), good(1).replace("12.5", ""))
    assert counts(ingest(project, contract, write(table(*rows)))) == (2, 2, 0, 1, 0)
    again = table(*(row + " " for row in rows))
    assert counts(ingest(project, contract, write(again))) == (2, 0, 2, 0, 0)


def test_every_kind_of_source_gives_the_same_rows(tmp_path, contract, write, table, good):
    text = table(*(good(n, visits=n) for n in range(1, 30)), good(30).replace("visit,", "fax,"))
    typed = pl.read_csv(text.encode(), try_parse_dates=True).to_arrow()
    pq.write_table(typed, tmp_path / "visits.parquet")
    feather.write_feather(typed, tmp_path / "visits.arrow")
    with pa.ipc.new_stream(str(tmp_path / "visits.arrows"), typed.schema) as writer:
        writer.write_table(typed)
    sources = {
        "csv": write(text),
        "gzip": write(text, "visits.csv.gz"),
        "tsv": write(text.replace(",", "\t"), "visits.tsv"),
        "parquet": tmp_path / "visits.parquet",
        "arrow file": tmp_path / "visits.arrow",
        "arrow stream": tmp_path / "visits.arrows",
        "text path": str(tmp_path / "visits.parquet"),
        "table": typed,
        "stream": typed.to_reader(),
        "frame": pl.DataFrame(pl.from_arrow(typed)),
    }
    found = {}
    for name, source in sources.items():
        project = Project.create(tmp_path / name)
        report = ingest(project, contract, source, source="here")
        assert counts(report) == (30, 29, 0, 0, 1), name
        found[name] = stored(project, *contract.names(), "_source")
        project.ops.close()
    assert all(rows == found["csv"] for rows in found.values())


def test_a_stream_and_a_table_are_known_again(project, contract, table, good):
    frame = pl.read_csv(table(good(1), good(2)).encode(), try_parse_dates=True)
    arrow, turned = frame.to_arrow(), frame.reverse().to_arrow()
    assert not ingest(project, contract, arrow, source="t").repeated
    assert ingest(project, contract, arrow, source="t").repeated
    assert ingest(project, contract, pa.concat_tables([arrow[:1], arrow[1:]])).repeated
    assert ingest(project, contract, arrow.to_reader()).repeated
    other = ingest(project, contract, turned.to_reader())
    assert counts(other) == (2, 0, 2, 0, 0)
    assert ingest(project, contract, turned.to_reader()).repeated


def test_a_table_without_rows_makes_the_table(project, contract, table, good):
    frame = pl.read_csv(table(good(1)).encode(), try_parse_dates=True)
    assert counts(ingest(project, contract, frame.clear())) == (0, 0, 0, 0, 0)
    assert project.lake.rows("visits") == 0
    assert ingest(project, contract, frame).stored == 1


def test_defaults_fill_columns_that_the_content_lacks(project, contract, write):
    text = "npi,visits,cost\n1000000001,3,\n"
    times = {"event_time": "2026-01-01", "known_at": datetime(2026, 1, 5), "cost": 99}
    assert ingest(project, contract, write(text), defaults=times).stored == 1
    assert stored(project, "event_time", "known_at", "cost") == [
        (datetime(2026, 1, 1), datetime(2026, 1, 5), None)
    ]
    others = times | {"known_at": datetime(2026, 1, 6)}
    assert ingest(project, contract, write(text), defaults=others).stored == 1


def test_a_looser_contract_takes_in_what_was_refused(project, contract, write, table, good):
    path = write(table(good(1), good(2).replace("visit,", "fax,")))
    assert counts(ingest(project, contract, path)) == (2, 1, 0, 0, 1)
    channel = replace(contract.column("channel"), allowed=("visit", "mail", "fax"))
    columns = tuple(channel if c.name == "channel" else c for c in contract)
    report = ingest(project, replace(contract, columns=columns), path)
    assert counts(report) == (2, 1, 1, 0, 0)


def test_a_contract_may_gain_a_column(project, contract, write, table, good):
    ingest(project, contract, write(table(good(1), good(2))))
    wider = replace(
        contract, columns=(*contract.columns, Column("note", "string", "", nullable=True))
    )
    report = ingest(project, wider, write(table(good(1) + ",", good(2) + ",x", header=_wide())))
    assert counts(report) == (2, 1, 1, 1, 0)
    assert [row[0] for row in stored(project, "note")] == [None, None, "x"]


def _wide() -> str:
    return "npi,event_time,known_at,visits,cost,channel,paid,note"


def test_a_contract_may_not_change_a_type(project, contract, write, table, good):
    ingest(project, contract, write(table(good(1))))
    visits = replace(contract.column("visits"), dtype="string", minimum=None, maximum=None)
    columns = tuple(visits if c.name == "visits" else c for c in contract)
    with pytest.raises(ContractError, match="'visits' is stored as int64"):
        ingest(project, replace(contract, columns=columns), write(table(good(2))))


def test_partitioned_tables(project, contract, write, table, good):
    parted = replace(
        contract, partition_by=("channel",), columns=tuple(
            replace(c, nullable=False) if c.name == "channel" else c for c in contract
        ),
    )  # fmt: skip
    rows = (good(1), good(2).replace("visit,", "mail,"))
    ingest(project, parted, write(table(*rows)))
    report = ingest(project, parted, write(table(rows[1], good(3))))
    assert counts(report) == (2, 1, 1, 0, 0)
    assert len(list((project.lake.root / "visits").glob("channel=*"))) == 2


def test_the_record_says_what_the_report_says(project, contract, write, table, good):
    report = ingest(project, contract, write(table(good(1), good(2).replace(",3,", ",x,"))))
    with project.ops.connect() as connection:
        rows = connection.execute(select(INGESTS)).mappings().all()
    assert len(rows) == 1
    assert {name: rows[0][name] for name in ("rows_read", "stored", "quarantined", "version")} == {
        "rows_read": 2, "stored": 1, "quarantined": 1, "version": 0,
    }  # fmt: skip
    assert rows[0]["by_rule"] == {"visits:not-a-number": 1} == report.by_rule
    assert rows[0]["at"] == datetime(2026, 3, 1)
    assert rows[0]["key"] == report.key


def test_quarantine_keeps_batch_source_and_moment(project, contract, write, table, good):
    report = ingest(project, contract, write(table(good(1).replace(",3,", ",x,"))), source="feed")
    rows = quarantined(project.lake, "visits", report.key).collect().to_dicts()
    assert [(r["batch"], r["source"], r["line"], r["at"]) for r in rows] == [
        (report.key, "feed", 2, datetime(2026, 3, 1))
    ]
    assert rows[0]["detail"] == "visits is 'x', expected a number"
    assert quarantined(project.lake, "visits", "another").collect().is_empty()
    assert quarantined(project.lake, "claims").collect().is_empty()


def test_progress_is_told(project, contract, write, table, good):
    told = []

    class Ear:
        def step(self, what, done=0, total=None):
            told.append((what, done, total))

    path = write(table(*(good(n) for n in range(1, 50))))
    ingest(project, contract, path, progress=Ear())
    assert told[-1] == ("reading visits.csv", path.stat().st_size, path.stat().st_size)


def test_nothing_is_left_behind(project, contract, write, table, good):
    ingest(project, contract, write(table(good(1))))
    assert [p.name for p in (project.var / "staging").iterdir() if p.is_dir()] == []


def test_many_batches_keep_lines_sequence_and_counts(project, contract, write, table, monkeypatch):
    from perdure.platform.storage import delimited, fingerprints

    monkeypatch.setattr(delimited, "PIECE", 4096)
    monkeypatch.setattr(delimited.DelimitedReader.__init__, "__defaults__", (4096,))
    monkeypatch.setattr(fingerprints, "PART_ROWS", 300)
    monkeypatch.setattr(fingerprints, "PIECE_ROWS", 70)
    rows = [f"{1_000_000_000 + n % 1500},2026-01-01,2026-01-02,{n % 7},,," for n in range(3000)]
    report = ingest(project, contract, write(table(*rows)))
    wanted = len(set(rows))
    facts = len({row.split(",")[0] for row in rows})
    assert counts(report) == (3000, wanted, 3000 - wanted, wanted - facts, 0)
    lines = [row[0] for row in stored(project, "_line")]
    assert lines == sorted({rows.index(row) + 2 for row in set(rows)})
    sequence = [row[0] for row in stored(project, "_sequence")]
    assert sequence == sorted(set(sequence))


def _ingest_there(root: str, path: str, contract: TableContract) -> None:
    project = Project(Path(root))
    for _ in range(2):
        ingest(project, contract, Path(path))
    project.ops.close()


def test_concurrent_ingests_count_every_row_once(project, contract, write, table, good):
    project.ops.migrate()
    paths = [
        write(table(*(good(n) for n in range(first, first + 20))), f"{first}.csv")
        for first in (1, 11)
    ]
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_ingest_there, args=(str(project.root), str(path), contract))
        for path in (paths[0], *paths[:2])
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 3
    npis = [row[0] for row in stored(project, "npi")]
    assert sorted(npis) == [f"100000{n:04d}" for n in range(1, 31)]
    sequence = [row[0] for row in stored(project, "_sequence")]
    assert len(set(sequence)) == 30


FACT = TableContract(
    "facts",
    "",
    (
        Column("who", "string", ""),
        Column("event_time", "timestamp", ""),
        Column("known_at", "timestamp", ""),
        Column("value", "number", "", nullable=True),
    ),
    keys=("who",),
)
ROW = st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.none() | st.integers(0, 2))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(ROW, max_size=8), min_size=1, max_size=4))
def test_counts_agree_with_a_plain_account(tmp_path_factory, files):
    """Oracle: walk over the rows one by one and remember what was seen."""
    project = Project.create(
        tmp_path_factory.mktemp("oracle"), clock=FixedClock(datetime(2026, 3, 1))
    )
    rows_seen, facts_seen, contents = set(), set(), set()
    for rows in files:
        frame = pl.DataFrame(
            {
                "who": [row[0] for row in rows],
                "event_time": [datetime(2026, 1, 1)] * len(rows),
                "known_at": [datetime(2026, 1, row[1]) for row in rows],
                "value": [row[2] for row in rows],
            },
            schema={"who": pl.String, "event_time": pl.Datetime("us"),
                    "known_at": pl.Datetime("us"), "value": pl.Float64},
        )  # fmt: skip
        report = ingest(project, FACT, frame)
        assert report.repeated == (tuple(rows) in contents)
        if not report.repeated:
            new = [row for n, row in enumerate(rows) if row not in rows_seen | set(rows[:n])]
            restated = 0
            for row in new:
                restated += row[:2] in facts_seen
                facts_seen.add(row[:2])
            assert counts(report) == (len(rows), len(new), len(rows) - len(new), restated, 0)
        rows_seen |= set(rows)
        contents.add(tuple(rows))
    assert project.lake.rows("facts") == len(rows_seen)
    project.ops.close()
