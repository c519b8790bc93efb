"""Model versions by name, and which of them is in service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from perdure.platform.training.context import Candidate

if TYPE_CHECKING:
    from perdure.kernel.solution import Solution
    from perdure.platform.registry.gate import GateReport
    from perdure.platform.storage.artifacts import Bundle
    from perdure.platform.storage.project import Project

State = Literal["candidate", "challenger", "champion", "retired"]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One immutable model version; ``metrics`` are those of the product on unseen rows."""

    name: str
    version: int
    digest: str
    created_at: datetime
    metrics: dict[str, float]
    feature_digest: str
    training_table: str
    training_version: int
    run: str
    state: State

    @property
    def reference(self) -> str:
        """The text that names it, e.g. ``conversion/voltaren@3``."""
        return f"{self.name}@{self.version}"


class Registry:
    """The model versions of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def register(
        self, candidate: Candidate, solution: Solution, case: str, run: str = ""
    ) -> ModelVersion:
        """Store the candidate as the next version of its name; the same bytes keep their version.

        It becomes ``challenger`` unless it is the champion already.
        """
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """Every model name, in alphabetical order."""
        raise NotImplementedError

    def versions(self, name: str) -> list[ModelVersion]:
        """All versions of a name, newest first."""
        raise NotImplementedError

    def get(self, reference: str) -> ModelVersion:
        """The version that ``name@3``, ``name@champion`` or ``name@challenger`` means."""
        raise NotImplementedError

    def champion(self, name: str) -> ModelVersion | None:
        """The version in service, or None."""
        raise NotImplementedError

    def open(self, reference: str) -> Bundle:
        """The files of a version, each checked against its SHA-256 before any is handed out."""
        raise NotImplementedError

    def promote(
        self, reference: str, *, actor: str, reason: str, gate: GateReport | None = None
    ) -> ModelVersion:
        """Put a version into service; the former champion becomes challenger, in one transaction.

        Raises GateRefused when the gate did not let it pass.
        """
        raise NotImplementedError

    def rollback(self, name: str, *, actor: str, reason: str) -> ModelVersion:
        """Put the champion before the present one back into service, in one transaction."""
        raise NotImplementedError
