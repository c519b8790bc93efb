"""The parameters of conversion, typed; their values stand in ``defaults.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from perdure.kernel.config import Settings
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.features import Window

Family = Literal["demographics", "claims", "practice", "promotion", "peers", "network"]


class CaseSettings(Settings):
    """One brand: the market that it competes in."""

    market: str = Field(min_length=1)


class LabelSettings(Settings):
    """What counts as a conversion, and when it cannot be known (months, prescriptions)."""

    lookback_months: int = Field(ge=1, le=120)
    gap_months: int = Field(ge=0, le=60)
    window_months: int = Field(ge=1, le=60)
    minimum_volume: float = Field(gt=0)
    minimum_market: float = Field(ge=0)
    observed_by: Literal["activity", "horizon"]
    suppressed_below: float = Field(ge=0)


class FeatureSettings(Settings):
    """Which families of features are made, over which windows."""

    families: tuple[Family, ...]
    windows: tuple[str, ...] = Field(min_length=1)
    peer_prior: float = Field(ge=0)
    adstock_half_life_days: float = Field(gt=0)
    protected: tuple[Literal["gender"], ...]

    @field_validator("windows")
    @classmethod
    def _are_windows(cls, windows: tuple[str, ...]) -> tuple[str, ...]:
        for text in windows:
            Window.of(text)
        return windows


class ModelSettings(Settings):
    """How candidates are fitted."""

    folds: int = Field(ge=2, le=20)
    seed: int
    logistic_c: float = Field(gt=0)
    trees: int = Field(ge=1)
    learning_rate: float = Field(gt=0, le=1)
    leaves: int = Field(ge=2)
    minimum_leaf: int = Field(ge=1)
    row_share: float = Field(gt=0, le=1)
    column_share: float = Field(gt=0, le=1)
    l2: float = Field(ge=0)
    bags: int = Field(ge=1, le=50)


class GateSettings(Settings):
    """What a candidate must show before it may be used."""

    minimum_positives: int = Field(ge=1)
    single_feature_auc: float = Field(gt=0.5, le=1)
    auc_ceiling: float = Field(gt=0.5, le=1)
    calibration_low: float = Field(gt=0)
    calibration_high: float = Field(gt=0)


class DecisionSettings(Settings):
    """How many physicians are contacted, how often, and who is held out to learn the effect."""

    capacity: int = Field(ge=1)
    holdout_share: float = Field(ge=0, lt=1)
    contact_cap: int = Field(ge=1)
    cap_days: int = Field(ge=1)
    minimum_gap_days: int = Field(ge=0)
    valid_days: int = Field(ge=1)
    channel: str
    salt: str
    minimum_probability: float = Field(ge=0, le=1)


class ImportSettings(Settings):
    """How official files are read: which part of them, and how late they became known."""

    states: tuple[str, ...]
    year: int | None = Field(default=None, ge=2000, le=2100)
    lag_months: int = Field(ge=0, le=60)
    crosswalk: str | None = None
    markets: dict[str, tuple[str, ...]]


class ConversionSettings(Settings):
    """All settings of the solution; see ``defaults.yaml`` for what each value means."""

    cases: dict[str, CaseSettings]
    label: LabelSettings
    features: FeatureSettings
    model: ModelSettings
    gate: GateSettings
    decision: DecisionSettings
    imports: ImportSettings

    def case(self, name: str) -> CaseSettings:
        """The settings of one brand; an unknown one is an error that names the nearest."""
        if name not in self.cases:
            raise UsageError(
                f"conversion has no case {name[:64]!r}", hint=did_you_mean(name, self.cases)
            )
        return self.cases[name]
