"""What the monitors of a case look at: its tables, its champion, the newest inputs and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from perdure.kernel.clock import add_months
from perdure.kernel.evidence import Measured
from perdure.kernel.labels import LabelContract
from perdure.kernel.solution import Solution
from perdure.platform.decisions.lookup import decision_table
from perdure.platform.decisions.policy import TREATED
from perdure.platform.features.labels import compute_eligible, compute_labels
from perdure.platform.features.materialise import PARTITION, features_table
from perdure.platform.inference.batch import dataset_batches
from perdure.platform.inference.population import predictions_table
from perdure.platform.monitoring.deliveries import days_of, delivery_readings
from perdure.platform.monitoring.features import feature_readings
from perdure.platform.monitoring.performance import (
    acted_upon,
    calibration_readings,
    drift_from_profile,
    drift_since,
    expected_reading,
    left_alone_readings,
    of_scores,
    realised_readings,
)
from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.slices import slice_calibration, slice_drift
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.registry.registry import Registry, model_name
from perdure.platform.storage.journal import newest_sequence
from perdure.platform.storage.project import Project
from perdure.platform.training.evidence import SERVED

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Subject:
    """A case with the versions of everything that the monitors read of it."""

    project: Project
    solution: Solution
    case: str
    at: datetime
    settings: Any
    label: LabelContract | None
    model: str
    bundle: ModelBundle | None
    versions: Mapping[str, int]

    def identity(self) -> list[object]:
        """What tells this look from another one."""
        named = [self.solution.name, self.case, self.at.isoformat(), self.model]
        # A journal is no versioned table: how far it reaches tells whether there is news in it.
        told = [newest_sequence(self.project, self.solution.name)] if self.solution.monitors else []
        return [*named, dict(self.versions), *told]

    def readings(self) -> list[Reading]:
        """Everything that can be read now."""
        return [
            *self._tables(),
            *self._inputs(),
            *self._answers(),
            *self._matured(),
            *self._its_own(),
        ]

    def _its_own(self) -> list[Reading]:
        """What the solution's own monitors read."""
        if not self.solution.monitors:
            return []
        monitors = self.solution.code("monitors")
        return list(monitors(self.project, self.settings, self.case, self.at))

    def _tables(self) -> Iterator[Reading]:
        contracts = self.project.contracts(self.solution)
        for name in self.solution.learns_from or contracts:
            if name in self.versions:
                contract = contracts[name]
                rows = self.project.lake.scan(name, self.versions[name])
                yield from delivery_readings(days_of(rows, contract, self.at))

    def _inputs(self) -> list[Reading]:
        """The newest features of those who may be asked about, against the champion's profiles."""
        profiles = self.bundle.profiles() if self.bundle else {}
        table = features_table(self.solution.name, self.case)
        partition = self._newest(table)
        if "columns" not in profiles or partition is None:
            return []
        rows = self._eligible(table, partition, profiles)
        dates = len(self.bundle.about().get("index_dates", ())) if self.bundle else 0
        # Models made before profiles said how many periods they hold.
        known = {"periods": dates, **profiles} if dates else profiles
        return feature_readings(known, rows, self._chunks(profiles))

    def _answers(self) -> Iterator[Reading]:
        """The newest predictions of the champion, against its first ones or its profile."""
        table = predictions_table(self.solution.name, self.case)
        partition = self._newest(table)
        if self.bundle is None or partition is None:
            return
        rows = self._predictions(partition)
        if not rows.num_rows or rows["model"][0].as_py() != self.model:
            return
        probability = _probability(rows)
        first = self._first(table, partition)
        if first is not None:
            yield from drift_since(_probability(first), probability)
            yield from slice_drift(_frame(first), _frame(rows), self._slices(first, rows))
        elif "score" in (profiles := self.bundle.profiles()):
            yield from drift_from_profile(profiles["score"], probability)
        expected = expected_reading(probability, _served(self.bundle, self.case).get("auc"))
        if expected is not None:
            yield from of_scores([expected], rows["at"][0].as_py())

    def _first(self, table: str, newest: str) -> pa.Table | None:
        """The first predictions of the champion, when they are not the newest ones."""
        for partition in sorted(self._partitions(table)):
            rows = self._predictions(partition)
            if rows.num_rows and rows["model"][0].as_py() == self.model:
                return None if partition == newest else rows
        return None

    def _matured(self) -> list[Reading]:
        """The newest predictions whose outcomes are known, against those outcomes."""
        table = predictions_table(self.solution.name, self.case)
        if self.label is None or self._newest(table) is None:
            return []
        for partition in sorted(self._partitions(table), reverse=True):
            rows = self._predictions(partition)
            asked = rows["at"][0].as_py()
            if (
                add_months(asked, self.label.span_months()) <= self.at
                and (found := self._with_outcomes(rows, asked)) is not None
            ):
                return found
        return []

    def _with_outcomes(self, rows: pa.Table, asked: datetime) -> list[Reading] | None:
        """Readings of one matured date; None when its outcomes are still censored."""
        assert self.label is not None  # noqa: S101 - only called with a label
        labels = compute_labels(
            self.project,
            self.label,
            self.project.contracts(self.solution),
            [asked],
            self.at,
            versions={self.label.source: self.versions[self.label.source]},
        )
        known = pl.DataFrame(pl.from_arrow(labels)).filter(pl.col("label").is_not_null())
        both = _frame(rows).join(known.select("entity", "label"), on="entity")
        if both.is_empty():
            return []
        y = both["label"].cast(pl.Float64).to_numpy()
        p = both["probability"].to_numpy()
        reference = rows["model"][0].as_py()
        measured = _served(Registry(self.project).open(reference), self.case)
        found = calibration_readings(y, p)
        found += realised_readings(y, p, measured, self.solution.primary_metric)
        found += slice_calibration(both, self._slices(rows))
        alone = both.join(self._treated(asked), on="entity", how="anti")
        treated = both.height - alone.height
        if treated:
            y, p = (alone[name].cast(pl.Float64).to_numpy() for name in ("label", "probability"))
            found += left_alone_readings(y, p, measured)
        return of_scores(acted_upon(found, treated, both.height), asked)

    def _slices(self, *rows: pa.Table) -> list[str]:
        """The columns whose groups are looked at one by one: those of the training card."""
        training = getattr(self.settings, "training", None)
        names: tuple[str, ...] = getattr(training, "slices", ())
        return [name for name in names if all(name in part.column_names for part in rows)]

    def _treated(self, asked: datetime) -> pl.DataFrame:
        """The entities that were to be acted upon after the scores of that date."""
        columns = ("entity", "arm", "rank", "data_as_of")
        made = decision_table(self.project, self.solution.name, self.case, columns=columns)
        chosen = (pl.col("arm") == TREATED) & (pl.col("rank") > 0) & (pl.col("data_as_of") == asked)
        return made.filter(chosen).select("entity").unique()

    def _newest(self, table: str) -> str | None:
        """The newest partition up to the moment; None when there is none."""
        if table not in self.versions:
            return None
        return max(self._partitions(table), default=None)

    def _partitions(self, table: str) -> list[str]:
        found = self.project.lake.scan(table, self.versions[table])
        dates = found.select(PARTITION).unique().collect()[PARTITION].to_list()
        return [date for date in dates if date <= f"{self.at:%Y-%m-%d}"]

    def _predictions(self, partition: str) -> pa.Table:
        table = predictions_table(self.solution.name, self.case)
        dataset = self.project.lake.dataset(table, self.versions[table])
        training = getattr(self.settings, "training", None)
        slices = [n for n in getattr(training, "slices", ()) if n in dataset.schema.names]
        return dataset.to_table(
            columns=list(dict.fromkeys(["entity", "at", "probability", "model", *slices])),
            filter=pads.field(PARTITION) == partition,
        )

    def _eligible(
        self, table: str, partition: str, profiles: Mapping[str, Any]
    ) -> Iterator[pa.RecordBatch]:
        """The features of those who may be asked about: the reference holds only such rows."""
        dataset = self.project.lake.dataset(table, self.versions[table])
        rows = pads.field(PARTITION) == partition
        wanted = [name for name in profiles["columns"] if name in dataset.schema.names]
        asked = self._asked(dataset, rows)
        for batch in dataset_batches(dataset, ["entity", *wanted], rows):
            kept = batch if asked is None else batch.filter(pc.is_in(batch["entity"], asked))
            yield kept

    def _asked(self, dataset: pads.Dataset, rows: pads.Expression) -> pa.Array | None:
        """The entities that the label contract asks about then; None without a contract."""
        if self.label is None:
            return None
        moments = dataset.to_table(columns=["at"], filter=rows)["at"]
        made = compute_eligible(
            self.project,
            self.label,
            self.project.contracts(self.solution),
            [pc.max(moments).as_py()],
            versions={self.label.source: self.versions[self.label.source]},
        )
        return made["entity"].combine_chunks()

    def _chunks(self, profiles: Mapping[str, Any]) -> str:
        """What the chunks of the reference are, in words."""
        dates = self.bundle.about().get("index_dates", []) if self.bundle else []
        counts = {len(form["chunks"]) for form in profiles["columns"].values()}
        if len(dates) > 1 and counts == {len(dates)}:
            return f"{len(dates)} index dates of the reference"
        few = f"{len(dates)} index date{'s' * (len(dates) != 1)}"
        return f"random chunks of the reference, as it has only {few}"


def open_subject(project: Project, solution: Solution, case: str, at: datetime) -> Subject:
    """The case as it is now: newest versions of its tables, and the champion."""
    settings = project.settings(solution)
    registry = Registry(project)
    champion = registry.champion(model_name(solution.name, case))
    names = [
        *project.contracts(solution),
        features_table(solution.name, case),
        predictions_table(solution.name, case),
    ]
    lake = project.lake
    return Subject(
        project=project,
        solution=solution,
        case=case,
        at=at,
        settings=settings,
        label=solution.code("label")(settings, case) if solution.label else None,
        model=champion.reference if champion else "",
        bundle=registry.open(champion.reference) if champion else None,
        versions={name: lake.version(name) for name in names if lake.exists(name)},
    )


def _served(bundle: ModelBundle, case: str) -> dict[str, Measured]:
    """What was measured of the product at release, by metric."""
    return {
        row.metric: row for row in bundle.evidence() if row.method == SERVED and row.case == case
    }


def _frame(rows: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(rows))


def _probability(rows: pa.Table) -> Floats:
    return np.asarray(rows["probability"].to_numpy(), np.float64)
