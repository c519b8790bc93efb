"""One case of one solution, with all that its pipelines need in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl

from perdure import __version__
from perdure.kernel.clock import add_months
from perdure.kernel.discovery import solution as named
from perdure.kernel.errors import NotEnoughData, UsageError
from perdure.kernel.features import FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.names import digest, slug
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.solution import Solution
from perdure.kernel.tables import TableContract
from perdure.platform.storage.journal import newest_moment
from perdure.platform.storage.project import Project


@dataclass(frozen=True)
class Work:
    """A case of a solution in a project."""

    project: Project
    solution: Solution
    case: str
    settings: Any
    feature_set: FeatureSet
    target: LabelContract | None
    contracts: Mapping[str, TableContract]
    progress: Progress = SILENT

    @property
    def label(self) -> LabelContract:
        """The label contract. Raises UsageError when the solution learns without one."""
        if self.target is None:
            raise UsageError(f"{self.solution.name} has no label: it learns from its tables")
        return self.target

    @property
    def sources(self) -> tuple[str, ...]:
        """The tables that features and label read, or those that it learns from; first counts."""
        named = self.feature_set.sources() if self.solution.features else ()
        label = (self.target.source,) if self.target else ()
        return tuple(dict.fromkeys((*named, *label, *self.solution.learns_from)))

    @property
    def model_name(self) -> str:
        """The name of its models, e.g. ``conversion/voltaren``."""
        return f"{self.solution.name}/{slug(self.case)}"

    def pipeline(self, kind: str) -> str:
        """The name of one of its pipelines in the run ledger."""
        return f"{self.model_name}/{kind}"

    def key(self, *parts: object) -> str:
        """A run key: changes when the code's version, a declaration or any of ``parts`` does."""
        return digest([__version__, self._declared(), *parts])

    def _declared(self) -> list[str]:
        if self.target is not None:
            return [self.feature_set.digest(), self.target.digest()]
        return [self.contracts[name].digest() for name in self.sources]

    def training_settings(self) -> dict[str, Any]:
        """The settings that shape a model: what is decided or shown with it is none of them."""
        left_out = {"decision", "display", "imports", "cases", "index"}
        found: dict[str, Any] = self.settings.model_dump(mode="json", exclude=left_out)
        return found

    def versions(self) -> dict[str, int]:
        """The newest version of every table that is read; StoreError when one is not there."""
        return {name: self.project.lake.version(name) for name in self.sources}

    @cached_property
    def extent(self) -> tuple[datetime, datetime]:
        """When the first and the newest row of the leading table happened: the label's source."""
        contract = self.contracts[self.target.source if self.target else self.sources[0]]
        when = pl.col(contract.event_time)
        rows = self.project.lake.scan(contract.name)
        first, last = rows.select(when.min().alias("a"), when.max().alias("b")).collect().row(0)
        if first is None:
            raise NotEnoughData(f"table '{contract.name}' holds no rows")
        return first, last

    def as_of(self, asked: datetime | None) -> datetime:
        """The moment asked for; by default the newest row of the leading table."""
        return asked or self.extent[1]

    def watched_until(self, asked: datetime | None) -> datetime:
        """The moment asked for; by default the newest row, or what was served since."""
        if asked is not None or not self.solution.service:
            return self.as_of(asked)
        served = newest_moment(self.project, self.solution.name, self.case)
        return max(self.extent[1], served or self.extent[1])

    def index_dates(self, as_of: datetime) -> list[datetime]:
        """The past dates whose outcomes are known at ``as_of``; an error when there is none.

        Without a label nothing is waited for: there are no such dates.
        """
        if self.target is None:
            return []
        first, _ = self.extent
        dates: list[datetime] = self.settings.index.dates(first, as_of, self.label.span_months())
        if dates:
            return dates
        index = self.settings.index
        months = index.history_months + self.label.span_months() + index.lag_months
        needed = add_months(first, months)
        raise NotEnoughData(
            f"{self.model_name}: no outcome window is over at {as_of:%Y-%m-%d}",
            expected=f"rows until {needed:%Y-%m-%d} (the first row is of {first:%Y-%m-%d})",
            hint="bring more months, or shorten index.history_months or the label's window",
        )


def open_work(
    project: Project, solution: str, case: str | None = None, progress: Progress = SILENT
) -> Work:
    """The case of a solution, with its settings, declarations and contracts loaded."""
    manifest = named(solution)
    settings = project.settings(manifest)
    chosen = project.case(manifest, case)
    return Work(
        project=project,
        solution=manifest,
        case=chosen,
        settings=settings,
        feature_set=_features(manifest, settings, chosen),
        target=manifest.code("label")(settings, chosen) if manifest.label else None,
        contracts=project.contracts(manifest),
        progress=progress,
    )


def _features(manifest: Solution, settings: Any, case: str) -> FeatureSet:
    """What the solution declares; a set without features for one that has none."""
    if not manifest.features:
        return FeatureSet(manifest.name, manifest.entity, "", ())
    made: FeatureSet = manifest.code("features")(settings, case)
    return made
