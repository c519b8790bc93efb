"""The parameters of donor engagement, typed; their values stand in ``defaults.yaml``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from perdure.kernel.config import Settings
from perdure.kernel.names import slug
from perdure.kernel.settings import IndexSettings
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.training.settings import GateSettings, TrainingSettings
from perdure.solutions.donor.policy_settings import PolicySettings, SimulatorSettings
from perdure.solutions.donor.rules.country import (
    MOST_WEEKS,
    CountryChange,
    CountryRules,
    country_rules,
)

Channel = Literal["sms", "email", "incentive"]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Protecting = Literal[
    "donor", "donation", "donor_deferral", "donor_response", "donor_consent", "donor_haemoglobin"
]
"""The tables that say who may not be contacted."""


class CaseSettings(Settings):
    """One blood service or programme: the countries whose donors it may contact (none: all)."""

    countries: tuple[Country, ...] = ()


class LabelSettings(Settings):
    """What counts as a return: a donation in the months after the index date."""

    lookback_months: int = Field(ge=1, le=600)
    window_months: int = Field(ge=1, le=24)


class FeatureSettings(Settings):
    """How far back contacts are counted, month by month, to tell how tired of them a donor is."""

    contact_months: int = Field(ge=1, le=24)


class PropensitySettings(Settings):
    """How the model of return is chosen and fitted."""

    folds: int = Field(ge=2, le=20)
    repeats: int = Field(ge=1, le=100)
    logistic_c: float = Field(gt=0)
    target_log_loss: float = Field(gt=0)
    seed: int = Field(ge=0)


class Incentive(Settings):
    """A thing that may be offered. Cash and what is as good as cash makes a paid donor."""

    cash_equivalent: bool
    value: float = Field(ge=0)


class IncentiveSettings(Settings):
    """What is offered (None: nothing), and the channel by which the offer is told."""

    offered: str | None = None
    carrier: Literal["sms", "email"]
    catalogue: dict[str, Incentive] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_listed(self) -> Self:
        if self.offered is not None and self.offered not in self.catalogue:
            known = ", ".join(sorted(self.catalogue)) or "nothing"
            raise ValueError(f"offered is {self.offered!r}; the catalogue lists {known}")
        return self


class MaskSettings(Settings):
    """What must be known before anybody is contacted.

    ``needs`` are tables without which nobody is; ``looked_at`` counts, by table, rows that were
    set aside and that somebody has looked at (a consent or deferral that was set aside and not
    looked at stops every contact). ``low_haemoglobin_weeks`` and
    ``low_ferritin_weeks`` after a value below the country's minimum a donor is left alone.
    """

    needs: tuple[Protecting, ...]
    looked_at: dict[str, int] = Field(default_factory=dict)
    low_haemoglobin_weeks: float = Field(gt=0, le=MOST_WEEKS)
    low_ferritin_weeks: float = Field(gt=0, le=MOST_WEEKS)


class DecisionSettings(Settings):
    """How many donors are contacted, how often, when, and who is held out for good."""

    capacity: int | None = Field(default=None, ge=1)
    holdout_share: float = Field(ge=0, lt=1)
    exploration_share: float = Field(ge=0, lt=1)
    contact_cap: int = Field(ge=1)
    cap_days: int = Field(ge=1)
    minimum_gap_days: int = Field(ge=0)
    valid_days: int = Field(ge=1)
    consent_channels: tuple[Channel, ...]
    quiet_hours: tuple[int, int]
    quiet_channels: tuple[Channel, ...]
    send_hour: int = Field(ge=0, le=23)
    salt: str
    minimum_effect: float = Field(gt=0)

    def policy(self, solution: str, case: str) -> DecisionPolicy:
        """The rules that the platform enforces; the hold-out stays the same for good."""
        name = f"{solution}/{slug(case)}"
        return DecisionPolicy(
            name=name,
            capacity=self.capacity,
            contact_cap=self.contact_cap,
            cap_days=self.cap_days,
            minimum_gap_days=self.minimum_gap_days,
            valid_days=self.valid_days,
            consent_channels=self.consent_channels,
            quiet_hours=self.quiet_hours,
            quiet_channels=self.quiet_channels,
            holdout_share=self.holdout_share,
            # Exploration draws among actions, with logged chances, before the limits.
            experiment=name,
            salt=self.salt,
            minimum_effect=self.minimum_effect,
        )


class VariantSettings(Settings):
    """Subjects and hours (the donor's own) among which each contact of a channel is drawn.

    ``explore``: the least share of contacts that is drawn among all of them alike.
    """

    subjects: tuple[str, ...] = Field(min_length=1)
    hours: tuple[int, ...] = Field(min_length=1)
    explore: float = Field(default=0.1, gt=0, le=1)

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if len(set(self.names())) < 2 or len(set(self.names())) < len(self.names()):
            raise ValueError("name two variants at least, each once")
        if any(not 0 <= hour <= 23 for hour in self.hours):
            raise ValueError("hours are 0 to 23")
        return self

    def names(self) -> tuple[str, ...]:
        """Every subject at every hour, e.g. ``A@10``."""
        return tuple(f"{subject}@{hour}" for subject in self.subjects for hour in self.hours)


class ImportSettings(Settings):
    """How files are read: how late their rows became known, and what lies in the future.

    ``as_of``: no event may be later (None: than the present moment of the machine).
    ``snapshot``: the day that an RFMT file describes, by default that of UCI transfusion.
    """

    lag_days: int = Field(ge=0, le=365)
    as_of: datetime | None = None
    snapshot: date


class DonorSettings(Settings):
    """All settings of the solution; see ``defaults.yaml`` for what each value means."""

    cases: dict[str, CaseSettings | None]
    index: IndexSettings
    label: LabelSettings
    features: FeatureSettings
    propensity: PropensitySettings
    rules: dict[str, CountryChange] = Field(default_factory=dict)
    incentive: IncentiveSettings
    masks: MaskSettings
    simulator: SimulatorSettings
    policy: PolicySettings
    training: TrainingSettings
    gate: GateSettings
    decision: DecisionSettings
    variants: dict[Channel, VariantSettings] = Field(default_factory=dict)
    imports: ImportSettings

    def country_rules(self) -> CountryRules:
        """The donation rules by country: those perdure brings, with this project's changes."""
        return country_rules(self.rules)

    @model_validator(mode="after")
    def _priors_can_be_read(self) -> Self:
        """A prior out of its range, or a name that is none, is told where settings are read."""
        self.simulator.prior()
        return self

    @model_validator(mode="after")
    def _quiet_where_it_must_be(self) -> Self:
        """The quiet hours of the one decision point cover those of every country."""
        first, last = self.decision.quiet_hours
        for code, rule in self.country_rules().by_country.items():
            if open_hours := rule.quiet() - _hours(first, last):
                raise ValueError(
                    f"decision.quiet_hours {first} to {last} leaves {min(open_hours)}:00 open, "
                    f"which is quiet in {code} ({rule.quiet_hours[0]} to {rule.quiet_hours[1]}); "
                    "widen them, or change the country's under rules"
                )
        return self


def _hours(first: int, last: int) -> frozenset[int]:
    return frozenset(range(first, last) if first <= last else {*range(first, 24), *range(last)})
