"""What may be set."""

from __future__ import annotations

from pydantic import Field

from perdure.kernel.config import Settings
from perdure.kernel.settings import IndexSettings
from perdure.platform.training.settings import GateSettings, TrainingSettings


class ShopSettings(Settings):
    """The shop's cases, and what every life cycle reads."""

    cases: dict[str, None] = Field(default_factory=lambda: {"North": None, "South": None})
    index: IndexSettings = Field(default_factory=IndexSettings)
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    gate: GateSettings = Field(default_factory=GateSettings)
