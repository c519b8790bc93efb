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
    """Looks at lines with a quote one by one; all other lines are records each."""

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
        self.widths = np.diff(np.searchsorted(cuts, breaks), prepend=0) + 1
        self.quoted = np.unique(np.searchsorted(breaks, quotes))
        self.quoted = self.quoted[self.quoted < len(breaks)]
        self.last = np.arange(len(breaks))
        self.faults: dict[int, Fault] = {}
        self.rewritten: dict[int, bytes] = {}

    def records(self) -> Records:
        """All records up to the last one that is whole."""
        stop, free = len(self.breaks), 0
        for line in self.quoted.tolist():
            if line < free:
                continue  # within the quoted field of an earlier line
            if not self._judge(line):
                stop = line
                break
            free = int(self.last[line]) + 1
        return self._made(stop)

    def _judge(self, line: int) -> bool:
        """Read the record that begins on a line; False when the block ends before it does."""
        start = int(self.begins[line])
        parsed = parse_record(self.block, start, self.delimiter, final=self.final)
        if parsed is None:
            return False
        if isinstance(parsed, Fault):
            self.faults[line], self.widths[line] = parsed, 0
            return True
        self.widths[line] = len(parsed.fields)
        if parsed.end > self.breaks[line]:
            self.last[line] = np.searchsorted(self.breaks, parsed.end)
        if parsed.stray:
            self.rewritten[line] = parsed.rewritten(self.delimiter)
        return True

    def _made(self, stop: int) -> Records:
        # A line begins a record unless a record of an earlier line reaches over it.
        reach = np.maximum.accumulate(self.last[:stop])
        first = np.flatnonzero(np.concatenate(([True], reach[:-1] < np.arange(1, stop)))[:stop])
        place = {int(line): index for index, line in enumerate(first.tolist())} if self._odd else {}
        return Records(
            self.begins[first],
            self.breaks[self.last[first]],
            first,
            self.widths[first],
            min(int(self.breaks[stop - 1]) + 1, len(self.block)) if stop else 0,
            stop,
            {place[line]: fault for line, fault in self.faults.items()},
            {place[line]: text for line, text in self.rewritten.items()},
        )

    @property
    def _odd(self) -> bool:
        return bool(self.faults or self.rewritten)
