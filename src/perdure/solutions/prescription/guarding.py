"""Safety checks of a prescription as it is written; what cannot be checked is said."""

from __future__ import annotations

from collections.abc import Sequence

from perdure.platform.storage.project import Project
from perdure.solutions.prescription.names import Names
from perdure.solutions.prescription.prescription import Prescription
from perdure.solutions.prescription.service import Checked
from perdure.solutions.prescription.settings import PrescriptionSettings


class Guarding:
    """The knowledge base of a project at work."""

    def __init__(self, project: Project, settings: PrescriptionSettings, names: Names) -> None:
        self._names = names

    def check(self, written: Prescription, adding: str = "") -> Checked:
        """Alerts, and what was not checked."""
        return Checked((), ("not checked: the knowledge base is not open",))

    def greyed(self, written: Prescription, molecules: Sequence[str]) -> dict[str, str]:
        """Molecules that should not be offered, each with the reason."""
        return {}
