"""A solution played on its own sample, for the checks that every solution must pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from perdure.kernel.clock import FixedClock
from perdure.kernel.solution import Solution
from perdure.kernel.world import World
from perdure.platform.automation.pipelines.training import candidate, training_table
from perdure.platform.automation.pipelines.work import Work, open_work
from perdure.platform.features.materialise import materialise, publish
from perdure.platform.inference.population import Scored, score_population
from perdure.platform.inference.predictor import OpenModel, open_model
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.storage.ingest import IngestReport, ingest
from perdure.platform.storage.project import Project
from perdure.platform.training.context import TrainingTable


@dataclass(frozen=True)
class Rehearsed:
    """The sample of a solution in a project, each stage made when it is first asked for.

    Models are scored by version, not as champions: a small sample may well not pass the gate.
    """

    folder: Path
    solution: Solution
    size: int = 4_000
    seed: int = 0

    @cached_property
    def world(self) -> World:
        """The sample world."""
        made: World = self.solution.code("sample")(self.seed, self.size)
        return made

    @property
    def at(self) -> datetime:
        """The moment of the rehearsal: the end of the sample's history."""
        return self.world.horizon

    @cached_property
    def project(self) -> Project:
        """A project of its own, standing at that moment."""
        return Project.create(self.folder, clock=FixedClock(self.at))

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """The sample's tables as of that moment."""
        return dict(self.world.tables(self.at))

    @cached_property
    def ingested(self) -> dict[str, IngestReport]:
        """What ingest said of each table."""
        contracts = self.project.contracts(self.solution)
        return {
            name: ingest(self.project, contracts[name], table, source="sample")
            for name, table in self.tables.items()
        }

    @cached_property
    def work(self) -> Work:
        """The first case, with its tables in the lake."""
        assert self.ingested is not None  # noqa: S101  the tables come first
        return open_work(self.project, self.solution.name, self.world.cases[0])

    @cached_property
    def training(self) -> TrainingTable:
        """The training set at that moment, or the tables when there is no label."""
        return training_table(self.work, self.at, self.work.index_dates(self.at))

    @cached_property
    def version(self) -> ModelVersion:
        """The model that is trained from it."""
        return Registry(self.project).register(
            candidate(self.work, self.training),
            self.solution,
            self.work.case,
            training=self.training,
        )

    @cached_property
    def model(self) -> OpenModel:
        """The same model as it comes back from its bundle."""
        return open_model(self.project, self.solution, self.version.reference)

    @cached_property
    def scored(self) -> Scored:
        """Everyone eligible, scored; the features are in the online store as well."""
        work = self.work
        made = materialise(
            work.project, work.solution.name, work.case, work.feature_set, work.contracts, self.at
        )
        publish(work.project, work.solution.name, work.case, made)
        return score_population(
            work.project, self.solution, work.case, self.at, self.version.reference
        )
