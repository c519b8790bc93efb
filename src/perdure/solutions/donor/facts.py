"""What the tables say of donors at a moment, as arrays for :mod:`.eligibility`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from perdure.kernel.errors import LimitError
from perdure.kernel.tables import SEQUENCE, TableContract
from perdure.solutions.donor.eligibility import SEXES, DonorFacts, Floats, Moments
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import (
    CHANNELS,
    CONSENT,
    DEFERRAL,
    DONATION,
    DONOR,
    FERRITIN,
    HAEMOGLOBIN,
    HAEMOGLOBIN_TABLE,
    RESPONSE,
)

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

READ = (DONOR, DONATION, DEFERRAL, RESPONSE, CONSENT, HAEMOGLOBIN_TABLE)
"""The tables that say who may give and who may be contacted."""
_FOREVER = pl.datetime(9999, 12, 31, time_unit="us")


def read_facts(
    project: Project, settings: DonorSettings, at: datetime, donors: Sequence[str]
) -> DonorFacts:
    """What was known of these donors at a moment, in their order.

    Raises LimitError when a table that ``masks.needs`` names is not there: whom it would have
    protected cannot be told.
    """
    tables = {contract.name: _known(project, contract, at, donors) for contract in READ}
    if absent := [name for name in settings.masks.needs if tables.get(name, False) is None]:
        raise LimitError(
            f"no table {absent[0]!r}, so nobody may be contacted",
            where="masks.needs",
            expected=", ".join(settings.masks.needs),
            hint="perdure data import donor_crm FOLDER",
        )
    _refuse_set_aside(project, settings)
    return facts_of(tables, donors, at, settings.incentive.carrier)


def facts_of(
    tables: Mapping[str, pl.DataFrame | None], donors: Sequence[str], at: datetime, carrier: str
) -> DonorFacts:
    """The facts that tables hold: current rows, as known at the moment. Absent ones say nothing."""
    found = {c.name: _or_empty(tables.get(c.name), c) for c in READ}
    past = {n: frame.filter(_past(n, pl.lit(at))) for n, frame in found.items()}
    return _told(past, donors, carrier)


def facts_each(
    tables: Mapping[str, pl.DataFrame | None],
    donors: Sequence[str],
    moments: Moments,
    carrier: str,
) -> DonorFacts:
    """The facts about n donors, each as known at its own moment, (n,); a donor may come again.

    ``tables`` hold every statement, also those that were restated later.
    """
    rows = [str(row) for row in range(len(donors))]
    asked = pl.DataFrame(
        {"row": rows, "donor": pl.Series(donors, dtype=pl.String), "asked_at": moments}
    )
    found = {}
    for contract in READ:
        held = _or_empty(tables.get(contract.name), contract)
        known = held.join(asked, on="donor").filter(
            pl.col("known_at") <= pl.col("asked_at"), _past(contract.name, pl.col("asked_at"))
        )
        current = known.sort(["known_at", SEQUENCE]).unique(
            ["row", *contract.keys], keep="last", maintain_order=True
        )
        found[contract.name] = current.drop("donor").rename({"row": "donor"})
    return _told(found, rows, carrier)


def _past(table: str, at: pl.Expr) -> pl.Expr:
    """What has happened by the moment; of deferrals, what is not over then."""
    if table == DEFERRAL.name:
        return pl.col("until").fill_null(_FOREVER) > at
    return pl.col("event_time") <= at


def _told(past: Mapping[str, pl.DataFrame], donors: Sequence[str], carrier: str) -> DonorFacts:
    who = pl.DataFrame({"donor": pl.Series(donors, dtype=pl.String)})
    of = _Joined(who)
    person = of.last(past[DONOR.name].with_columns(here=pl.lit(value=True)))
    countries = ("", *person["country"].drop_nulls().unique().sort())
    opted = past[RESPONSE.name].filter(pl.col("kind") == "opted_out")
    deferral = of.joined(_deferral(past[DEFERRAL.name]))
    consent = [_consent(of, past[CONSENT.name], carrier, channel) for channel in CHANNELS]
    blood = [_measured(of, past[HAEMOGLOBIN_TABLE.name], code) for code in (HAEMOGLOBIN, FERRITIN)]
    return DonorFacts(
        known=person["here"].fill_null(value=False).to_numpy(),
        sex=_codes(person["sex"], SEXES),
        countries=countries,
        country=_codes(person["country"], countries),
        last_donation=_moments(of.last(past[DONATION.name])["event_time"]),
        deferred_from=_moments(deferral["from"]),
        deferred_until=_moments(deferral["until"]),
        opted_out=_moments(of.last(opted)["event_time"]),
        consent_since=np.column_stack([given for given, _ in consent]),
        withdrawn_since=np.column_stack([withdrawn for _, withdrawn in consent]),
        haemoglobin=blood[0][0],
        haemoglobin_at=blood[0][1],
        ferritin=blood[1][0],
        ferritin_at=blood[1][1],
    )


def _refuse_set_aside(project: Project, settings: DonorSettings) -> None:
    """What may forbid a contact and lies in the quarantine stops all of them.

    A consent, a deferral, or a response of no known kind: it may be an opt-out.
    """
    from perdure.platform.storage.quarantine import set_aside

    for contract, column in ((CONSENT, ""), (DEFERRAL, ""), (RESPONSE, "kind:")):
        found = set_aside(project.ops, contract.name).items()
        rows = sum(count for rule, count in found if rule.startswith(column))
        if rows > settings.masks.looked_at.get(contract.name, 0):
            raise LimitError(
                f"{rows} rows of '{contract.name}' were set aside, so nobody may be contacted",
                where=f"quarantine.{contract.name}",
                hint=f"look at them, then set masks.looked_at: {{{contract.name}: {rows}}}",
            )


@dataclass(frozen=True)
class _Joined:
    """Rows beside the donors that are asked about, in their order."""

    who: pl.DataFrame

    def last(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The last row of each donor, by when it happened and was known."""
        order = ["event_time", "known_at", SEQUENCE]
        newest = rows.sort(order).unique("donor", keep="last", maintain_order=True)
        return self.joined(newest)

    def joined(self, rows: pl.DataFrame) -> pl.DataFrame:
        """At most one row of each donor; nulls without one."""
        return self.who.join(rows, on="donor", how="left", maintain_order="left")


def _known(
    project: Project, contract: TableContract, at: datetime, donors: Sequence[str]
) -> pl.DataFrame | None:
    """The current statements about these donors; None when there is no such table."""
    if not project.lake.exists(contract.name):
        return None
    rows = project.lake.scan(contract.name).filter(
        pl.col("known_at") <= at,
        pl.col("donor").str.strip_chars().is_in(pl.Series(donors, dtype=pl.String).implode()),
    )
    kept = rows.with_columns(pl.col("donor").str.strip_chars()).collect()
    # Of several statements of one fact the last one known counts.
    return kept.sort(["known_at", SEQUENCE]).unique(
        [*contract.keys], keep="last", maintain_order=True
    )


def _or_empty(frame: pl.DataFrame | None, contract: TableContract) -> pl.DataFrame:
    from perdure.platform.storage.contracts import polars_schema

    return pl.DataFrame(schema=polars_schema(contract)) if frame is None else frame


def _deferral(rows: pl.DataFrame) -> pl.DataFrame:
    """One interval that covers every deferral which is not over: from the first to the last."""
    return rows.group_by("donor").agg(
        pl.col("event_time").min().alias("from"), pl.col("until").fill_null(_FOREVER).max()
    )


def _consent(
    of: _Joined, rows: pl.DataFrame, carrier: str, channel: str
) -> tuple[Moments, Moments]:
    """Since when a channel is consented to, and since when that is withdrawn: the last word."""
    heard = carrier if channel == "incentive" else channel
    said = rows.filter(pl.col("channel").is_in([heard, "all"]))
    # Of two words at one moment the one that refuses counts.
    ordered = said.sort("event_time", pl.col("state") == "withdrawn", "known_at", SEQUENCE)
    word = of.joined(ordered.unique("donor", keep="last", maintain_order=True))
    given, withdrawn = (
        word.select(pl.when(pl.col("state") == state).then("event_time")).to_series()
        for state in ("given", "withdrawn")
    )
    return _moments(given), _moments(withdrawn)


def _measured(of: _Joined, rows: pl.DataFrame, code: str) -> tuple[Floats, Moments]:
    last = of.last(rows.filter(pl.col("loinc") == code))
    value = last["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return value, _moments(last["event_time"])


def _codes(values: pl.Series, names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The place of each value in ``names``; 0 where it is none of them."""
    places = {name: i for i, name in enumerate(names)}
    return values.replace_strict(places, default=0, return_dtype=pl.Int16).fill_null(0).to_numpy()


def _moments(values: pl.Series) -> Moments:
    return values.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")
