"""Fingerprints: comparison in parts gives what comparison at once gives."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure.kernel.tables import Column, TableContract
from perdure.platform.storage import fingerprints
from perdure.platform.storage.fingerprints import Fingerprints, compare

FACT = TableContract(
    "facts",
    "",
    tuple(Column(n, "timestamp" if n.endswith(("time", "at")) else "integer", "", nullable=True)
          for n in ("who", "event_time", "known_at", "value")),
    keys=("who",),
)  # fmt: skip


def frame(rows) -> pl.DataFrame:
    return pl.DataFrame(
        {"who": [r[0] for r in rows], "value": [r[1] for r in rows]},
        schema={"who": pl.Int64, "value": pl.Int64},
    ).with_columns(event_time=pl.lit(datetime(2026, 1, 1)), known_at=pl.lit(datetime(2026, 1, 1)))


def prints(folder, name, rows, *, chunk=3) -> Fingerprints:
    made = Fingerprints(folder / name, FACT)
    for start in range(0, len(rows), chunk):
        made.add(frame(rows[start : start + chunk]))
    made.finish()
    return made


ROWS = st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(0, 2)), max_size=20)


@pytest.mark.parametrize("size", [1_000_000, 4])
def test_duplicates_and_restated_rows_are_found(tmp_path, monkeypatch, size):
    monkeypatch.setattr(fingerprints, "PART_ROWS", size)
    monkeypatch.setattr(fingerprints, "PIECE_ROWS", 3)

    @settings(max_examples=50, deadline=None)
    @given(ROWS, ROWS)
    def check(new, old):
        found = compare(prints(tmp_path, "new", new), prints(tmp_path, "old", old))
        seen, facts, restated = set(old), {row[0] for row in old}, 0
        duplicate = []
        for row in new:
            duplicate.append(row in seen)
            if row not in seen:
                restated += row[0] in facts
                facts.add(row[0])
            seen.add(row)
        assert found.duplicate.tolist() == duplicate
        assert found.restated == restated

    check()
