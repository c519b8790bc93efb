"""The policy in service and the donors that it is about, read once per version."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perdure.kernel.names import slug
from perdure.methods.contact.actions import Ints
from perdure.methods.contact.donors import Donors
from perdure.platform.registry.registry import Registry, model_name
from perdure.platform.storage.lake import Lake
from perdure.solutions.donor.chooser import Chooser

if TYPE_CHECKING:
    from perdure.platform.registry.bundle import ModelBundle
    from perdure.platform.storage.project import Project

NAME = "donor"


@dataclass(frozen=True, slots=True)
class Champion:
    """The version in service, its files, and its chooser."""

    reference: str
    bundle: ModelBundle
    chooser: Chooser


@dataclass(frozen=True, slots=True)
class Population:
    """The donors of the newest features: their states, and what the history says of fatigue."""

    donors: Donors
    temper: Ints

    def __len__(self) -> int:
        return len(self.donors)

    def drawn(self, count: int, seed: int) -> Donors:
        """``count`` of them for a simulation; donors of every state where nobody is known."""
        donors = self.donors
        if not len(donors):
            r, f = (axis.ravel() for axis in np.indices((24, 10)))
            donors = Donors.of(r + 1, f + 1, 12.0 * (f + 1) + r)
        return donors.resampled(count, np.random.default_rng(seed))


@dataclass(frozen=True)
class Basis:
    """A version with its donors, as a key: the digest tells versions apart."""

    digest: str
    chooser: Chooser
    people: Population

    def __hash__(self) -> int:
        return hash((self.digest, id(self.people)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Basis) and (
            (self.digest, id(self.people)) == (other.digest, id(other.people))
        )


def basis(project: Project, case: str, found: Champion) -> Basis:
    """What the explorer plans for: the chooser in service and the donors of the newest features."""
    people = population(project, case, found.chooser)
    return Basis(found.bundle.digest, found.chooser, people)


def champion(project: Project, case: str) -> Champion | None:
    """What serves this case now; None before a first version is promoted."""
    registry = Registry(project)
    found = registry.champion(model_name(NAME, case))
    if found is None:
        return None
    bundle = registry.open(found.reference)
    return Champion(found.reference, bundle, _chooser(bundle))


def population(project: Project, case: str, chooser: Chooser) -> Population:
    """The donors of the newest index date; nobody when no features were computed."""
    table = f"features.{NAME}.{slug(case)}"
    if not project.lake.exists(table):
        return Population(Donors.of([], [], []), np.zeros(0, np.int64))
    version = project.lake.version(table)
    return _population(project.lake.root, table, version, _Held(chooser))


@dataclass(frozen=True)
class _Held:
    """A chooser as part of a key: one object is one key."""

    chooser: Chooser

    def __hash__(self) -> int:
        return id(self.chooser)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.chooser is other.chooser


_Files = tuple[tuple[str, bytes], ...]


@lru_cache(maxsize=8)
def _read(files: _Files) -> Chooser:
    return Chooser.from_files(dict(files))


def _chooser(bundle: ModelBundle) -> Chooser:
    return _read(tuple(sorted(bundle.files().items())))


@lru_cache(maxsize=4)
def _population(root: Path, table: str, version: int, held: _Held) -> Population:
    import polars as pl

    from perdure.solutions.donor.history import contacted_of, donors_of, temper_of

    rows = Lake(root).scan(table, version)
    newest = rows.filter(pl.col("at") == pl.col("at").max()).collect().to_arrow()
    history = contacted_of(newest, held.chooser.contact_months)
    return Population(donors_of(newest), temper_of(history, held.chooser.tempers))
