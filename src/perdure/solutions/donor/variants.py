"""The variant inside a contact: which subject line, at which hour; drawn by logged chances.

Nothing happens until ``variants`` names some. What was opened, clicked, booked or given after
earlier contacts is learned when the policy is trained; a proposal then carries the variant among
its reasons, and its propensity is the chance of the action times that of the variant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.kernel.decisions import Reason
from perdure.kernel.errors import IntegrityError
from perdure.methods.contact.actions import Floats, Ints
from perdure.methods.contact.variants import VariantBandit
from perdure.platform.decisions.arms import choose
from perdure.solutions.donor.history import contacted_of, donors_of
from perdure.solutions.donor.own_rows import Tables, known_at
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import CONTACT, RESPONSE

FILE = "variants.json"
CHANCES, SUBJECT, HOUR = "variant-chances", "variant", "hour"
"""Names of reasons: the chances that a model gives, and the subject and hour that were drawn."""
WORTH = {"opened": 0.2, "clicked": 0.4, "booked": 0.8, "donated": 1.0}
"""How much of a response each kind is; the most of a contact's counts."""


def context_of(known: pa.Table) -> Floats:
    """What the bandit knows of each donor, (n, 5): one, R, log F, T, contacted last month."""
    donors = donors_of(known)
    return np.column_stack([
        np.ones(len(donors)), donors.recency / 24, np.log(donors.donations) / 3.3,
        donors.months / 100, contacted_of(known, 1)[:, 0],
    ]).astype(np.float64)  # fmt: skip


@dataclass(frozen=True)
class Variants:
    """A bandit for each channel that has variants."""

    by_channel: Mapping[str, VariantBandit]

    def reasons(self, known: pa.Table) -> list[tuple[Reason, ...]]:
        """For each donor the chances of every channel's variants, as one reason; else none."""
        if not self.by_channel:
            return [()] * known.num_rows
        X = context_of(known)
        each = {c: (b.names, b.chances(X).round(6).tolist()) for c, b in self.by_channel.items()}
        return [
            (Reason(CHANCES, json.dumps(
                {c: dict(zip(n, p[i], strict=True)) for c, (n, p) in each.items()}
            ), 0.0, "Chances of the variants, by what earlier contacts led to"),)
            for i in range(len(X))
        ]  # fmt: skip

    def to_files(self) -> dict[str, bytes]:
        """One JSON file; none without variants."""
        if not self.by_channel:
            return {}
        form = {channel: json.loads(one.to_json()) for channel, one in self.by_channel.items()}
        return {FILE: json.dumps(form).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Variants:
        """What ``to_files`` wrote. Raises IntegrityError for any other content."""
        try:
            form = json.loads(files.get(FILE, b"{}"))
            return cls({c: VariantBandit.from_json(json.dumps(one)) for c, one in form.items()})
        except (ValueError, AttributeError) as error:
            raise IntegrityError(f"the stored variants cannot be read: {error}") from error


def learned(tables: Tables, settings: DonorSettings, case: str, at: datetime) -> Variants:
    """The bandits after all contacts whose response window is over at ``at``."""
    found: dict[str, VariantBandit] = {}
    for channel, named in settings.variants.items():
        bandit = VariantBandit.fresh(named.names(), 5, explore=named.explore)
        rows = _contacts(tables, settings, channel, named.names(), at)
        if rows.height:
            at_each = rows["event_time"].to_numpy().astype("datetime64[us]")
            known = known_at(tables, settings, case, rows["donor"].to_list(), at_each)
            chosen: Ints = rows["place"].to_numpy()
            bandit = bandit.told(context_of(known), chosen, rows["worth"].to_numpy())
        found[channel] = bandit
    return Variants(found)


def _contacts(
    tables: Tables, settings: DonorSettings, channel: str, names: Sequence[str], at: datetime
) -> pl.DataFrame:
    """Contacts by known variants, with the best response to each within its window."""
    if CONTACT.name not in tables or RESPONSE.name not in tables:
        return pl.DataFrame(schema={"place": pl.Int64})
    end = pl.col("event_time").dt.offset_by(f"{settings.label.window_months}mo")
    variant = pl.format("{}@{}", "variant", pl.col("hour").cast(pl.String))
    sent = tables[CONTACT.name].filter(
        pl.col("action") == channel, pl.col("known_at") <= at
    ).with_columns(end=end, name=variant).filter(
        pl.col("end") <= at, pl.col("name").is_in(list(names))
    ).unique("contact", keep="last", maintain_order=True)  # fmt: skip
    worth = pl.col("kind").replace_strict(WORTH, default=0.0, return_dtype=pl.Float64)
    said = tables[RESPONSE.name].filter(pl.col("known_at") <= at)
    said = said.select("contact", answered="event_time", worth=worth)
    found = sent.join(said, on="contact", how="left").filter(
        pl.col("answered").is_null() | (pl.col("answered") <= pl.col("end"))
    )
    best = found.group_by("contact").agg(pl.col("worth").max())
    places = {name: number for number, name in enumerate(names)}
    return sent.join(best, on="contact", how="left").with_columns(
        pl.col("worth").fill_null(0.0),
        place=pl.col("name").replace_strict(places, return_dtype=pl.Int64),
    ).sort("contact")  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """Of each proposal: its reasons, its hour (-1: the usual one), the chance of its variant."""

    reasons: list[str]
    hours: Ints
    chance: Floats


def draw(
    settings: DonorSettings, names: Sequence[str], actions: Sequence[str],
    reasons: Sequence[str], lots: str,
) -> Drawn:  # fmt: skip
    """A variant for each contact whose channel has some; alike where the model told no chances."""
    texts = list(reasons)
    hours, chance = np.full(len(texts), -1), np.ones(len(texts))
    for channel, named in settings.variants.items():
        mine = [i for i, action in enumerate(actions) if action == channel]
        if not mine:
            continue
        keys = named.names()
        told = [json.loads(texts[i]) for i in mine]
        table = np.array([_chances(one, channel, keys) for one in told])
        who = [names[i] for i in mine]
        chosen, share = choose(who, table, table > 0, f"{lots}\nvariant of {channel}")
        for i, one, k, p in zip(mine, told, chosen.tolist(), share.tolist(), strict=True):
            subject, _, hour = keys[k].rpartition("@")
            texts[i] = json.dumps([*one, *_said(subject, int(hour), p)])
            hours[i], chance[i] = int(hour), p
    return Drawn([_without_chances(text) for text in texts], hours, chance)


def _without_chances(text: str) -> str:
    """Chances are for the draw; a person reads what was drawn."""
    if CHANCES not in text:
        return text
    return json.dumps([r for r in json.loads(text) if r["feature"] != CHANCES])


def _chances(reasons: list[dict[str, Any]], channel: str, keys: Sequence[str]) -> list[float]:
    for reason in reasons:
        if reason["feature"] == CHANCES:
            told = json.loads(reason["value"]).get(channel, {})
            if set(told) == set(keys):
                return [float(told[key]) for key in keys]
    return [1 / len(keys)] * len(keys)


def _said(subject: str, hour: int, chance: float) -> tuple[dict[str, Any], ...]:
    text = f"Variant {subject} at {hour}:00, drawn with a chance of {chance:.0%}"
    return (
        {"feature": SUBJECT, "value": subject, "effect": 0.0, "text": text},
        {"feature": HOUR, "value": float(hour), "effect": 0.0, "text": f"At {hour}:00"},
    )
