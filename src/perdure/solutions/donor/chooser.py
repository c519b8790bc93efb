"""What is served: values of actions over states that a service knows, or a readable tree."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import IntegrityError
from perdure.methods.contact.actions import ACTIONS, NONE, Bools, Floats, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.planner import Plan
from perdure.methods.contact.policies.tree import described
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.readable import Tree
from perdure.methods.contact.tempers import Tempers, inferred
from perdure.methods.contact.world import ContactWorld
from perdure.solutions.donor.intervals import ALWAYS_OPEN, Intervals
from perdure.solutions.donor.rules.country import DEFAULT

FORM, VALUES = "policy.json", "values.npy"
TOLERANCE, MOST = 0.05, 20
_DAMAGED = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, EOFError)
"""What reading JSON and an array of another content can raise."""


def knowledge(world: ContactWorld) -> Tempers:
    """What a service can know of fatigue: the contact history, in at most 20 states."""
    return inferred(world.recovery, TOLERANCE, MOST)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Values (R, F, start, temper, action) of a plan for the months to come, always looked ahead.

    A service has no last month: each month is the first of a plan. With a ``tree`` the tree
    chooses, and the values say what its choice is worth.
    """

    world: ContactWorld
    starts: Ints
    values: npt.NDArray[np.float32]
    contact_months: int
    caution: str
    effects: str
    tree: Tree | None = None
    signed_off_by: str | None = None
    intervals: Intervals = ALWAYS_OPEN

    @classmethod
    def of(
        cls, world: ContactWorld, plan: Plan, contact_months: int, caution: str, effects: str,
        tree: Tree | None = None, signed_off_by: str | None = None,
        intervals: Intervals = ALWAYS_OPEN,
    ) -> Self:  # fmt: skip
        """From a plan over what a service knows."""
        barred = ~np.isfinite(plan.quality)
        quality = np.where(barred, np.nan, plan.quality).astype(np.float32)
        return cls(world, plan.starts, quality, contact_months, caution, effects, tree,
                   signed_off_by, intervals)  # fmt: skip

    @property
    def tempers(self) -> Tempers:
        """What is known of fatigue."""
        return knowledge(self.world)

    def worth(self, donors: Donors, temper: Ints) -> Floats:
        """The return of each action and the plan afterwards, (n, actions); NaN where barred."""
        middles = (self.starts[1:] + self.starts[:-1]) / 2
        start = np.searchsorted(middles, donors.months)
        found = self.values[donors.recency, donors.donations - 1, start, temper]
        return np.asarray(found, np.float64)

    def best(self, donors: Donors, temper: Ints) -> Ints:
        """The action of each donor, (n,)."""
        worth = self.worth(donors, temper)
        if self.tree is None:
            return np.asarray(np.nan_to_num(worth, nan=-np.inf).argmax(axis=1), np.int64)
        X = described(situation(donors), self.world, self.tempers, temper)
        chosen = self.tree.choose(X)
        barred = np.isnan(worth[np.arange(len(chosen)), chosen])
        return np.asarray(np.where(barred, NONE, chosen), np.int64)

    def to_files(self) -> dict[str, bytes]:
        """JSON and one array, no pickle."""
        form = {
            "world": asdict(self.world), "starts": self.starts.tolist(),
            "contact_months": self.contact_months, "caution": self.caution,
            "effects": self.effects, "actions": list(ACTIONS),
            "tree": self.tree.to_dict() if self.tree else None,
            "signed_off_by": self.signed_off_by, "intervals": dict(self.intervals.months),
        }  # fmt: skip
        held = io.BytesIO()
        np.save(held, self.values.astype(np.float32), allow_pickle=False)
        return {FORM: json.dumps(form, indent=1).encode(), VALUES: held.getvalue()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The chooser that ``to_files`` wrote. Raises IntegrityError for any other content."""
        try:
            form = json.loads(files[FORM])
            values = np.load(io.BytesIO(files[VALUES]), allow_pickle=False).astype(np.float32)
            world = _world(form["world"])
            starts = np.asarray(form["starts"], np.int64)
            tree = Tree.from_dict(form["tree"]) if form["tree"] else None
            told = {k: (float(m), float(w)) for k, (m, w) in form["intervals"].items()}
            intervals = Intervals(told | {DEFAULT: told[DEFAULT]})
            caution, effects, signed = form["caution"], form["effects"], form["signed_off_by"]
            contact_months, actions = int(form["contact_months"]), form["actions"]
        except _DAMAGED as error:
            what = f"{type(error).__name__}: {error}"[:300]
            raise IntegrityError(f"the stored policy cannot be read: {what}") from error
        wanted = (25, 25, len(starts), len(knowledge(world)), len(ACTIONS))
        if values.shape != wanted or actions != list(ACTIONS):
            raise IntegrityError(f"values of shape {values.shape}", expected=str(wanted))
        if not np.isfinite(values[..., NONE]).all() or np.isinf(values).any():
            raise IntegrityError("the stored policy has values that are no numbers")
        return cls(world, starts, values, contact_months, caution, effects, tree, signed,
                   intervals)  # fmt: skip


@dataclass
class Served:
    """A chooser played in a world: it knows the contact history only, and always looks ahead."""

    chooser: Chooser
    name: str = "served"

    def start(self, seen: Situation) -> None:
        """Everybody is rested."""
        self._temper = np.zeros(len(seen), np.int64)
        self._tempers = self.chooser.tempers

    def choose(self, seen: Situation) -> Ints:
        """The chooser's action."""
        donors = Donors(seen.recency, seen.donations, seen.months)
        return self.chooser.best(donors, self._temper)

    def told(self, seen: Situation, happened: Happened) -> None:
        """One month more of history."""
        self._temper = self._tempers.after(self._temper, happened.actions != NONE)


def situation(donors: Donors) -> Situation:
    """Donors in the first month of a plan, rested."""
    nobody: Bools = np.zeros(len(donors), np.bool_)
    zeros = np.zeros(len(donors), np.int64)
    return Situation(donors.recency, donors.donations, donors.months, zeros, nobody, ~nobody, 0)


def _world(form: Mapping[str, Any]) -> ContactWorld:
    told = dict(form)
    returns = told.pop("returns")
    model = ReturnModel(**{k: _tuples(v) for k, v in returns.items()})
    return ContactWorld(model, **{k: _tuples(v) for k, v in told.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
