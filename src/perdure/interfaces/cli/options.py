"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def case_option(command: F) -> F:
    """Adds ``--case``."""
    return click.option("--case", help="One case (a brand, a region); default: every case.")(
        command
    )


def as_of_option(command: F) -> F:
    """Adds ``--as-of``."""
    return click.option(
        "--as-of", metavar="DATE", help="The moment to stand at (default: the newest data)."
    )(command)


FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Between these there are data, and room for every window before and after them."""


def moment(text: str | None) -> datetime | None:
    """The moment that ``--as-of`` names, None when it was not given."""
    from perdure.kernel.clock import parse_moment
    from perdure.kernel.errors import UsageError

    found = parse_moment(text) if text else None
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UsageError(
            f"no data are of the year {found.year}", expected=f"{FIRST_YEAR} to {LAST_YEAR}"
        )
    return found


def actor() -> str:
    """Who gives this command: the name that the system knows."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"
