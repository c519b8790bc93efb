"""Rows that protect a donor: one that is not certain stops the import instead of being set aside.

They are withdrawn consents, opt-outs and deferrals. Passed over, whom they protect would be
contacted.
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
    RESPONSE.name: "an opt-out with its donor and a past moment",
}


def refuse_unsure(
    contract: TableContract, rows: pl.DataFrame, source: str, as_of: datetime
) -> None:
    """Raise ContractError for rows of a protecting table whose meaning is not certain.

    ``rows`` are text in the contract's columns with ``_line``, and ``_at``, their parsed moment.
    """
    if contract.name not in _EXPECTED:
        return
    if contract is RESPONSE:
        rows = rows.filter(pl.col("kind") == "opted_out")
    parsed = rows.with_columns(
        moments(rows[name], Hints(), name).alias(f"_{name}")
        for name in ("known_at", "until")
        if name in rows.columns
    )
    wrong = [condition.fill_null(value=False) for condition in _wrong(contract, as_of)]
    found = parsed.filter(pl.any_horizontal(wrong))
    if found.height:
        first = {n: v for n, v in found.row(0, named=True).items() if n in contract.names() and v}
        raise ContractError(
            f"{found.height} rows of '{contract.name}' cannot be read, the first is {first}; "
            "nothing was stored, because whom they protect would be contacted",
            where=f"{source}:{found[LINE][0]}",
            expected=_EXPECTED[contract.name],
        )


def _wrong(contract: TableContract, as_of: datetime) -> Iterator[pl.Expr]:
    """What makes a row uncertain."""
    yield pl.col("_at").is_null()
    yield pl.col("donor").is_null()
    yield ~pl.col("donor").str.contains(contract.column("donor").pattern or "")
    yield pl.col("_known_at").is_null()
    if contract is DEFERRAL:
        yield pl.col("until").is_not_null() & pl.col("_until").is_null()
        yield pl.col("_until") <= pl.col("_at")
        return
    # A clock that runs ahead or back: the row would wait, or break the contract.
    yield pl.col("_at") > as_of
    yield pl.col("_known_at") < pl.col("_at")
    if contract is CONSENT:
        for name in ("channel", "state"):
            yield ~pl.col(name).is_in(list(contract.column(name).allowed or ())).fill_null(
                value=False
            )
