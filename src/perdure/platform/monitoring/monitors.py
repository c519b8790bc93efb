"""All monitors of a case at a moment: what they read, and the alarms that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from perdure.kernel.names import digest
from perdure.kernel.solution import Solution
from perdure.platform.monitoring.alarms import ITSELF, Change, update_alarms
from perdure.platform.monitoring.reading import ORDER, Reading, Severity, worst
from perdure.platform.monitoring.results import Look, readings_of, store_readings
from perdure.platform.monitoring.subject import Subject, open_subject
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """What the monitors read, and which alarms that opened, saw again and closed.

    ``repeated``: the same data had been looked at before, and nothing was added.
    """

    look: Look
    readings: Sequence[Reading]
    alarms: Change = field(default_factory=Change)
    repeated: bool = False

    @property
    def severity(self) -> Severity:
        """The worst of all readings."""
        return worst(reading.severity for reading in self.readings)

    def counts(self) -> Mapping[str, int]:
        """How many readings there are of each severity.

        >>> from datetime import datetime
        >>> look = Look("b", "demo", "default", datetime(2026, 1, 1), "")
        >>> MonitorReport(look, [Reading("volume", "t", "ok", "as usual")]).counts()
        {'ok': 1, 'noted': 0, 'watch': 0, 'alarm': 0}
        """
        found = [reading.severity for reading in self.readings]
        return {word: found.count(word) for word in ORDER}


def run_monitors(
    project: Project, solution: Solution, case: str, at: datetime, *, actor: str = ITSELF
) -> MonitorReport:
    """Look at the tables, the inputs and the answers of a case as of ``at``, and keep what is read.

    Tables: volume, freshness. With a model: drift, missing values and new categories of the
    inputs, drift of the predictions, performance to be expected without labels. With matured
    labels: calibration and realised performance. What is not there yet is not read. The same
    data, model and moment are looked at once. ``actor`` is who looks (a run, a person).
    """
    subject = open_subject(project, solution, case, at)
    look = Look(_batch(subject), solution.name, case, at, subject.model)
    with project.ops.connect() as connection:
        if earlier := readings_of(connection, look.batch):
            return MonitorReport(look, earlier, repeated=True)
    readings = subject.readings()
    with project.ops.begin() as connection:
        # Looked for again: another process may have finished the same look.
        if earlier := readings_of(connection, look.batch):
            return MonitorReport(look, earlier, repeated=True)
        now = project.clock.now()
        store_readings(connection, look, readings, now)
        change = update_alarms(connection, solution.name, case, readings, now, actor=actor)
    return MonitorReport(look, readings, change)


def _batch(subject: Subject) -> str:
    return f"mon_{digest(subject.identity())[:26]}"
