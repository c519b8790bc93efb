"""What a solution may set about training and release; part of its own settings model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from perdure.kernel.config import Settings


class TrainingSettings(Settings):
    """How a classifier is trained, chosen and measured.

    ``region`` names a label column: with a single index date the folds are groups of regions,
    and ``holdout_regions`` are measured by a model that never saw them. ``territory`` names the
    column whose every value acts on ``capacity`` rows. ``slices`` are label columns whose values
    are measured one by one.
    """

    folds: int = Field(default=5, ge=2, le=20)
    seed: int = Field(default=0, ge=0)
    select_by: Literal["ap", "auc", "log-loss"] = "ap"
    region: str | None = None
    holdout_regions: tuple[str, ...] = ()
    territory: str | None = None
    capacity: int = Field(default=10, ge=1)
    minimum_territory: int = Field(default=100, ge=1)
    slices: tuple[str, ...] = ()
    most_slices: int = Field(default=8, ge=1, le=100)
    replicates: int = Field(default=500, ge=50, le=20_000)
    minimum_to_train: int = Field(default=10, ge=2)
    smoke_rows: int = Field(default=64, ge=1, le=10_000)


class GateSettings(Settings):
    """What a candidate must show before it may serve.

    ``metric`` None takes the primary metric of the solution's manifest. Tripwires named in
    ``acknowledged`` (``"ceiling"``, or ``"feature:NAME"``) are reported, and let pass.
    """

    metric: str | None = None
    minimum_positives: int = Field(default=30, ge=1)
    allow_not_knowable: bool = False
    champion_rule: Literal["not-worse", "better"] = "not-worse"
    calibration_low: float = Field(default=0.8, gt=0)
    calibration_high: float = Field(default=1.25, gt=0)
    single_feature_ceiling: float = Field(default=0.95, gt=0.5, le=1)
    single_feature_jump: float = Field(default=0.10, gt=0, le=0.5)
    validation_ceiling: float = Field(default=0.98, gt=0.5, le=1)
    acknowledged: tuple[str, ...] = ()
    smoke_seconds: float = Field(default=60, gt=0)
