"""The rows that a policy learns from: donors at index dates, what was done, what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.kernel.clock import add_months
from perdure.kernel.errors import NotEnoughData
from perdure.methods.contact.actions import ACTIONS, NONE, Bools, Floats, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.tempers import Tempers
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.rows import LabelledRows, labelled_rows
from perdure.solutions.donor.history import (
    RFT,
    contact_columns,
    contacted_of,
    donors_of,
    temper_of,
)
from perdure.solutions.donor.intervals import Intervals
from perdure.solutions.donor.tables import CONTACT, RESPONSE

_LEFT = "opted_out"
_OPEN = 0.5
_RAREST = 0.05


@dataclass(frozen=True, slots=True)
class Material:
    """n rows: donors, history and outcome, and the contact in the month that followed.

    ``contacted`` (n, months) says whether there was a contact 1, 2, ... months ago. ``action`` is
    what was done after the index date, ``chance`` the logged chance of that (NaN: not drawn by
    lot, or nothing in the log), ``left`` whether the donor opted out in that month, and
    ``open_share`` how much of that month the donor may give in.
    """

    rows: LabelledRows
    donors: Donors
    contacted: Bools
    action: Ints
    chance: Floats
    left: Bools
    open_share: Floats
    notes: dict[str, Any]

    @property
    def drawn(self) -> Bools:
        """Rows whose action was drawn by lot with a known chance below 1."""
        return np.isfinite(self.chance) & (self.chance < 1)

    def take(self, which: Bools) -> Material:
        """Some of the rows."""
        rows = np.flatnonzero(which)
        held = replace(
            self.rows, table=self.rows.table.take(pa.array(rows)), X=self.rows.X[rows],
            y=self.rows.y[rows], entity=self.rows.entity[rows], at=self.rows.at[rows],
            cluster=self.rows.cluster[rows],
        )  # fmt: skip
        return Material(
            held, self.donors.take(rows), self.contacted[rows], self.action[rows],
            self.chance[rows], self.left[rows], self.open_share[rows], self.notes,
        )  # fmt: skip

    def alone(self) -> tuple[Ints, Floats]:
        """Rows of donors who might give and were left alone, and how many each stands for.

        Whom the lot left alone with chance p stands for 1 / p donors: without that the rows left
        alone would be, too often, those whom nothing was open to.
        """
        rows = np.flatnonzero((self.action == NONE) & (self.open_share > _OPEN))
        weight = np.where(self.drawn, 1 / np.maximum(self.chance, _RAREST), 1.0)
        return rows, weight[rows]

    def tempers(self, known: Tempers) -> Ints:
        """What the history tells of fatigue, (n,) of places in ``known``."""
        return temper_of(self.contacted, known)


def read_material(context: TrainingContext) -> Material:
    """The labelled rows with the contact that followed each. Raises NotEnoughData without any."""
    months = context.settings.features.contact_months
    names = (*RFT, *contact_columns(months))
    rows = labelled_rows(context.training_set.frame(), names)
    action, chance, left = _followed(context, rows)
    drawn = np.isfinite(chance) & (chance < 1)
    notes = {
        "rows": len(rows.y),
        "donors": int(rows.cluster.max()) + 1,
        "returned": rows.positives,
        "drawn by lot": int(drawn.sum()),
        "contacts drawn by lot": int((drawn & (action != NONE)).sum()),
    }
    if not len(rows.y):
        raise NotEnoughData("no donor with a known outcome", expected="donations of past months")
    share = Intervals.of(context.settings.country_rules()).open_share(rows.table)
    return Material(
        rows, donors_of(rows.table), contacted_of(rows.table, months), action, chance, left,
        share, notes,
    )  # fmt: skip


def _followed(context: TrainingContext, rows: LabelledRows) -> tuple[Ints, Floats, Bools]:
    """The first logged action in the month after each index date, and whether the donor left."""
    asked = pl.DataFrame({
        "row": np.arange(len(rows.y)), "donor": rows.entity.astype(object), "start": rows.at,
    }, schema_overrides={"donor": pl.String})  # fmt: skip
    starts = asked["start"].unique().to_list()
    ends = pl.DataFrame({"start": starts, "end": [_month_after(s, context) for s in starts]})
    asked = asked.join(ends, on="start", how="left")
    done = _within(asked, _contacts(context), ["action", "propensity"])
    done = done.sort("row", "event_time").unique("row", keep="first")
    action = np.zeros(len(rows.y), np.int64)
    chance = np.full(len(rows.y), np.nan)
    place = done["row"].to_numpy()
    action[place] = done["action"].replace_strict(
        {name: number for number, name in enumerate(ACTIONS)}, return_dtype=pl.Int64
    )
    chance[place] = done["propensity"].to_numpy()
    gone = _within(asked, _table(context, RESPONSE.name), ["kind"]).filter(pl.col("kind") == _LEFT)
    left = np.zeros(len(rows.y), np.bool_)
    left[gone["row"].to_numpy()] = True
    return action, chance, left


def _contacts(context: TrainingContext) -> pl.DataFrame | None:
    """Contacts with the chance of the action alone: a variant was drawn by a lot of its own."""
    found = _table(context, CONTACT.name)
    if found is None or "variant_propensity" not in found.columns:
        return found
    variant = pl.col("variant_propensity").fill_null(1.0)
    return found.with_columns(propensity=pl.col("propensity") / variant)


def _month_after(start: datetime, context: TrainingContext) -> datetime:
    return add_months(start, context.settings.label.window_months)


def _within(asked: pl.DataFrame, events: pl.DataFrame | None, keep: list[str]) -> pl.DataFrame:
    """Events of each row's donor after its index date and before the end of its window."""
    if events is None:
        return pl.DataFrame(schema={"row": pl.Int64, "event_time": pl.Datetime("us"),
                                    **{k: pl.Float64 if k == "propensity" else pl.String
                                       for k in keep}})  # fmt: skip
    found = events.select("donor", "event_time", *keep).join(asked, on="donor")
    after = (pl.col("event_time") > pl.col("start")) & (pl.col("event_time") <= pl.col("end"))
    return found.filter(after).select("row", "event_time", *keep)


def _table(context: TrainingContext, name: str) -> pl.DataFrame | None:
    project = context.project
    if project is None or not project.lake.exists(name):
        return None
    return project.lake.scan(name, project.lake.version(name)).collect()
