"""The arithmetic of a hash chain: each row's hash covers the row and the hash before it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

GENESIS = "0" * 64
"""What stands before the first row."""

_BETWEEN = "\x1f"
# Values are joined by a control character that no value may contain: a row with another cut
# between its values would hold one more of them, so no two rows give the same text.


def link(previous: str, values: tuple[Any, ...]) -> str:
    """The hash of a row after the row with hash ``previous``.

    >>> link(GENESIS, (1, "a")) == link(GENESIS, (1, "b"))
    False
    """
    text = previous + _form(len(values)) % values
    return hashlib.sha256(text.encode()).hexdigest()


def plain(row: Iterable[Any]) -> tuple[Any, ...]:
    """The values as they are hashed: moments as text with microseconds, whatever store they had.

    >>> plain([datetime(2026, 1, 1), 0.5])
    ('2026-01-01 00:00:00.000000', 0.5)
    """
    return tuple(
        value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value
        for value in row
    )


@cache
def _form(count: int) -> str:
    # A format is the quickest way to one text: a million rows are read again in seconds.
    return (_BETWEEN + "%s") * count


def signature(key: bytes, log: str, sequence: int, head: str) -> str:
    """The signature of the end of a log: who has no key cannot move it."""
    text = _BETWEEN.join((log, str(sequence), head))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def signed(key: bytes, log: str, sequence: int, head: str, by: str) -> bool:
    """Whether ``by`` is that signature."""
    return hmac.compare_digest(signature(key, log, sequence, head), by)
