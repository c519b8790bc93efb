"""The order of rows: files keep none, because batches of a table are written side by side."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def in_order(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """The rows in the order of columns that tell them apart; no columns: as they came.

    >>> in_order(pa.table({"entity": ["b", "a"], "x": [1, 2]}), ("entity",))["x"].to_pylist()
    [2, 1]
    """
    if not columns:
        return table
    places = pc.sort_indices(table, [(name, "ascending") for name in columns])
    there = pa.arange(0, table.num_rows).cast(places.type)
    # Most tables are in order: then nothing is copied.
    return table if pc.all(pc.equal(places, there)).as_py() else table.take(places)
