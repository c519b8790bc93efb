"""The lake: whole versions, keyed writes, partitions, concurrent writers."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from perdure.kernel.errors import ContractError, StoreError, UsageError
from perdure.platform.storage.lake import Lake


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path / "lake")


def rows(*names: str, day: str = "d1") -> pa.Table:
    return pa.table({"npi": list(names), "day": [day] * len(names)})


def test_each_write_makes_one_version_and_old_ones_stay_readable(lake):
    assert lake.append("t", rows("a"), key="1") == 0
    assert lake.append("t", rows("b", "c"), key="2") == 1
    assert (lake.rows("t"), lake.rows("t", 0)) == (3, 1)
    assert lake.read("t", 0).to_pylist() == [{"npi": "a", "day": "d1"}]
    assert lake.version("t") == 1


def test_the_same_key_again_changes_nothing_and_gives_the_first_version(lake):
    lake.append("t", rows("a"), key="1")
    lake.append("t", rows("b"), key="2")
    assert lake.append("t", rows("other"), key="1") == 0
    assert lake.version("t") == 1
    assert sorted(lake.read("t")["npi"].to_pylist()) == ["a", "b"]


def test_a_partition_is_replaced_and_the_others_stay(lake):
    lake.append("t", rows("a", day="x'1"), key="1", partition_by=("day",))
    lake.append("t", rows("b", day="d2"), key="2")
    made = lake.replace_partition("t", rows("c", day="x'1"), partition={"day": "x'1"}, key="3")
    assert made == 2
    assert sorted(lake.read("t")["npi"].to_pylist()) == ["b", "c"]
    assert lake.replace_partition("t", rows("z"), partition={"day": "x'1"}, key="3") == 2


def test_rows_of_another_partition_are_refused(lake):
    lake.append("t", rows("a"), key="1", partition_by=("day",))
    with pytest.raises(ContractError, match="do not fit"):
        lake.replace_partition("t", rows("b", day="d2"), partition={"day": "d1"}, key="2")
    assert lake.version("t") == 0


def test_an_empty_partition_can_be_put_in_place(lake):
    lake.append("t", rows("a"), key="1", partition_by=("day",))
    lake.replace_partition("t", rows(), partition={"day": "d1"}, key="2")
    assert lake.rows("t") == 0


def test_replace_takes_rows_and_columns_anew(lake):
    lake.append("t", rows("a"), key="1", partition_by=("day",))
    lake.replace("t", pa.table({"n": [1]}), key="2")
    assert lake.read("t").to_pylist() == [{"n": 1}]
    assert lake.read("t", 0).column_names == ["npi", "day"]


def test_new_columns_are_added_and_old_rows_have_no_value_there(lake):
    lake.append("t", rows("a"), key="1")
    lake.append("t", rows("b").append_column("n", pa.array([7])), key="2")
    found = lake.scan("t").sort("npi").collect().to_dicts()
    assert [row["n"] for row in found] == [None, 7]


def test_another_type_is_refused_with_the_table_named(lake):
    lake.append("t", pa.table({"n": [1]}), key="1")
    with pytest.raises(ContractError, match="do not fit the table"):
        lake.append("t", pa.table({"n": ["x"]}), key="2")
    assert lake.version_of("t", "2") is None


def test_types_are_kept_as_tables_keep_them(lake):
    given = pa.table(
        {
            "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
            "who": pa.array(["a"]).dictionary_encode(),
            "n": pa.array([1], pa.uint32()),
        }
    )
    lake.append("t", given, key="1")
    assert lake.read("t").schema.types == [pa.timestamp("us"), pa.string(), pa.int64()]
    assert lake.read("t")["at"].to_pylist() == [datetime(2026, 1, 1)]


def test_columns_that_differ_in_case_only_are_refused(lake):
    with pytest.raises(ContractError, match="twice"):
        lake.append("t", pa.table({"a": [1], "A": [2]}), key="1")


def test_a_stream_is_written_as_one_version(lake):
    batches = [rows(str(i)).to_batches()[0] for i in range(50)]
    lake.append("t", pa.RecordBatchReader.from_batches(batches[0].schema, batches), key="1")
    assert (lake.version("t"), lake.rows("t")) == (0, 50)


def test_an_error_of_the_source_comes_out_as_it_is_and_nothing_is_written(lake):
    def broken():
        yield rows("a").to_batches()[0]
        raise ZeroDivisionError("of the source")

    with pytest.raises(ZeroDivisionError, match="of the source"):
        lake.append("t", pa.RecordBatchReader.from_batches(rows("a").schema, broken()), key="1")
    assert not lake.exists("t")
    assert lake.tables() == ()


def test_notes_are_kept_with_the_version(lake):
    lake.append("t", rows("a"), key="1", note={"rows": [1, 2]})
    lake.append("t", rows("b"), key="2")
    assert lake.note_of("t", 0) == {"rows": [1, 2]}
    assert [v.key for v in lake.history("t")] == ["2", "1"]
    assert lake.history("t")[0].rows_added == 1
    assert lake.version_of("t", "2") == 1


def test_columns_come_in_the_order_asked_for(lake):
    lake.append("t", rows("a"), key="1", partition_by=("npi",))
    assert lake.read("t").column_names == ["npi", "day"]
    assert lake.read("t", columns=("day", "npi")).column_names == ["day", "npi"]
    assert lake.schema("t").names == ["npi", "day"]


def test_unknown_tables_and_versions_are_clear_errors(lake):
    lake.append("claims", rows("a"), key="1")
    with pytest.raises(StoreError, match="did you mean 'claims'"):
        lake.read("claim")
    with pytest.raises(StoreError, match="no version 7"):
        lake.read("claims", 7)
    with pytest.raises(UsageError, match="legal"):
        lake.read("../claims")


def test_a_damaged_log_is_a_clear_error(lake):
    lake.append("t", rows("a"), key="1")
    (lake.root / "t/_delta_log/00000000000000000000.json").write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        lake.read("t")


def test_duckdb_reads_the_dataset(lake):
    import duckdb

    lake.append("t", rows("a", "b"), key="1", partition_by=("day",))
    dataset = lake.dataset("t")  # noqa: F841 - named in the SQL
    assert duckdb.sql("select count(*), min(day) from dataset").fetchall() == [(2, "d1")]


def test_a_reader_that_has_begun_sees_its_version_to_the_end(lake):
    lake.append("t", rows("a"), key="1")
    begun, lazy = lake.dataset("t"), lake.scan("t", 0)
    lake.replace("t", rows("b", "c"), key="2")
    assert begun.to_table()["npi"].to_pylist() == ["a"]
    assert lazy.collect()["npi"].to_list() == ["a"]


def _append_some(root: str, who: int) -> None:
    lake = Lake(Path(root))
    for number in range(8):
        lake.append("t", rows(f"{who}-{number}"), key=f"{who}-{number}", partition_by=("day",))
        lake.append("t", rows(f"all-{number}"), key=f"all-{number}")


def test_concurrent_writers_lose_nothing_and_a_shared_key_counts_once(lake):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_some, args=(str(lake.root), n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 3
    found = lake.read("t")["npi"].to_pylist()
    assert len(found) == len(set(found)) == 3 * 8 + 8
    assert lake.version("t") == 31


def test_a_writer_outside_of_perdure_is_survived(lake, monkeypatch):
    from deltalake import write_deltalake

    from perdure.platform.storage import lake as module

    lake.append("t", rows("a"), key="1")
    meddle = iter([True])

    def meddled(*args, **options):
        if next(meddle, False):
            write_deltalake(lake.root / "t", rows("outside"), mode="append")
        return write_deltalake(*args, **options)

    monkeypatch.setattr(module, "write_deltalake", meddled)
    assert lake.append("t", rows("b"), key="2") == 2
    assert sorted(lake.read("t")["npi"].to_pylist()) == ["a", "b", "outside"]


def test_a_stream_that_lost_the_race_says_run_again(lake, monkeypatch):
    from deltalake import write_deltalake

    from perdure.platform.storage import lake as module

    lake.append("t", rows("a"), key="1")

    def meddled(*args, **options):
        write_deltalake(lake.root / "t", rows("outside"), mode="append")
        return write_deltalake(*args, **options)

    monkeypatch.setattr(module, "write_deltalake", meddled)
    with pytest.raises(StoreError, match="run it again"):
        lake.append("t", rows("b").to_reader(), key="2")


def test_a_killed_writer_leaves_the_old_version_or_the_new_one(tmp_path):
    code = """
        import os, signal, sys, pathlib, pyarrow as pa
        from perdure.platform.storage.lake import Lake
        lake = Lake(pathlib.Path(sys.argv[1]))
        lake.append("t", pa.table({"n": [1]}), key="1")
        def rows():
            yield pa.record_batch({"n": pa.array(range(100_000))})
            os.kill(os.getpid(), signal.SIGKILL)
        schema = pa.schema({"n": pa.int64()})
        lake.append("t", pa.RecordBatchReader.from_batches(schema, rows()), key="2")
    """
    root = tmp_path / "lake"
    command = [sys.executable, "-c", textwrap.dedent(code), str(root)]
    assert subprocess.run(command, check=False).returncode == -9
    lake = Lake(root)
    assert lake.read("t").to_pylist() == [{"n": 1}]
    assert lake.append("t", pa.table({"n": [2]}), key="2") == 1


def test_tables_are_listed_by_name(lake):
    for name in ("features.conversion.voltaren", "claims"):
        lake.append(name, rows("a"), key="1")
    assert lake.tables() == ("claims", "features.conversion.voltaren")
    assert isinstance(lake.scan("claims"), pl.LazyFrame)


@pytest.mark.parametrize("name", ["my project", "josé", "a&b=c", "100 #1 (new)?"])
def test_folders_of_any_usual_name_hold_tables(tmp_path, name):
    lake = Lake(tmp_path / name)
    lake.append("t", rows("a"), key="1", partition_by=("day",))
    lake.append("t", rows("b", day="d 2"), key="2")
    assert sorted(lake.scan("t").collect()["npi"]) == ["a", "b"]
    assert lake.scan("t", 0).select(pl.len()).collect().item() == 1
    assert lake.read("t").num_rows == lake.dataset("t").count_rows() == 2


@pytest.mark.parametrize("sign", ["%", "[", "]", "|", "^", "\\"])
def test_folders_that_cannot_hold_tables_are_refused(tmp_path, sign):
    with pytest.raises(StoreError, match="rename or move the folder"):
        Lake(tmp_path / f"a{sign}b")


def test_files_that_no_version_needs_are_swept_once_they_are_old(tmp_path):
    lake = Lake(tmp_path / "a lake")
    lake.append("t", rows("a", day="d 1"), key="1", partition_by=("day",))
    lake.replace("t", rows("b", day="d 1"), key="2", partition_by=("day",))
    part = next((lake.root / "t").glob("day=*"))
    for name, age in (("old.parquet", 1), ("new.parquet", None)):
        (part / name).write_bytes(b"left by a killed writer")
        if age:
            os.utime(part / name, (age, age))
    assert lake.sweep("t") == 1
    assert not (part / "old.parquet").exists()
    assert (part / "new.parquet").exists()
    assert lake.version("t") == 1
    assert [lake.read("t", v)["npi"].to_pylist() for v in (0, 1)] == [["a"], ["b"]]


def test_a_table_that_is_not_there_yet_says_how_to_import_it(lake):
    with pytest.raises(StoreError, match="no table named 'physician'") as told:
        lake.rows("physician")
    assert told.value.hint == "perdure data import physician FILE, or perdure data sample"
    lake.append("quarantine.physician", rows("a"), key="1")
    lake.append("physicians", rows("a"), key="1")
    with pytest.raises(StoreError) as told:
        lake.rows("physician")
    assert told.value.hint == (
        "did you mean 'physicians'? else perdure data import physician FILE, or perdure data sample"
    )
    with pytest.raises(StoreError) as told:
        lake.rows("features.made")
    assert "import" not in str(told.value)
