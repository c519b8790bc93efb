"""A world in which every group has favourites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

GROUPS, ITEMS = 12, 30


@dataclass(frozen=True)
class ShopWorld:
    """Sales of two shops over two years."""

    seed: int
    size: int
    cases: tuple[str, ...] = ("North", "South")
    start: datetime = datetime(2024, 1, 31)
    horizon: datetime = datetime(2026, 1, 31)

    def tables(self, until: datetime, *, since: datetime | None = None) -> Mapping[str, pa.Table]:
        """The sales, and no adverts."""
        rng = np.random.default_rng(self.seed)
        days = (self.horizon - self.start).days
        when = [
            self.start + timedelta(days=int(d)) for d in np.sort(rng.integers(0, days, self.size))
        ]
        group = rng.integers(0, GROUPS, self.size)
        favourite = (group * 5 + rng.integers(0, 4, self.size)) % ITEMS
        item = np.where(rng.random(self.size) < 0.7, favourite, rng.integers(0, ITEMS, self.size))
        moments = pa.array(when, pa.timestamp("us"))
        sales = pa.table(
            {
                "id": [f"s{n:06d}" for n in range(self.size)],
                "case": [self.cases[n % 2] for n in range(self.size)],
                "buyers": [f"g{n:02d}" for n in group],
                "item": [f"i{n:02d}" for n in item],
                "event_time": moments,
                "known_at": moments,
            }
        )
        kept = [(since is None or w > since) and w <= until for w in when]
        return {"sales": sales.filter(pa.array(kept))}

    def best_possible(self, case: str, at: datetime) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Nobody asks."""
        return (), ()

    def respond(
        self, treated: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, pa.Table]:
        """What would have been sold anyway."""
        return self.tables(end, since=start)


def sample(seed: int, size: int) -> ShopWorld:
    """The world of that seed."""
    return ShopWorld(seed, size)
