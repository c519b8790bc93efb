"""What the plan would be where costs, fading and the price of a contact differ: planned tables.

A plan is exact for what it believes, so a slider shows plans that were made, never a guess
between them. A cap on contacts is stood for by a price on each contact: the higher the price the
fewer contacts the plan uses, and those that are worth most stay (the Lagrangian of a cap on the
expected number). The hard cap of the settings holds beside it, at the one decision point.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from perdure.kernel.errors import NotEnoughData
from perdure.methods.contact.actions import NONE, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.planner import Plan, plan
from perdure.methods.contact.policies.constant import Always
from perdure.methods.contact.rollout import Played, play
from perdure.methods.contact.world import ContactWorld
from perdure.solutions.donor.chooser import Chooser, Served
from perdure.solutions.donor.pages.champion import Basis, Population, basis, champion
from perdure.solutions.donor.pages.grid import PLANNED, Grid, grid
from perdure.solutions.donor.priors import SIMULATED

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project
    from perdure.solutions.donor.settings import DonorSettings

COSTS = (0.5, 1.0, 3.0)
"""What a contact costs, times what is believed."""
FADINGS = (0.5, 1.0, 2.0)
"""How fast the effect fades with contacts, times what is believed."""
PRICES = (0.0, 0.015, 0.04)
"""A price on each contact, in donations, so that fewer are made."""
BELIEVED = COSTS.index(1.0) * len(FADINGS) * len(PRICES) + FADINGS.index(1.0) * len(PRICES)
_PLAYED, _SEED = 8_000, 7


@dataclass(frozen=True, slots=True)
class Variant:
    """One plan: its grid, and per donor what it brings over the months, all simulated."""

    cost: float
    fading: float
    price: float
    found: Grid
    contacts: float
    gain: float
    opted_out: float
    now: float


@dataclass(frozen=True)
class Service:
    """Answers the explorer; the tables of a version are planned once, at the first question."""

    project: Project
    case: str


_planning = threading.Lock()


def open_service(project: Project, settings: DonorSettings, case: str) -> Service:
    """What the endpoint below gets."""
    _ = settings
    return Service(project, case)


def policy_variants(service: Service, request: Mapping[str, str]) -> dict[str, Any]:
    """Every variant: numbers, and the best actions of all grids as base64 of single bytes."""
    _ = request
    found = champion(service.project, service.case)
    if found is None:
        raise NotEnoughData("no policy is in service", expected="perdure run donor")
    with _planning:  # two readers at once plan once
        made = variants(basis(service.project, service.case, found))
    best = np.stack([one.found.best for one in made])
    return {
        "label": SIMULATED,
        "model": found.reference,
        "months": found.chooser.world.months,
        "shape": best.shape,
        "best": base64.b64encode(best.tobytes()).decode("ascii"),
        "variants": [
            {"cost": v.cost, "fading": v.fading, "price": v.price, "contacts": round(v.contacts, 3),
             "gain": round(v.gain, 4), "opted_out": round(v.opted_out, 4), "now": round(v.now, 4)}
            for v in made
        ],
    }  # fmt: skip


@lru_cache(maxsize=4)
def variants(key: Basis) -> tuple[Variant, ...]:
    """Plans for every cost, fading and price, in this order; each is played with the donors."""
    base, people = key.chooser, key.people
    drawn = people.drawn(_PLAYED, _SEED)
    made = []
    for cost, fading in product(COSTS, FADINGS):
        world = _changed(base.world, cost, fading)
        never = play(Always(NONE), world, drawn, _SEED)
        made += [_variant(base, world, people, drawn, never, (cost, fading, p)) for p in PRICES]
    return tuple(made)


def _variant(
    base: Chooser, world: ContactWorld, people: Population, drawn: Donors, never: Played,
    told: tuple[float, float, float],
) -> Variant:  # fmt: skip
    """The plan that pays the price, played in the world where nobody pays it."""
    priced = replace(world, cost=_priced(world, told[2]))
    planned = plan(priced, starts=PLANNED, tempers=base.tempers)
    chooser = replanned(base, priced, planned)
    played = play(Served(chooser), world, drawn, _SEED)
    return Variant(
        *told,
        grid(chooser),
        float(played.contacts.mean()),
        float((played.expected - never.expected).mean()),
        float(played.opted_out.mean()),
        _contacted_now(chooser, people),
    )


def replanned(base: Chooser, world: ContactWorld, made: Plan) -> Chooser:
    """The chooser with another world and plan, all else as it is in service; never a tree."""
    quality = np.where(np.isfinite(made.quality), made.quality, np.nan).astype(np.float32)
    return replace(base, world=world, starts=made.starts, values=quality, tree=None)


def _contacted_now(chooser: Chooser, people: Population) -> float:
    """The share of today's donors whom the plan would contact, before masks."""
    if not len(people):
        return 0.0
    best: Ints = chooser.best(people.donors, people.temper)
    return float((best != NONE).mean())


def _changed(world: ContactWorld, cost: float, fading: float) -> ContactWorld:
    return replace(world, cost=tuple(c * cost for c in world.cost), fading=world.fading * fading)


def _priced(world: ContactWorld, price: float) -> tuple[float, ...]:
    return tuple(c + price * (a != NONE) for a, c in enumerate(world.cost))
