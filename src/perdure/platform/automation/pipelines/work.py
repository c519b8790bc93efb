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
from perdure.kernel.errors import NotEnoughData
from perdure.kernel.features import FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.names import digest, slug
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.solution import Solution
from perdure.kernel.tables import TableContract
from perdure.platform.storage.project import Project


@dataclass(frozen=True)
class Work:
    """A case of a solution in a project."""

    project: Project
    solution: Solution
    case: str
    settings: Any
    feature_set: FeatureSet
    label: LabelContract
    contracts: Mapping[str, TableContract]
    progress: Progress = SILENT

    @property
    def model_name(self) -> str:
        """The name of its models, e.g. ``conversion/voltaren``."""
        return f"{self.solution.name}/{slug(self.case)}"

    def pipeline(self, kind: str) -> str:
        """The name of one of its pipelines in the run ledger."""
        return f"{self.model_name}/{kind}"

    def key(self, *parts: object) -> str:
        """A run key: changes when the code's version, a declaration or any of ``parts`` does."""
        declared = [self.feature_set.digest(), self.label.digest()]
        return digest([__version__, declared, *parts])

    def training_settings(self) -> dict[str, Any]:
        """The settings that shape a model: what is decided or shown with it is none of them."""
        left_out = {"decision", "display", "imports", "cases", "index"}
        found: dict[str, Any] = self.settings.model_dump(mode="json", exclude=left_out)
        return found

    def versions(self) -> dict[str, int]:
        """The newest version of every table that features and labels read."""
        names = dict.fromkeys((*self.feature_set.sources(), self.label.source))
        return {name: self.project.lake.version(name) for name in names}

    @cached_property
    def extent(self) -> tuple[datetime, datetime]:
        """When the first and the newest row of the label's source happened."""
        contract = self.contracts[self.label.source]
        when = pl.col(contract.event_time)
        rows = self.project.lake.scan(contract.name)
        first, last = rows.select(when.min().alias("a"), when.max().alias("b")).collect().row(0)
        if first is None:
            raise NotEnoughData(f"table '{contract.name}' holds no rows")
        return first, last

    def as_of(self, asked: datetime | None) -> datetime:
        """The moment asked for; by default the newest row of the label's source."""
        return asked or self.extent[1]

    def index_dates(self, as_of: datetime) -> list[datetime]:
        """The past dates whose outcomes are known at ``as_of``; an error when there is none."""
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
        feature_set=manifest.code("features")(settings, chosen),
        label=manifest.code("label")(settings, chosen),
        contracts=project.contracts(manifest),
        progress=progress,
    )
