"""A panel folder as the platform's own material: settings, tables, labels and features.

Nothing here computes a feature or a label: tables come from the importer, and everything else
from the declarations that serve in production. What is served is what is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.clock import parse_moment
from perdure.kernel.config import load_settings
from perdure.kernel.errors import NotEnoughData, UsageError
from perdure.kernel.features import FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.features.compute import compute_features
from perdure.platform.features.labels import compute_labels
from perdure.platform.storage.refusals import Refusals
from perdure.platform.training.context import TrainingContext
from perdure.solutions.conversion.features import features
from perdure.solutions.conversion.importers import files, panel
from perdure.solutions.conversion.label import label
from perdure.solutions.conversion.settings import CaseSettings, ConversionSettings
from perdure.solutions.conversion.solution import SOLUTION
from perdure.solutions.conversion.tables import TABLES

_CONTRACTS = {contract.name: contract for contract in TABLES}


@dataclass(frozen=True)
class Material:
    """The tables of a panel folder and the settings that its values call for."""

    settings: ConversionSettings
    tables: Mapping[str, pa.Table]
    sources: tuple[Path, ...]
    index_dates: tuple[datetime, ...]
    as_of: datetime
    progress: Progress = SILENT

    def case(self, name: str) -> CaseMaterial:
        """One brand of the panel."""
        self.progress.step(f"{name}: labels and features")
        return CaseMaterial(self, name)


@dataclass(frozen=True)
class CaseMaterial:
    """One brand: its labels, and the features of everyone who was asked about."""

    material: Material
    name: str

    @cached_property
    def features(self) -> FeatureSet:
        """The feature declarations."""
        return features(self.material.settings, self.name)

    @cached_property
    def label(self) -> LabelContract:
        """The label contract."""
        return label(self.material.settings, self.name)

    @cached_property
    def labels(self) -> pa.Table:
        """Everyone eligible, with label and state."""
        own = self.material
        return compute_labels(own.tables, self.label, _CONTRACTS, own.index_dates, own.as_of)

    @cached_property
    def frame(self) -> pa.Table:
        """entity, at, label and every feature."""
        spine = self.labels.select(["entity", "at"])
        made = compute_features(self.material.tables, self.features, _CONTRACTS, spine)
        return made.append_column("label", self.labels["label"])

    def context(self, frame: pa.Table | None = None, extra: Sequence[str] = ()) -> TrainingContext:
        """What the trainer is given; ``extra`` names columns of ``frame`` as further inputs."""
        declared = self.features
        if extra:
            from perdure.kernel.features import Derived

            more = tuple(Derived(name, "NULL", "added for the leakage test") for name in extra)
            declared = replace(declared, declarations=(*declared.declarations, *more))
        held = InMemory(
            frame if frame is not None else self.frame,
            declared.digest(),
            self.label.digest(),
            self.material.index_dates,
        )
        settings = self.material.settings
        return TrainingContext(
            project=None,
            solution=SOLUTION,
            case=self.name,
            settings=settings,
            feature_set=declared,
            label=self.label,
            training_set=held,
            seed=settings.training.seed,
            progress=self.material.progress,
        )


@dataclass(frozen=True)
class InMemory:
    """A training set that no lake holds."""

    rows: pa.Table
    feature_digest: str
    label_digest: str
    index_dates: Sequence[datetime]
    table: str = "benchmark"
    version: int = 0
    inputs: Mapping[str, int] = field(default_factory=dict)

    def frame(self) -> pa.Table:
        """All rows."""
        return self.rows


def gather(path: Path, progress: Progress = SILENT) -> Material:
    """Read every panel at the path; brands, markets and years are what the files hold.

    A file that holds outcomes beside a single year is read only where no panel is.
    Raises UsageError when there is no panel, NotEnoughData when no two years follow each other.
    """
    sources = _panels(path)
    settings = _settings(sources)
    parts: dict[str, list[pa.Table]] = {}
    for source in sources:
        for table, rows, _ in panel.read(source, settings, progress):
            parts.setdefault(table, []).append(rows)
    tables = {name: _distinct(name, found) for name, found in parts.items()}
    years = sorted(pl.DataFrame(tables["claims"])["event_time"].dt.year().unique().to_list())
    asked = [year for year in years if year + 1 in years]
    if not asked:
        raise NotEnoughData(
            f"the panel holds the years {years}",
            where=str(path),
            expected="a year and the one after it",
        )
    return Material(
        settings=settings,
        tables=tables,
        sources=tuple(sources),
        index_dates=tuple(parse_moment(f"{year}-12-31") for year in asked),
        as_of=parse_moment(f"{years[-1]}-12-31"),
        progress=progress,
    )


def outcome_files(path: Path) -> list[Path]:
    """The files at the path that hold outcomes computed by somebody else."""
    return [file for file in _tables(path) if panel.is_outcome(files.header_or_none(file))]


def _panels(path: Path) -> list[Path]:
    found = [file for file in _tables(path) if panel.recognises(files.header_or_none(file))]
    found = found or outcome_files(path)
    if not found:
        raise UsageError(
            "no HCP panel",
            where=str(path),
            expected="a CSV with drug_class, target_brand, year, NPI and total_class_claims",
        )
    return found


def _tables(path: Path) -> list[Path]:
    there = [path] if path.is_file() else sorted(path.rglob("*"))
    return [file for file in there if file.is_file() and files.is_text_table(file)]


def _distinct(name: str, parts: list[pa.Table]) -> pa.Table:
    """Several files as one table; a physician or payment that two of them state counts once."""
    if len(parts) == 1:
        return parts[0]
    rows = pl.DataFrame(pa.concat_tables(parts)).unique(
        _CONTRACTS[name].keys, keep="first", maintain_order=True
    )
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(parts[0].schema)


def _settings(sources: Sequence[Path]) -> ConversionSettings:
    """The yearly defaults, with the panel's brands and the smallest counts that it shows."""
    package = resources("perdure.solutions.conversion")
    with as_file(package) as folder:
        layers = [folder / "defaults.yaml", folder / "conf" / "cms.yaml"]
        base = load_settings(ConversionSettings, "conversion", layers).value
    frame = pl.concat(
        [
            panel.load(s, base, Refusals(s.name)).select(
                "brand", "class", "target_claims", "class_claims"
            )
            for s in sources
        ]
    )
    pairs = frame.select("brand", "class").unique(maintain_order=True).rows()
    shown = frame.filter(pl.col("target_claims") > 0)["target_claims"].min()
    market = frame["class_claims"].min()
    least = float(shown) if isinstance(shown, float) else float(panel.VISIBLE_FROM)
    stated = base.label.model_copy(
        update={
            "minimum_volume": least,
            "suppressed_below": least,
            "minimum_market": float(market) if isinstance(market, float) else 0.0,
        }
    )
    cases = {brand: CaseSettings(market=market) for brand, market in pairs}
    return base.model_copy(update={"cases": cases, "label": stated})
