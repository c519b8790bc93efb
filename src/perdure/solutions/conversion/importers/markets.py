"""Which markets a drug belongs to, by the names that the settings list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl


def market_rows(frame: pl.DataFrame, markets: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The rows of listed drugs, once per market, with ``market`` and ``product`` in capitals.

    A listed name means the brand or the molecule as the file writes it, whatever the case; a
    name that ends in ``*`` means every name that begins so.

    >>> frame = pl.DataFrame({"brand": ["Voltaren"], "molecule": ["Diclofenac Sodium"]})
    >>> market_rows(frame, {"nsaid": ["diclofenac*"]}).row(0, named=True)["market"]
    'nsaid'
    """
    frame = frame.with_columns(
        pl.col("brand", "molecule").str.to_uppercase().str.replace_all(r"\s+", " ")
    ).with_columns(pl.coalesce("brand", "molecule").alias("product"))
    found = [
        frame.filter(_any_of(names)).with_columns(pl.lit(market).alias("market"))
        for market, names in markets.items()
    ]
    return pl.concat(found)


def _any_of(names: Sequence[str]) -> pl.Expr:
    whole = [name.upper() for name in names if not name.endswith("*")]
    starts = [name[:-1].upper() for name in names if name.endswith("*")]
    one = [pl.col(column).is_in(whole) for column in ("brand", "molecule")]
    many = [pl.col(c).str.starts_with(s) for s in starts for c in ("brand", "molecule")]
    return pl.any_horizontal(*one, *many).fill_null(value=False)
