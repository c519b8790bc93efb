"""Records of delimited text where quotes do not follow the rules: read one by one, with care.

The fast splitter handles text whose quotes all open and close at field borders. What is left
comes here: a quote inside an unquoted field is plain text; a quote that never closes, or is
followed by text, makes its line unreadable, and only that line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 1 << 20
"""A quoted field may span lines up to this many bytes in all; beyond, its quote is not closed."""

_QUOTED = re.compile(rb'"(?:[^"]++|"")*+"')
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Parsed:
    """One record: where its newline is, its fields as written, and whether any needs quoting."""

    end: int
    fields: tuple[bytes, ...]
    stray: bool

    def rewritten(self, delimiter: bytes) -> bytes:
        """The record by the rules, without a newline."""
        return delimiter.join(map(_ruled, self.fields))


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be read: the rule it breaks and the sentence that says so."""

    rule: str
    detail: str


UNCLOSED = Fault("unclosed-quote", "a quote is opened and not closed")
FOLLOWED = Fault("text-after-quote", "text follows a closing quote")


def parse_record(
    block: bytes, start: int, delimiter: bytes, *, final: bool
) -> Parsed | Fault | None:
    r"""The record that begins at ``start``; None when the block ends before the record does.

    ``final`` says that no further bytes follow the block.

    >>> parse_record(b'a;"b;""c"\n', 0, b";", final=True).fields
    (b'a', b'"b;""c"')
    >>> parse_record(b'"a\nb\n', 0, b";", final=True).rule
    'unclosed-quote'
    """
    plain = _plain(delimiter)
    stop = min(len(block), start + LONGEST)
    fields: list[bytes] = []
    at, stray = start, False
    while True:
        quoted = at < stop and block[at] == _QUOTE
        found = _QUOTED.match(block, at, stop) if quoted else plain.match(block, at)
        if found is None:
            return UNCLOSED if final or stop < len(block) else None
        fields.append(found.group())
        at = found.end()
        stray = stray or (not quoted and _QUOTE in found.group())
        if at < len(block) and block[at] == delimiter[0]:
            at += 1
            continue
        if quoted and block[at : at + 2] == b"\r\n":
            at += 1
        return _ended(block, at, fields, stray, final=final)


@lru_cache(maxsize=8)
def _plain(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[^" + re.escape(delimiter) + rb"\n]*+")


def _ended(
    block: bytes, at: int, fields: list[bytes], stray: bool, *, final: bool
) -> Parsed | Fault | None:
    # A return at the end of the block may be half of a Windows line end.
    if at >= len(block) or (block[at] == _RETURN and at + 1 == len(block)):
        return Parsed(len(block), tuple(fields), stray) if final else None
    if block[at] != _NEWLINE:
        return FOLLOWED
    return Parsed(at, tuple(fields), stray)


def _ruled(field: bytes) -> bytes:
    if field.startswith(b'"') or b'"' not in field:
        return field
    return b'"' + field.rstrip(b"\r").replace(b'"', b'""') + b'"'
