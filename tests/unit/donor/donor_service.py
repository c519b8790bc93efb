"""A small blood service of the sample world with a policy in service, made without training."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.methods.contact.actions import ACTIONS, SMS
from perdure.methods.contact.planner import EVERY_START
from perdure.methods.contact.world import ContactWorld
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.contracts import polars_schema
from perdure.platform.training.card import make_card
from perdure.platform.training.context import Candidate
from perdure.solutions.donor.chooser import Chooser, knowledge
from perdure.solutions.donor.sample.behaviour import RETURNS
from perdure.solutions.donor.sample.world import sample
from perdure.solutions.donor.tables import TABLES

CASE = "default"


@dataclass(frozen=True)
class Trained:
    """A training set as far as the registry asks about it."""

    feature_digest: str
    table: str = "training.donor.default"
    version: int = 0
    inputs: dict = field(default_factory=dict)
    label_digest: str = "a" * 64
    index_dates: tuple = (datetime(2025, 9, 30),)

    def frame(self):
        return pa.table({})


def tables_of(world) -> dict[str, pl.DataFrame]:
    """Every table of the world with all columns of its contract."""
    made, drawn = {}, world.tables(world.horizon)
    for contract in TABLES:
        schema = polars_schema(contract)
        table = drawn.get(contract.name)
        frame = pl.DataFrame(schema=schema) if table is None else pl.DataFrame(table)
        absent = [pl.lit(None, k).alias(n) for n, k in schema.items() if n not in frame.columns]
        made[contract.name] = frame.with_columns(absent).select(list(schema))
    return made


@cache
def _sampled(seed: int, size: int) -> dict[str, pl.DataFrame]:
    return tables_of(sample(seed, size))


def always(action: int) -> Chooser:
    """A chooser to which one action is worth most in every state."""
    world, starts = ContactWorld(RETURNS, months=6), EVERY_START[::25]
    values = np.zeros((25, 25, len(starts), len(knowledge(world)), len(ACTIONS)), np.float32)
    values[..., action] = 1.0
    return Chooser(world, starts, values, 6, f"always {ACTIONS[action]}", "priors")


def registered(project, chooser: Chooser, *, promote: bool, features: str = "") -> str:
    """The chooser as a version, in service or not; gives its reference."""
    work = open_work(project, "donor")
    candidate = Candidate(chooser.to_files(), [], {}, {}, make_card("Donor", {}, {}), pa.table({}))
    trained = Trained(features or work.feature_set.digest())
    registry = Registry(project)
    made = registry.register(candidate, work.solution, CASE, "run", training=trained)
    if promote:
        held = registry.champion(made.name)
        gate = GateReport(
            made.reference, held.reference if held else None, (Check("test", "passed", "", ""),)
        )
        registry.promote(made.reference, actor="test", reason="test", gate=gate)
    return made.reference


def serving(project, *, size: int = 120, seed: int = 1, action: int = SMS) -> None:
    """Tables of the sample world in the lake, and one action to everybody in service."""
    project.ops.migrate()
    for name, frame in _sampled(seed, size).items():
        project.lake.replace(name, frame.to_arrow(), key="sample")
    registered(project, always(action), promote=True)
