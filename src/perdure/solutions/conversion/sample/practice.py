"""Yearly prescribing summaries of the sample physicians: how open to brands they are shows here."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from perdure.solutions.conversion.sample.people import People
from perdure.solutions.conversion.sample.rows import moment

KNOWN_AFTER = timedelta(days=60)


def practice_rows(rng: np.random.Generator, people: People, year_end: datetime) -> pa.Table:
    """The ``practice`` table of one year, for those who still practise, known 60 days later."""
    size = len(people)
    claims = rng.poisson(people.rate * 12 * np.exp(rng.normal(2.0, 0.3, size))).astype(np.float64)
    brand_share = 1 / (1 + np.exp(1.4 - 0.5 * people.openness + rng.normal(0.0, 0.12, size)))
    brand = np.round(claims * brand_share)
    patients = np.ceil(claims / rng.uniform(4, 9, size))
    cost = brand * rng.lognormal(5.3, 0.2, size) + (claims - brand) * rng.lognormal(2.6, 0.2, size)
    columns = {
        "patients": patients,
        "claims": claims,
        "cost": np.round(cost, 2),
        "days_supply": claims * 33,
        "claims_65": np.round(claims * rng.beta(8, 3, size)),
        "brand_claims": brand,
        "brand_cost": np.round(cost * 0.8, 2),
        "generic_claims": claims - brand,
        "generic_cost": np.round(cost * 0.2, 2),
        "lis_claims": np.round(claims * rng.beta(2, 5, size)),
        "mapd_claims": np.round(claims * rng.beta(2, 4, size)),
        "risk_score": np.round(rng.normal(1.2, 0.2, size).clip(0.4), 2),
    }
    table = pa.table(
        {
            "npi": people.names,
            "event_time": moment(year_end, size),
            "known_at": moment(year_end + KNOWN_AFTER, size),
            **{name: pa.array(values) for name, values in columns.items()},
        }
    )
    return table.filter(pa.array(claims > 0))
