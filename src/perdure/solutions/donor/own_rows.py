"""The service's own log: what was drawn by lot for whom, what was known then, what came of it.

Only rows whose action was drawn with a logged chance below 1 count, those left alone by the lot
included: who was chosen for a reason says nothing about what the choice brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from perdure.kernel.clock import add_months
from perdure.kernel.tables import SEQUENCE
from perdure.methods.contact.actions import ACTIONS, Bools, Floats, Ints
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld
from perdure.solutions.donor.eligibility import Moments, eligible
from perdure.solutions.donor.facts import facts_each
from perdure.solutions.donor.features import features
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import CONTACT, DONATION, RESPONSE, TABLES

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

Tables = Mapping[str, pl.DataFrame]
_CHUNK = 25_000


@dataclass(frozen=True)
class OwnRows:
    """n decisions drawn by lot whose outcome is known, sorted by donor and moment.

    ``chance`` is the logged chance of ``action``; ``known`` holds the features as of the moment
    before; ``open_to`` (n, actions) what tables and country rules left open then. ``donated`` and
    ``left`` (opted out) are of the outcome window after the moment.
    """

    donor: npt.NDArray[np.str_]
    at: Moments
    action: Ints
    chance: Floats
    donated: Bools
    left: Bools
    known: pa.Table
    open_to: Bools

    def __len__(self) -> int:
        return len(self.action)

    def take(self, places: Ints) -> OwnRows:
        """Some of the rows, or some more than once."""
        return OwnRows(
            self.donor[places], self.at[places], self.action[places], self.chance[places],
            self.donated[places], self.left[places], self.known.take(pa.array(places)),
            self.open_to[places],
        )  # fmt: skip

    def plus(self, other: OwnRows) -> OwnRows:
        """These rows, then the others."""
        return OwnRows(
            np.concatenate([self.donor, other.donor]),
            np.concatenate([self.at, other.at]),
            np.concatenate([self.action, other.action]),
            np.concatenate([self.chance, other.chance]),
            np.concatenate([self.donated, other.donated]),
            np.concatenate([self.left, other.left]),
            pa.concat_tables([self.known, other.known]),
            np.concatenate([self.open_to, other.open_to]),
        )

    def rewards(self, settings: DonorSettings) -> Floats:
        """Each row's month in the simulator's words: donated, less displacement, cost, opt-out."""
        world = valued(settings)
        gained: Floats = self.donated * world.worth()[self.action]
        gained -= np.asarray(world.cost)[self.action]
        gained -= world.opt_out_loss * self.left
        return gained


def valued(settings: DonorSettings) -> ContactWorld:
    """A world that is only asked what donations, contacts and opt-outs count for."""
    anyone = ReturnModel((0.0,) * 4, (1.0,) * 4, (0.0,) * 4, 0.0)
    return settings.simulator.prior().world(anyone, hazard=1.0, months=1, defer_months=1)


def read_tables(project: Project) -> Tables:
    """The donor tables of a project; those that are not there are left out."""
    names = [contract.name for contract in TABLES if project.lake.exists(contract.name)]
    return {name: project.lake.scan(name).collect() for name in names}


def own_rows(tables: Tables, settings: DonorSettings, case: str, at: datetime) -> OwnRows:
    """The rows of a case whose outcome window is over at ``at``, as known at ``at``."""
    drawn = _drawn(tables, settings, at)
    known = known_at(tables, settings, case, drawn["donor"].to_list(), _moments(drawn))
    inside = _inside(known, settings, case)
    drawn = drawn.filter(pl.Series(inside, dtype=pl.Boolean))
    known = known.filter(pa.array(inside, pa.bool_()))
    names, moments = drawn["donor"].to_list(), _moments(drawn)
    places = {name: number for number, name in enumerate(ACTIONS)}
    donated, left = outcomes(tables, names, moments, _moments(drawn, "end"), at)
    return OwnRows(
        donor=np.array(names, dtype=str),
        at=moments,
        action=drawn["action"].replace_strict(places, return_dtype=pl.Int64).to_numpy(),
        chance=drawn["propensity"].to_numpy(),
        donated=donated,
        left=left,
        known=known,
        open_to=open_at(tables, settings, case, names, moments),
    )


def outcomes(
    tables: Tables, donors: list[str], at: Moments, ends: Moments, known: datetime
) -> tuple[Bools, Bools]:
    """Whether each donor gave, and whether it opted out, after its moment and by its end."""
    asked = pl.DataFrame({"donor": pl.Series(donors, dtype=pl.String), "at": at, "end": ends})
    said = _current(tables, RESPONSE.name, known)
    gone = said if said is None else said.filter(pl.col("kind") == "opted_out")
    return _followed(asked, _current(tables, DONATION.name, known)), _followed(asked, gone)


def known_at(
    tables: Tables, settings: DonorSettings, case: str, donors: list[str], at: Moments
) -> pa.Table:
    """The features of each donor as of just before its moment."""
    from perdure.platform.features.compute import compute_features

    spine = pa.table({"entity": pa.array(donors, pa.string()), "at": pa.array(_before(at))})
    contracts = {contract.name: contract for contract in TABLES}
    made = {name: frame.to_arrow() for name, frame in _whole(tables)}
    return compute_features(made, features(settings, case), contracts, spine)


def open_at(
    tables: Tables, settings: DonorSettings, case: str, donors: list[str], at: Moments
) -> Bools:
    """What tables and country rules left open to each donor at its moment, (n, actions)."""
    parts = [np.ones((0, len(ACTIONS)), np.bool_)]
    for begin in range(0, len(donors), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        before = _before(at[part])
        facts = facts_each(tables, donors[part], before, settings.incentive.carrier)
        parts.append(eligible(facts, settings, case, before))
    return np.concatenate(parts)


def _before(at: Moments) -> Moments:
    """What happens in the very moment of a contact was not known when it was chosen."""
    earlier: Moments = at - np.timedelta64(1, "us")
    return earlier


def _drawn(tables: Tables, settings: DonorSettings, at: datetime) -> pl.DataFrame:
    """The lot's rows of the last ``policy.log_months`` that are over, sorted."""
    contacts = _current(tables, CONTACT.name, at)
    if contacts is None:
        return _NOTHING
    end = pl.col("event_time").dt.offset_by(f"{settings.label.window_months}mo")
    # A variant was drawn by a lot of its own: what is asked about is the chance of the action.
    alone = pl.lit(1.0)
    if "variant_propensity" in contacts.columns:
        alone = pl.col("variant_propensity").fill_null(1.0)
    found = contacts.select(
        "donor", "event_time", "action", "contact", propensity=pl.col("propensity") / alone, end=end
    ).filter(
        pl.col("propensity") < 1,
        pl.col("propensity") > 0,
        pl.col("end") <= at,
        pl.col("event_time") > add_months(at, -settings.policy.log_months),
    )
    return found.sort("donor", "event_time", "contact")


_NOTHING = pl.DataFrame(schema={
    "donor": pl.String, "event_time": pl.Datetime("us"), "action": pl.String,
    "propensity": pl.Float64, "contact": pl.String, "end": pl.Datetime("us"),
})  # fmt: skip


def _current(tables: Tables, name: str, at: datetime) -> pl.DataFrame | None:
    """The rows of a table as known at ``at``: of several statements of one fact the last."""
    if name not in tables:
        return None
    keys = next(contract.keys for contract in TABLES if contract.name == name)
    known = tables[name].filter(pl.col("known_at") <= at)
    return known.sort("known_at", SEQUENCE).unique([*keys], keep="last", maintain_order=True)


def _followed(asked: pl.DataFrame, events: pl.DataFrame | None) -> Bools:
    """Whether an event of the donor came after ``at`` and by ``end``, (n,)."""
    if events is None or events.is_empty():
        return np.zeros(asked.height, np.bool_)
    found = asked.with_row_index("row").sort("at").join_asof(
        events.select("donor", came="event_time").sort("came"),
        left_on="at", right_on="came", by="donor", strategy="forward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    came = found.sort("row").select(pl.col("came") <= pl.col("end")).to_series()
    return came.fill_null(value=False).to_numpy()


def _moments(rows: pl.DataFrame, name: str = "event_time") -> Moments:
    return rows[name].to_numpy().astype("datetime64[us]")


def _whole(tables: Tables) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every table, those without a row included."""
    from perdure.platform.storage.contracts import polars_schema

    for contract in TABLES:
        held = tables.get(contract.name)
        yield contract.name, pl.DataFrame(schema=polars_schema(contract)) if held is None else held


def _inside(known: pa.Table, settings: DonorSettings, case: str) -> list[bool]:
    """Which rows are of a country that the case is about."""
    named = settings.cases.get(case)
    countries = named.countries if named else ()
    if not countries:
        return [True] * known.num_rows
    return [country in countries for country in known["country"].to_pylist()]
