"""Where the records of delimited text begin and end, how wide they are, on which line they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from perdure.platform.storage.quoting import LONGEST, Fault, parse_record

Offsets = npt.NDArray[np.int64]

_NEWLINE, _QUOTE, _RETURN = 10, 34, 13


@dataclass(frozen=True)
class Records:
    """The records of one block of text, blank lines included.

    Record i is ``block[starts[i]:ends[i]]`` (its newline is not), begins on the block's line
    ``lines[i]`` (from 0) and has ``fields[i]`` fields. ``faults`` are records that cannot be
    read, ``rewritten`` records as they must be read, by index. ``rest`` is where the next block
    has to begin, ``newlines`` how many newlines lie before it.
    """

    starts: Offsets
    ends: Offsets
    lines: Offsets
    fields: Offsets
    rest: int
    newlines: int
    faults: dict[int, Fault] = field(default_factory=dict)
    rewritten: dict[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.starts)


def split_records(block: bytes, delimiter: bytes, *, final: bool) -> Records:
    r"""The whole records of a block; ``final`` says that nothing follows it.

    >>> made = split_records(b'a,b\n"c\nd",e\nf', b",", final=False)
    >>> made.starts.tolist(), made.lines.tolist(), made.fields.tolist(), made.rest
    ([0, 4], [0, 1], [2, 2], 12)
    """
    text = np.frombuffer(block, np.uint8)
    breaks = np.flatnonzero(text == _NEWLINE)
    if final and len(block) and text[-1] != _NEWLINE:
        breaks = np.append(breaks, len(block))
    cuts = np.flatnonzero(text == delimiter[0])
    if b'"' not in block:
        return _records(block, breaks, np.arange(len(breaks)), cuts)
    quotes = np.flatnonzero(text == _QUOTE)
    outside = _even(quotes, breaks)
    whole = np.flatnonzero(outside)
    end = int(breaks[whole[-1]]) if len(whole) else 0
    # A record that never ends within the bound is for the careful way to judge.
    hopeful = outside[-1:].all() if final else len(whole) > 0 or len(block) <= LONGEST
    if hopeful and _ruled(text, quotes[quotes < end], delimiter[0]):
        return _records(block, breaks, whole, cuts[_even(quotes, cuts)])
    return _Careful(block, breaks, quotes, cuts, delimiter, final).records()


def _even(quotes: Offsets, places: Offsets) -> npt.NDArray[np.bool_]:
    """Which places have an even number of quotes before them, that is, lie outside of quotes."""
    return np.asarray(np.searchsorted(quotes, places) % 2 == 0)


def _ruled(text: npt.NDArray[np.uint8], quotes: Offsets, delimiter: int) -> bool:
    """Whether every quote opens or closes a field, or is doubled within one."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = text[np.maximum(opening - 1, 0)]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    opens = (opening == 0) | (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    closes = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(opens.all() and (closes | (closing == len(text) - 1)).all())


def _records(block: bytes, breaks: Offsets, whole: Offsets, cuts: Offsets) -> Records:
    """Records that end at the breaks with the numbers ``whole``."""
    ends = breaks[whole]
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    lines = np.concatenate(([0], whole[:-1] + 1)) if len(ends) else ends
    before = np.searchsorted(cuts, ends)
    rest = min(int(ends[-1]) + 1, len(block)) if len(ends) else 0
    newlines = int(whole[-1]) + 1 if len(whole) else 0
    return Records(starts, ends, lines, np.diff(before, prepend=0) + 1, rest, newlines)


class _Careful:
    """Goes from line to line; only lines with a quote are looked at one by one."""

    def __init__(
        self,
        block: bytes,
        breaks: Offsets,
        quotes: Offsets,
        cuts: Offsets,
        delimiter: bytes,
        final: bool,
    ) -> None:
        self.block, self.breaks, self.delimiter, self.final = block, breaks, delimiter, final
        self.begins = np.concatenate(([0], breaks[:-1] + 1))
        self.cuts_before = np.searchsorted(cuts, breaks)
        self.quoted = np.unique(np.searchsorted(breaks, quotes))
        self.first: list[Offsets] = []
        self.last: list[Offsets] = []
        self.widths: list[Offsets] = []
        self.count = 0
        self.faults: dict[int, Fault] = {}
        self.rewritten: dict[int, bytes] = {}

    def records(self) -> Records:
        """All records up to the last one that is whole."""
        line = 0
        while line < len(self.breaks):
            place = int(np.searchsorted(self.quoted, line))
            stop = int(self.quoted[place]) if place < len(self.quoted) else len(self.breaks)
            stop = min(stop, len(self.breaks))
            self._plain(line, stop)
            after = self._quoted(stop) if stop < len(self.breaks) else stop
            if after is None:
                line = stop
                break
            line = after
        return self._made(line)

    def _plain(self, line: int, stop: int) -> None:
        """Lines without a quote are records each."""
        if stop > line:
            lines = np.arange(line, stop)
            widths = np.diff(self.cuts_before[line:stop], prepend=self._cuts_until(line)) + 1
            self._add(lines, lines, widths)

    def _quoted(self, line: int) -> int | None:
        """One record that begins on a line with a quote; gives the line after it."""
        start = int(self.begins[line])
        parsed = parse_record(self.block, start, self.delimiter, final=self.final)
        if parsed is None:
            return None
        last = line
        if isinstance(parsed, Fault):
            self.faults[self.count] = parsed
        else:
            last = int(np.searchsorted(self.breaks, parsed.end))
            if parsed.stray:
                self.rewritten[self.count] = parsed.rewritten(self.delimiter)
        width = 0 if isinstance(parsed, Fault) else len(parsed.fields)
        self._add(np.array([line]), np.array([last]), np.array([width]))
        return last + 1

    def _cuts_until(self, line: int) -> int:
        return int(self.cuts_before[line - 1]) if line else 0

    def _add(self, first: Offsets, last: Offsets, widths: Offsets) -> None:
        self.first.append(first)
        self.last.append(last)
        self.widths.append(widths)
        self.count += len(first)

    def _made(self, newlines: int) -> Records:
        first, last, widths = (
            np.concatenate(parts).astype(np.int64) if parts else np.empty(0, np.int64)
            for parts in (self.first, self.last, self.widths)
        )
        rest = min(int(self.breaks[newlines - 1]) + 1, len(self.block)) if newlines else 0
        return Records(
            self.begins[first],
            self.breaks[last],
            first,
            widths,
            rest,
            newlines,
            self.faults,
            self.rewritten,
        )
