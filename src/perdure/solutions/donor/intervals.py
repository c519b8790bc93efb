"""How much of the coming month a donor may give in at all, by the interval of the country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from perdure.methods.contact.actions import Floats
from perdure.solutions.donor.features import DAYS_A_MONTH
from perdure.solutions.donor.rules.country import DEFAULT, CountryRules

WHO = ("sex", "country")
"""The columns that tell which interval holds."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Months between two donations of whole blood by country: of men, and of women."""

    months: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, rules: CountryRules) -> Self:
        """From the rules of a project."""
        weeks = {code: rule.whole_blood_weeks for code, rule in rules.by_country.items()}
        scale = 7 / DAYS_A_MONTH
        return cls({code: (w.male * scale, w.female * scale) for code, w in weeks.items()})

    def open_share(self, table: pa.Table) -> Floats:
        """The share of the coming month that is open, (n,), from 0 to 1.

        Whose sex is not known gets the longer interval; who never gave may give at once.

        >>> rows = pa.table({"recency_months": [1.0, 1.5, 5.0], "sex": ["male"] * 3,
        ...                  "country": ["XX"] * 3})
        >>> Intervals({"default": (2.0, 3.0)}).open_share(rows)
        array([0. , 0.5, 1. ])
        """
        codes = _texts(table, "country")
        names = [*self.months]
        known = {code: place for place, code in enumerate(names)}
        other = known[DEFAULT]
        country = np.array([known.get(code, other) for code in codes], np.int64)
        by_sex = np.array([self.months[name] for name in names])
        men, women = by_sex[country].T
        sex = np.array(_texts(table, "sex"))
        interval = np.where(sex == "male", men, np.where(sex == "female", women,
                            np.maximum(men, women)))  # fmt: skip
        recency = table.column("recency_months").to_numpy(zero_copy_only=False).astype(np.float64)
        return np.asarray(np.where(np.isnan(recency), 1.0, np.clip(recency + 1 - interval, 0, 1)))


ALWAYS_OPEN = Intervals({DEFAULT: (0.0, 0.0)})
"""No interval at all."""


def _texts(table: pa.Table, name: str) -> list[str]:
    found: list[str] = pc.fill_null(pc.cast(table.column(name), pa.string()), "").to_pylist()
    return found
