"""The parameters of the prescription assistant, typed; their values stand in ``defaults.yaml``."""

from __future__ import annotations

from pydantic import Field

from perdure.kernel.config import Settings
from perdure.kernel.settings import IndexSettings
from perdure.platform.training.settings import GateSettings, TrainingSettings
from perdure.solutions.prescription.safety.alerts import Kind
from perdure.solutions.prescription.service import Role


class CaseSettings(Settings):
    """One practice, clinic chain or country: whose visits are learned from (none: all)."""

    specialties: tuple[str, ...] = ()


class ModelSettings(Settings):
    """What is learned from, and how much."""

    half_life_months: float = Field(gt=0, le=600)
    fewest_regressor: int = Field(ge=1)
    fewest_item: int = Field(ge=1)
    tune_visits: int = Field(ge=50)
    rank_visits: int = Field(ge=50)
    test_visits: int = Field(ge=50)
    trees: int = Field(ge=1, le=5_000)
    leaves: int = Field(ge=2, le=255)
    free_terms: int = Field(ge=0, le=10_000)


class KnownGood(Settings):
    """A combination that the organisation knows as good: its alerts are not shown."""

    kind: Kind
    molecules: tuple[str, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)


class PadSettings(Settings):
    """What the doctor sees.

    ``never`` gives the reason for each molecule that the organisation does not want: it is shown
    grey, and warned of when it is entered.
    """

    pills: int = Field(ge=1, le=20)
    interrupt_roles: tuple[Role, ...]
    never: dict[str, str] = Field(default_factory=dict)
    known_good: tuple[KnownGood, ...] = ()


class PrescriptionSettings(Settings):
    """All parameters of the solution."""

    cases: dict[str, CaseSettings | None]
    index: IndexSettings
    model: ModelSettings
    pad: PadSettings
    training: TrainingSettings
    gate: GateSettings
