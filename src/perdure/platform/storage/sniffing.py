"""What a text file looks like: whether it is text at all, and what parts its fields."""

from __future__ import annotations

import re
from pathlib import Path

from perdure.kernel.errors import UnreadableFile

DELIMITERS = (b",", b"\t", b";", b"|")

_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b")) + b"\x7f"
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_QUOTED = re.compile(rb'"(?:[^"]++|"")*+"')
_HEAD = 1 << 16


def refuse_binary(block: bytes, path: Path) -> None:
    """Raise UnreadableFile when the start of a file is no delimited text."""
    head = block[:_HEAD]
    control = len(head) - len(head.translate(None, _CONTROL))
    # A stray NUL makes one bad line; more than one byte in a hundred makes it no text.
    if control > max(4, len(head) // 100):
        raise UnreadableFile(
            "the file is binary, not text", where=str(path), expected="CSV, TSV, Parquet or Arrow"
        )
    if _MARKUP.match(head):
        raise UnreadableFile(
            "the file is a web page or XML",
            where=str(path),
            hint="was an error page downloaded in place of the file?",
        )
    if head.lstrip()[:1] in (b"{", b"["):
        raise UnreadableFile("the file is JSON", where=str(path), hint="convert it to CSV")


def delimiter_of(head: bytes) -> bytes:
    r"""The delimiter that parts the first lines most evenly.

    >>> delimiter_of(b"a;b;c\n1,5;2;3\n"), delimiter_of(b"npi\n1\n")
    (b';', b',')
    """
    lines = [line for line in _QUOTED.sub(b"x", head).split(b"\n")[:50] if line.strip()]

    def evenness(delimiter: bytes) -> tuple[float, int]:
        wanted = lines[0].count(delimiter)
        same = sum(line.count(delimiter) == wanted for line in lines) / len(lines)
        return (same if wanted else 0.0, wanted)

    # The first line names the columns: a delimiter that parts it best wins unless it is uneven.
    best = max(DELIMITERS, key=lambda d: (evenness(d)[0] > 0.5, evenness(d)[1], evenness(d)[0]))
    return best if lines[0].count(best) else b","
