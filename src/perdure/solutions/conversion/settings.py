"""The parameters of conversion, typed; their values stand in ``defaults.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from perdure.kernel.config import Settings
from perdure.kernel.errors import FeatureError, UsageError, did_you_mean
from perdure.kernel.features import Window
from perdure.kernel.names import slug
from perdure.kernel.settings import IndexSettings
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.training.settings import GateSettings, TrainingSettings

Family = Literal["demographics", "claims", "practice", "promotion", "peers", "network"]


class CaseSettings(Settings):
    """One brand: the market that it competes in."""

    market: str = Field(min_length=1)


class LabelSettings(Settings):
    """What counts as a conversion, and when it cannot be known (months, prescriptions).

    ``suppressed_below`` is the smallest count that the source shows. Where a smaller count than
    that would already be a conversion, a hidden cell leaves the answer open.
    """

    lookback_months: int = Field(ge=1, le=120)
    gap_months: int = Field(ge=0, le=60)
    window_months: int = Field(ge=1, le=60)
    minimum_volume: float = Field(gt=0)
    minimum_market: float = Field(ge=0)
    observed_by: Literal["activity", "horizon"]
    suppressed_below: float = Field(0, ge=0)


class FeatureSettings(Settings):
    """Which families of features are made, over which windows (the last is the reference)."""

    families: tuple[Family, ...]
    windows: tuple[str, ...] = Field(min_length=1)
    adstock_half_life_days: float = Field(gt=0)
    protected: tuple[Literal["gender"], ...] = ()

    @field_validator("windows")
    @classmethod
    def _are_windows(cls, windows: tuple[str, ...]) -> tuple[str, ...]:
        for text in windows:
            try:
                Window.of(text)
            except FeatureError as error:
                raise ValueError(str(error)) from error
        return windows


class ModelSettings(Settings):
    """How candidates are fitted."""

    logistic_c: float = Field(gt=0)
    logistic_clip: float = Field(ge=0, lt=0.5)
    trees: int = Field(ge=1)
    learning_rate: float = Field(gt=0, le=1)
    leaves: int = Field(ge=2)
    minimum_leaf: int = Field(ge=1)
    row_share: float = Field(gt=0, le=1)
    column_share: float = Field(gt=0, le=1)
    l2: float = Field(ge=0)
    bags: int = Field(ge=1, le=50)
    logistic_weight: float = Field(ge=0, le=1)


class DecisionSettings(Settings):
    """How many physicians are contacted, how often, and who is held out to learn the effect."""

    capacity: int = Field(ge=1)
    holdout_share: float = Field(ge=0, lt=1)
    contact_cap: int = Field(ge=1)
    cap_days: int = Field(ge=1)
    minimum_gap_days: int = Field(ge=0)
    valid_days: int = Field(ge=1)
    channel: str
    consent_channels: tuple[str, ...] = ()
    salt: str
    minimum_probability: float = Field(ge=0, le=1)
    minimum_effect: float = Field(0.25, gt=0)

    def policy(self, solution: str, case: str) -> DecisionPolicy:
        """The rules that the platform enforces; the hold-out is drawn anew for each case."""
        return DecisionPolicy(
            name=f"{solution}/{slug(case)}",
            capacity=self.capacity,
            contact_cap=self.contact_cap,
            cap_days=self.cap_days,
            minimum_gap_days=self.minimum_gap_days,
            valid_days=self.valid_days,
            channel=self.channel,
            consent_channels=self.consent_channels,
            minimum_score=self.minimum_probability or None,
            holdout_share=self.holdout_share,
            experiment=f"{solution}/{slug(case)}",
            salt=self.salt,
            minimum_effect=self.minimum_effect,
        )


class ImportSettings(Settings):
    """How official files are read: which part of them, and how late they became known."""

    states: tuple[str, ...] = ()
    year: int | None = Field(default=None, ge=2000, le=2100)
    lag_months: int = Field(0, ge=0, le=60)
    crosswalk: str | None = None
    markets: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class ConversionSettings(Settings):
    """All settings of the solution; see ``defaults.yaml`` for what each value means.

    ``display`` names the features that are kept beside each score, for lists and limits.
    """

    cases: dict[str, CaseSettings]
    display: tuple[str, ...] = ("specialty", "city", "state", "territory")
    index: IndexSettings
    label: LabelSettings
    features: FeatureSettings
    model: ModelSettings
    training: TrainingSettings
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
