"""Refusals that only an interface can make, and the HTTP status of every error of perdure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from perdure.kernel.errors import (
    ContractError,
    GateRefused,
    IntegrityError,
    LeaseLost,
    LimitError,
    NotEnoughData,
    PerdureError,
    StoreError,
    UnreadableFile,
    UsageError,
)


class NotSignedIn(PerdureError):
    """The caller showed no valid token."""

    def __init__(self) -> None:
        super().__init__(
            "this console is for signed-in people only",
            expected="the link that `perdure up` printed, or the header Authorization: Bearer",
            hint="run `perdure up` again and open the link it prints",
        )


class CrossSite(PerdureError):
    """A page from elsewhere tried to change something with the browser's cookie."""

    def __init__(self) -> None:
        super().__init__(
            "a change was asked for by another site",
            expected="a call from our own pages, or the header Authorization: Bearer",
        )


class Missing(UsageError):
    """What the address names is not there."""


class Refused(UsageError):
    """The question can be read, but things do not stand so that it can be done."""


@contextmanager
def as_things_stand() -> Iterator[None]:
    """Turns a usage error of the platform into :class:`Refused`; what is missing stays missing."""
    try:
        yield
    except Missing:
        raise
    except UsageError as error:
        raise Refused(
            error.what, where=error.where, expected=error.expected, hint=error.hint
        ) from error


_STATUS: tuple[tuple[type[PerdureError], int], ...] = (
    (NotSignedIn, 401),
    (CrossSite, 403),
    (Missing, 404),
    (Refused, 409),
    (UsageError, 400),
    (ContractError, 400),
    (UnreadableFile, 400),
    (NotEnoughData, 409),
    (GateRefused, 409),
    (LimitError, 409),
    (LeaseLost, 409),
    (StoreError, 503),
    (IntegrityError, 500),
)


def status_of(error: PerdureError) -> int:
    """The HTTP status of an error.

    >>> status_of(Missing("no such model")), status_of(UsageError("no")), status_of(StoreError("x"))
    (404, 400, 503)
    """
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
