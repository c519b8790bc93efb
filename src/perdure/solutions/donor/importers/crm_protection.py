"""Rows that protect a donor: one that is not certain stops the import instead of being set aside.

They are withdrawn consents, opt-outs and deferrals, and what may be one of them in a word that is
not known. Passed over, whom they protect would be contacted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import polars as pl

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import LINE, TableContract
from perdure.platform.storage.hints import Hints
from perdure.platform.storage.moments import moments
from perdure.solutions.donor.tables import CONSENT, DEFERRAL, RESPONSE

_EXPECTED: Mapping[str, str] = {
    CONSENT.name: "donor, past moment, channel sms, email or all, state given or withdrawn",
    DEFERRAL.name: "donor, begin, and an end after it (none, or 'permanent': without end)",
    RESPONSE.name: "donor, a past moment, and opened, clicked, booked, donated or opted_out",
}
_PROTECTS = (
    r"opt|unsub|stop|consent|withdr|revo[kc]|defer|object|refus|block|suppress|suspen|complain"
    r"|spam|gdpr|erasure|ineligib"
)
"""Parts of words for a consent, an opt-out or a deferral, however a CRM calls its events."""


def refuse_unsure(
    contract: TableContract, rows: pl.DataFrame, source: str, as_of: datetime
) -> None:
    """Raise ContractError for rows of a protecting table whose meaning is not certain.

    ``rows`` are text in the contract's columns with ``_line``, and ``_at``, their parsed moment.
    """
    if contract.name not in _EXPECTED:
        return
    if contract is RESPONSE:
        harmless = pl.col("kind").is_in(["opened", "clicked", "booked", "donated"])
        rows = rows.filter(~harmless.fill_null(value=False))
    parsed = rows.with_columns(
        moments(rows[name], Hints(), name).alias(f"_{name}")
        for name in ("known_at", "until")
        if name in rows.columns
    )
    wrong = [
        pl.when(condition.fill_null(value=False)).then(pl.lit(why))
        for why, condition in _wrong(contract, as_of)
    ]
    found = parsed.with_columns(_why=pl.coalesce(wrong)).filter(pl.col("_why").is_not_null())
    if found.height:
        first = {n: v for n, v in found.row(0, named=True).items() if n in contract.names() and v}
        raise ContractError(
            f"{found.height} rows of '{contract.name}' cannot be read, the first is {first} "
            f"({found['_why'][0]}); "
            "nothing was stored, because whom they protect would be contacted",
            where=f"{source}:{found[LINE][0]}",
            expected=_EXPECTED[contract.name],
        )


def refuse_protecting(strange: pl.DataFrame, column: str, source: str) -> None:
    """Raise ContractError where an event of no known kind looks as if it protects a donor."""
    found = strange.filter(pl.col(column).str.to_lowercase().str.contains(_PROTECTS))
    if found.height:
        raise ContractError(
            f"{found.height} events such as {str(found[column][0])[:40]!r} are of no known kind; "
            "nothing was stored, because whom they protect would be contacted",
            where=f"{source}:{found[LINE][0]}",
            expected="consent with its state, response with opted_out, deferral with its end",
        )


def _wrong(contract: TableContract, as_of: datetime) -> Iterator[tuple[str, pl.Expr]]:
    """What makes a row uncertain, in words."""
    yield "event_time is no moment", pl.col("_at").is_null()
    yield "no donor", pl.col("donor").is_null()
    pattern = contract.column("donor").pattern or ""
    yield "donor is no name", ~pl.col("donor").str.contains(pattern)
    yield "known_at is no moment", pl.col("_known_at").is_null()
    if contract is DEFERRAL:
        unread = pl.col("until").is_not_null() & pl.col("_until").is_null()
        yield "until is no moment", unread
        yield "until is not after the begin", pl.col("_until") <= pl.col("_at")
        return
    # A clock that runs ahead or back: the row would wait, or break the contract.
    yield "event_time lies in the future", pl.col("_at") > as_of
    yield "known_at is before event_time", pl.col("_known_at") < pl.col("_at")
    for name in ("channel", "state") if contract is CONSENT else ("kind",):
        allowed = list(contract.column(name).allowed or ())
        yield f"{name} is no known word", ~pl.col(name).is_in(allowed).fill_null(value=False)
