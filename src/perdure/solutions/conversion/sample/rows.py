"""Arrays of the sample world as rows in the columns of the table contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from perdure.solutions.conversion.sample.people import SPECIALTIES, STATES, Ints, People
from perdure.solutions.conversion.sample.ties import Ties

DAY = timedelta(days=1)
_MICROSECOND = np.timedelta64(1, "us")


def strings(values: pa.Array, index: Ints) -> pa.Array:
    """``values[index]`` as Arrow text: no string of Python's is built per row."""
    return values.take(pa.array(index))


def constant(text: str, rows: int) -> pa.Array:
    """The same text in every row."""
    return pa.repeat(pa.scalar(text), rows)


def moments(start: datetime, days: NDArray[np.int64]) -> pa.Array:
    """``start`` plus a number of days, per row."""
    base = np.datetime64(start, "us")
    return pa.array(base + days.astype("timedelta64[D]"), pa.timestamp("us"))


def moment(at: datetime, rows: int) -> pa.Array:
    """The same moment in every row."""
    return pa.repeat(pa.scalar(at, pa.timestamp("us")), rows)


def physician_rows(people: People, at: datetime) -> pa.Table:
    """The ``physician`` table: one row each, known from ``at`` on."""
    size = len(people)
    states = np.array(STATES)[people.state]
    return pa.table(
        {
            "npi": people.names,
            "event_time": moment(at, size),
            "known_at": moment(at, size),
            "specialty": strings(pa.array([s[0] for s in SPECIALTIES]), people.specialty),
            "city": [f"{s} CITY {c + 1:02d}" for s, c in zip(states, people.city, strict=True)],
            "state": pa.array(states.tolist(), pa.string()),
            "territory": [f"{s}-{t + 1}" for s, t in zip(states, people.territory, strict=True)],
            "credential": strings(pa.array(["MD", "DO"]), people.osteopath.astype(np.int64)),
            "gender": strings(pa.array(["M", "F"]), people.female.astype(np.int64)),
            "grad_year": pa.array(people.grad_year, pa.int64()),
            "group_size": pa.array(people.group_size, pa.int64()),
            "active": pa.array(np.ones(size, bool)),
        }
    )


def tie_rows(people: People, ties: Ties, at: datetime) -> pa.Table:
    """The ``shared_patients`` table: one statement of every tie, known from ``at`` on."""
    size = len(ties.source)
    return pa.table(
        {
            "from_npi": strings(people.names, ties.source),
            "to_npi": strings(people.names, ties.target),
            "event_time": moment(at, size),
            "known_at": moment(at, size),
            "patients": pa.array(ties.patients.astype(np.float64)),
        }
    )


def claim_rows(
    people: People,
    market: str,
    month_end: datetime,
    counts: Mapping[str, Ints],
    price: Mapping[str, float],
) -> pa.Table:
    """The ``claims`` rows of one month: a row where a physician wrote a product at all.

    Known 15 to 27 days after the month: within the next month, whichever it is.
    """
    parts = []
    for product, written in counts.items():
        who = np.flatnonzero(written)
        number = written[who].astype(np.float64)
        parts.append(
            {
                "npi": strings(people.names, who),
                "market": constant(market, len(who)),
                "product": constant(product, len(who)),
                "event_time": moment(month_end, len(who)),
                "known_at": moments(month_end, 15 + (who * 7 + month_end.month) % 13),
                "claims": pa.array(number),
                "patients": pa.array(np.ceil(number * 0.8)),
                "cost": pa.array(np.round(number * price[product], 2)),
                "days_supply": pa.array(number * 30.0),
                "suppressed": pa.array(np.zeros(len(who), bool)),
            }
        )
    return pa.concat_tables([pa.table(part) for part in parts])


def contact_rows(
    people: People,
    product: str,
    channel: str,
    month_start: datetime,
    contacts: NDArray[np.int8],
) -> pa.Table:
    """The ``promotion`` rows of one month, product and channel, known the next day."""
    who = np.flatnonzero(contacts)
    days = (who * 11 + month_start.month * 5) % 27
    return pa.table(
        {
            "npi": strings(people.names, who),
            "product": constant(product, len(who)),
            "channel": constant(channel, len(who)),
            "event_time": moments(month_start, days),
            "known_at": moments(month_start, days + 1),
            "contacts": pa.array(contacts[who].astype(np.float64)),
            "amount_usd": pa.array(np.zeros(len(who))),
            "reference": constant("sample", len(who)),
        }
    )
