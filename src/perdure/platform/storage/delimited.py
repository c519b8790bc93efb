"""Reads CSV, TSV and their kin: any usual delimiter, quotes, encodings; says the line of each row.

Works in blocks of a few megabytes, so memory does not grow with the file. Records that cannot be
rows (too many fields, an unclosed quote, a NUL byte) are handed out as broken, with their text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from perdure.kernel.errors import UnreadableFile
from perdure.platform.storage.batches import BROKEN, LONGEST_RAW, Batch, as_json, unique_names
from perdure.platform.storage.encoding import Encoding
from perdure.platform.storage.filebytes import PIECE, FileBytes, file_digest
from perdure.platform.storage.lines import Offsets, Records, split_records
from perdure.platform.storage.quoting import Fault, Parsed, parse_record
from perdure.platform.storage.sniffing import delimiter_of, refuse_binary

LONGEST_LINE = 1 << 24
WIDEST = 20_000

_RETURN = 13

NUL = Fault("nul-byte", "the line holds a NUL byte")


class DelimitedReader:
    """A delimited text file; see :class:`perdure.platform.storage.batches.Reader`.

    Raises UnreadableFile when there is no header, no row, a line of more than 16 MiB, or bytes
    that are no text.
    """

    def __init__(self, path: Path, piece: int = PIECE) -> None:
        self.path, self.name = path, path.name
        self.notes: list[str] = []
        self.encoding = Encoding()
        self._bytes = FileBytes(path, piece)
        self._pieces = self._bytes.pieces()
        self._block, self._final, self._line = b"", False, 1
        try:
            self._more()
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def header(self) -> tuple[str, ...]:
        """The column names as written."""
        return self._header

    @property
    def units(self) -> Mapping[int, str]:
        """None: delimited text declares units only within its names."""
        return {}

    @property
    def done(self) -> int:
        """Bytes read so far, as they lie on disk."""
        return self._bytes.done

    @property
    def total(self) -> int | None:
        """Bytes of the file on disk."""
        return self._bytes.total

    def digest(self) -> str:
        """SHA-256 of the file as it lies on disk."""
        return file_digest(self.path)

    def batches(self, positions: Mapping[str, int]) -> Iterator[Batch]:
        """The rows, block by block."""
        while True:
            records = split_records(self._block, self.delimiter, final=self._final)
            if len(records):
                yield self._batch(_Text(self, self._block, records), positions)
                self._line += records.newlines
                self._block = self._block[records.rest :]
            if self._final:
                break
            if not len(records):
                self._refuse_endless()
            self._more()
        self.notes += self.encoding.notes()

    def close(self) -> None:
        """Let go of the file; no more rows can be read."""
        self._pieces.close()

    def _open(self) -> None:
        refuse_binary(self._block, self.path)
        self._skip_blank_lines()
        if not self._block.strip():
            raise UnreadableFile("the file holds no text", where=str(self.path))
        self.delimiter = delimiter_of(self._block[: 1 << 20])
        first = self._first_record()
        text = self.encoding.text(self._block[: first.end])
        self._header = tuple(next(csv.reader([text], delimiter=self.delimiter.decode())))
        if len(self._header) > WIDEST:
            raise UnreadableFile(
                f"the first line has {len(self._header)} columns",
                where=f"{self.path}:{self._line}",
                expected=f"at most {WIDEST}",
            )
        self._line += self._block.count(b"\n", 0, first.end + 1)
        self._block = self._block[first.end + 1 :]

    def _skip_blank_lines(self) -> None:
        stripped = self._block.lstrip(b" \r\n")
        start = len(self._block) - len(stripped)
        self._line += self._block.count(b"\n", 0, start)
        self._block = stripped

    def _first_record(self) -> Parsed:
        while True:
            found = parse_record(self._block, 0, self.delimiter, final=self._final)
            if isinstance(found, Parsed):
                return found
            if isinstance(found, Fault):
                raise UnreadableFile(
                    f"the header cannot be read: {found.detail}",
                    where=f"{self.path}:{self._line}",
                )
            self._refuse_endless()
            self._more()

    def _more(self) -> None:
        piece = next(self._pieces, b"")
        self._final = not piece
        self._block += piece

    def _refuse_endless(self) -> None:
        if len(self._block) > LONGEST_LINE:
            raise UnreadableFile(
                f"a line is longer than {LONGEST_LINE >> 20} MiB",
                where=f"{self.path}:{self._line}",
                hint="is this a table with one row per line?",
            )

    def _batch(self, text: _Text, positions: Mapping[str, int]) -> Batch:
        good, broken = text.judged(self._line)
        rows = _Rows(text, good, self)
        lines = pl.Series("line", text.records.lines[good] + self._line, dtype=pl.Int64)
        return Batch(rows.frame(positions), lines, broken, rows)


@dataclass(frozen=True)
class _Text:
    """One block and its records."""

    reader: DelimitedReader
    block: bytes
    records: Records

    def judged(self, first_line: int) -> tuple[Offsets, pl.DataFrame]:
        """The numbers of the records that are rows, and those that are neither rows nor blank."""
        width = len(self.reader.header)
        wrong = self.records.fields != width
        wrong[list(self.records.faults)] = True
        for place in self._nul_records():
            wrong[place] = True
            self.records.faults.setdefault(place, NUL)
        suspects = np.flatnonzero(wrong | self._empty())
        if not len(suspects):
            return np.arange(len(self.records), dtype=np.int64), pl.DataFrame(schema=BROKEN)
        blank = [i for i in suspects if not self.slice(int(i)).strip()]
        bad = np.setdiff1d(np.flatnonzero(wrong), blank)
        good = np.setdiff1d(np.arange(len(self.records)), np.union1d(bad, blank))
        return good.astype(np.int64), self._broken(bad, first_line)

    def slice(self, record: int) -> bytes:
        """The text of one record as written."""
        return self.block[self.records.starts[record] : self.records.ends[record]]

    def _empty(self) -> npt.NDArray[np.bool_]:
        sizes = self.records.ends - self.records.starts
        first = np.frombuffer(self.block, np.uint8)[
            np.minimum(self.records.starts, len(self.block) - 1)
        ]
        return np.asarray((sizes == 0) | ((sizes == 1) & (first == _RETURN)))

    def _nul_records(self) -> list[int]:
        if b"\0" not in self.block:
            return []
        places = np.flatnonzero(np.frombuffer(self.block, np.uint8) == 0)
        places = places[places < self.records.rest]
        return [int(n) for n in np.unique(np.searchsorted(self.records.ends, places))]

    def _broken(self, bad: Offsets, first_line: int) -> pl.DataFrame:
        faults = [self._fault(i) for i in bad]
        texts = [
            self.reader.encoding.text(self.slice(int(i))).rstrip("\r")[:LONGEST_RAW] for i in bad
        ]
        return pl.DataFrame(
            {
                "line": self.records.lines[bad] + first_line,
                "rule": [fault.rule for fault in faults],
                "detail": [fault.detail for fault in faults],
                "raw": as_json(pl.DataFrame({"text": texts}, schema={"text": pl.String})),
            },
            schema=BROKEN,
        )

    def _fault(self, record: int) -> Fault:
        if (known := self.records.faults.get(int(record))) is not None:
            return known
        found, wanted = int(self.records.fields[record]), len(self.reader.header)
        return Fault("ragged-line", f"the line has {found} fields, the header {wanted}")

    def joined(self, records: Offsets) -> bytes:
        """The text of these records, one after the other, as it must be read."""
        if not len(records):
            return b""
        starts, ends = self.records.starts, self.records.ends
        if len(records) == len(self.records) and not self.records.rewritten:
            return self.block[starts[0] : ends[-1]]
        special = np.isin(records, list(self.records.rewritten))
        # Neighbours are taken as one piece; only the seams cost.
        seam = (np.diff(records) > 1) | special[1:] | special[:-1]
        borders = np.concatenate(([0], np.flatnonzero(seam) + 1, [len(records)]))
        pieces = []
        for first, stop in pairwise(borders):
            a, b = int(records[first]), int(records[stop - 1])
            pieces.append(self.records.rewritten.get(a) or self.block[starts[a] : ends[b]])
        return b"\n".join(pieces)


@dataclass(frozen=True)
class _Rows:
    """The readable records of one block."""

    text: _Text
    records: Offsets
    reader: DelimitedReader

    def frame(self, positions: Mapping[str, int]) -> pl.DataFrame:
        """The wanted columns as text."""
        return self._read(self.records, positions, self.reader.encoding)

    def raw(self, places: Sequence[int]) -> pl.Series:
        """Whole rows as JSON text, every column of the file."""
        names = unique_names(self.reader.header)
        columns = {name: place for place, name in enumerate(names)}
        # Read a second time, these bytes must not be counted twice.
        chosen = self.records[np.asarray(places, np.int64)]
        return as_json(self._read(chosen, columns, Encoding()))

    def _read(
        self, records: Offsets, positions: Mapping[str, int], encoding: Encoding
    ) -> pl.DataFrame:
        wanted = sorted(set(positions.values()))
        schema = {str(place): pl.String() for place in range(len(self.reader.header))}
        if not len(records):
            return pl.DataFrame(schema=dict.fromkeys(positions, pl.String()))
        frame = pl.read_csv(
            encoding.utf8(self.text.joined(records)),
            has_header=False,
            separator=self.reader.delimiter.decode(),
            schema=schema,
            columns=wanted,
            infer_schema=False,
        )
        if len(frame) != len(records):
            raise UnreadableFile(
                f"{len(records)} lines were read as {len(frame)} rows",
                where=f"{self.reader.path}:{self.text.records.lines[records[0]]}",
            )
        return frame.select(pl.col(str(place)).alias(n) for n, place in positions.items())
