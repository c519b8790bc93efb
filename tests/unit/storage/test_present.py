"""A table whose files are gone or cut off is one clear error, whatever engine reads it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from perdure.kernel.errors import IntegrityError, StoreError
from perdure.platform.storage.lake import Lake


@pytest.fixture
def lake(tmp_path):
    made = Lake(tmp_path / "lake")
    rows = pa.table({"npi": ["1", "2"], "kind": ["a", "b ü"]})
    made.append("visits", rows, key="1", partition_by=("kind",))
    return made


def files(lake):
    return sorted((lake.root / "visits").rglob("*.parquet"))


def test_a_whole_table_is_read_under_any_partition_name(lake):
    assert len(files(lake)) == 2
    assert lake.read("visits").num_rows == lake.scan("visits").collect().height == 2


@pytest.mark.parametrize("read", ["read", "scan", "dataset", "check"])
@pytest.mark.parametrize(("cut", "words"), [(False, "is missing"), (True, "has 10 bytes")])
def test_a_missing_or_short_file_is_named(lake, read, cut, words):
    harmed = files(lake)[0]
    if cut:
        harmed.write_bytes(b"x" * 10)
    else:
        harmed.unlink()
    with pytest.raises(IntegrityError, match=words) as caught:
        getattr(lake, read)("visits")
    assert "restore var/lake" in str(caught.value)
    assert str(harmed) in str(caught.value)


def test_rows_without_a_log_are_not_taken_for_a_table_nor_hide_the_others(lake):
    for entry in (lake.root / "visits" / "_delta_log").iterdir():
        entry.unlink()
    lake.append("others", pa.table({"npi": ["1"]}), key="1")
    assert lake.tables() == ("others",)
    with pytest.raises(StoreError, match="rows but no log"):
        lake.read("visits")
