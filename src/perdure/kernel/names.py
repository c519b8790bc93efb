"""Names and identifiers: what a thing may be called, and how a new one is numbered."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping

from perdure.kernel.errors import UsageError

NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]{0,63}$")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def checked_name(name: str, what: str = "name") -> str:
    """The name itself when it is a legal name of perdure, which also makes it safe in a path.

    >>> checked_name("conversion.voltaren")
    'conversion.voltaren'
    >>> checked_name("../etc")
    Traceback (most recent call last):
    perdure.kernel.errors.UsageError: '../etc' is not a legal name. Expected lower-case letters, ...
    """
    if not NAME.match(name) or ".." in name:
        raise UsageError(
            f"{name[:80]!r} is not a legal {what}",
            expected="lower-case letters, digits, '_', '.', '-', at most 64, no '..'",
        )
    return name


def slug(text: str) -> str:
    """A legal name made from free text (a brand, a territory).

    >>> slug("Voltaren Gel 1%")
    'voltaren-gel-1'
    """
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64]
    return made or "unnamed"


def new_id(prefix: str, *, at_ms: int | None = None) -> str:
    """A new identifier that sorts by time: prefix, 48 bits of milliseconds, 80 random bits.

    >>> new_id("dec", at_ms=0)[:14]
    'dec_0000000000'
    """
    stamp = int(time.time() * 1000) if at_ms is None else at_ms
    number = (stamp << 80) | secrets.randbits(80)
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def digest(value: object) -> str:
    """SHA-256 of a JSON value in its one canonical form (sorted keys, no blanks).

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return str(value)
