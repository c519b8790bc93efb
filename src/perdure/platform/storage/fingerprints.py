"""Which rows are stored already, and which restate a stored fact: found by hashes, on disk.

A row's fingerprint is two 64-bit hashes of all its values; a fact's is one of its keys and
``known_at``. Fingerprints lie in a file of 24 bytes a row and are compared in parts of a bounded
size, so that tables of any length can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from perdure.kernel.tables import TableContract

PART_ROWS = 1_000_000
PIECE_ROWS = 250_000

Words = npt.NDArray[np.uint64]


class Fingerprints:
    """The fingerprints of rows, in the order in which they were added."""

    def __init__(self, path: Path, contract: TableContract) -> None:
        self.rows = 0
        self._path = path
        self._file = path.open("wb")
        self._values = list(contract.names())
        self._fact = list(dict.fromkeys((*contract.keys, contract.known_at)))

    def add(self, frame: pl.DataFrame) -> None:
        """Remember rows that have the contract's columns in its types."""
        if frame.is_empty():
            return
        values = frame.select(self._values)
        words = np.column_stack(
            [
                values.hash_rows(seed=1).to_numpy(),
                values.hash_rows(seed=2).to_numpy(),
                frame.select(self._fact).hash_rows(seed=3).to_numpy(),
            ]
        )
        self._file.write(np.ascontiguousarray(words, np.uint64).tobytes())
        self.rows += len(frame)

    def finish(self) -> None:
        """No more rows will come."""
        self._file.close()

    def part(self, number: int, parts: int) -> pl.DataFrame:
        """The rows whose fact falls into one of ``parts`` parts, with their ``place``."""
        chosen = [_chosen(words, first, number, parts) for first, words in self._pieces()]
        nothing = _frame(np.empty((0, 3), np.uint64), np.empty(0, np.int64))
        return pl.concat([nothing, *chosen])

    def _pieces(self) -> Iterator[tuple[int, Words]]:
        with self._path.open("rb") as file:
            for first in range(0, self.rows, PIECE_ROWS):
                words = np.fromfile(file, np.uint64, 3 * PIECE_ROWS)
                yield first, words.reshape(-1, 3)


@dataclass(frozen=True)
class Comparison:
    """What became of each new row: whether it is a ``duplicate``, and how many restate a fact."""

    duplicate: npt.NDArray[np.bool_]
    restated: int


def compare(new: Fingerprints, stored: Fingerprints) -> Comparison:
    """Which new rows are stored already or came before in the same content.

    A row restates when another row with the same keys and ``known_at`` is stored or came before.
    """
    duplicate = np.zeros(new.rows, np.bool_)
    restated = 0
    parts = max(1, -(-max(new.rows, stored.rows) // PART_ROWS))
    for number in range(parts):
        kept, places = _new_in_part(new.part(number, parts), stored.part(number, parts))
        duplicate[places] = True
        restated += kept
    return Comparison(duplicate, restated)


def _new_in_part(new: pl.DataFrame, stored: pl.DataFrame) -> tuple[int, npt.NDArray[np.int64]]:
    """How many rows restate, and the places of the duplicates."""
    same = ["first", "second"]
    kept = new.unique(same, keep="first", maintain_order=True)
    if len(stored):
        kept = kept.join(stored, on=same, how="anti", maintain_order="left")
    repeated = len(kept) - kept["fact"].n_unique()
    if len(stored):
        known = kept.select(pl.col("fact").unique()).join(stored, on="fact", how="semi")
        repeated += len(known)
    gone = new.join(kept, on="place", how="anti") if len(kept) < len(new) else new.clear()
    return repeated, gone["place"].to_numpy()


def _chosen(words: Words, first: int, number: int, parts: int) -> pl.DataFrame:
    places = np.arange(first, first + len(words))
    if parts == 1:
        return _frame(words, places)
    mine = words[:, 2] % np.uint64(parts) == number
    return _frame(words[mine], places[mine])


def _frame(words: Words, places: npt.NDArray[np.int64]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "place": places.astype(np.int64),
            "first": np.ascontiguousarray(words[:, 0]),
            "second": np.ascontiguousarray(words[:, 1]),
            "fact": np.ascontiguousarray(words[:, 2]),
        }
    )
