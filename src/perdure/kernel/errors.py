"""Every error that perdure raises on purpose, as one tree.

::

    PerdureError                 exit 1   something that a person can act on
    ├── UsageError               exit 2   the call itself is wrong (unknown name, bad option)
    │   ├── ConfigError          exit 2   a setting is wrong: file, line and column are named
    │   └── WordedError          exit 2   a standard says how the error is answered over HTTP
    ├── ContractError            exit 1   data does not fit its table contract
    ├── UnreadableFile           exit 1   a file cannot be read as what it claims to be
    ├── FeatureError             exit 1   a feature declaration cannot be compiled or run
    ├── LeakageError             exit 1   a value from after the index date would be used
    ├── NotEnoughData            exit 1   the question cannot be answered with these rows
    ├── IntegrityError           exit 1   stored bytes are not what was written
    ├── GateRefused              exit 1   a candidate may not become champion
    ├── LimitError               exit 1   a decision would break a limit
    ├── StoreError               exit 1   the store refused or lost its place
    │   └── LeaseLost            exit 1   another process holds, or took over, the work
    └── MissingExtra             exit 1   an optional part is not installed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class PerdureError(Exception):
    """Something went wrong that a person can act on.

    ``what`` happened, ``where`` (file:line:column, table, field), what was ``expected``,
    and what to do next (``hint``). The text is bounded, so an error never floods a terminal.

    >>> print(PerdureError("3 rows lost their key", where="claims.csv:7", hint="fill npi"))
    claims.csv:7: 3 rows lost their key. Next: fill npi
    """

    exit_code = 1
    limit = 2_000

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what, self.where, self.expected, self.hint = what, where, expected, hint
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.expected:
            text = f"{text.rstrip('.')}. Expected {self.expected}"
        if self.hint:
            text = f"{text.rstrip('.')}. Next: {self.hint}"
        return text if len(text) <= self.limit else text[: self.limit - 1] + "…"

    def as_dict(self) -> dict[str, str | None]:
        """The same facts for ``--json`` and the HTTP API."""
        return {
            "error": type(self).__name__,
            "what": self.what[: self.limit],
            "where": self.where,
            "expected": self.expected,
            "hint": self.hint,
        }


class UsageError(PerdureError):
    """The call itself is wrong: an unknown name, a bad option."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is wrong; ``where`` names file, line and column."""


class WordedError(UsageError):
    """A standard says how the error is answered over HTTP: ``status``, JSON ``body``, ``media``."""

    def __init__(
        self, what: str, *, status: int, body: Mapping[str, Any], where: str | None = None,
        media: str = "application/json",
    ) -> None:  # fmt: skip
        super().__init__(what, where=where)
        self.status, self.body, self.media = status, body, media


class ContractError(PerdureError):
    """Data does not fit its table contract as a whole (single rows go to quarantine)."""


class UnreadableFile(PerdureError):
    """A file cannot be read as what it claims to be."""


class FeatureError(PerdureError):
    """A feature declaration cannot be compiled or run."""


class LeakageError(PerdureError):
    """A value from after the index date would be used."""


class NotEnoughData(PerdureError):
    """The question cannot be answered with these rows; the message says what is short."""


class IntegrityError(PerdureError):
    """Stored bytes are not what was written."""


class GateRefused(PerdureError):
    """A candidate may not become champion; the message lists each failed check."""


class LimitError(PerdureError):
    """A decision would break a limit."""


class StoreError(PerdureError):
    """The store refused, or lost its place."""


class LeaseLost(StoreError):
    """Another process holds, or took over, this work."""


class MissingExtra(PerdureError):
    """An optional part is not installed; the message prints the command that installs it."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the extra '{extra}'",
            hint=f"pip install 'perdure[{extra}]'",
        )


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint that names the nearest known name, or lists the known ones when none is near.

    >>> did_you_mean("convertion", ["conversion", "donor"])
    "did you mean 'conversion'?"
    >>> did_you_mean("x", ["conversion", "donor"])
    'known: conversion, donor'
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(names[:12])}" if names else None
