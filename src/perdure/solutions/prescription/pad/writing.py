"""What the pad needs before the first key: sections, doctors and specialties that are known."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from perdure.kernel.discovery import solution as named
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.memory import SAVED
from perdure.solutions.prescription.pad.sections import TITLED
from perdure.solutions.prescription.prescription import NO_ALLERGY
from perdure.solutions.prescription.settings import PrescriptionSettings

SOLUTION = "prescription"
MOST_DOCTORS, LOOKED_AT, MOST_SPECIALTIES = 50, 500, 200
VISITS = "prescription_visit"


def pad(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The values of the pad; a doctor or specialty in the address is chosen already."""
    return {
        "sections": TITLED,
        "pills": _pills(project),
        "key": uuid.uuid4().hex,
        "no_allergy": NO_ALLERGY,
        "doctors": doctors(project, case),
        "specialties": specialties(project),
        "doctor": query.get("doctor", "")[:128],
        "specialty": query.get("specialty", "")[:128],
    }


def doctors(project: Project, case: str) -> list[str]:
    """The doctors who saved a prescription lately, the latest first."""
    with Journal(project, SOLUTION, case) as journal:
        latest = [kept.subject for kept in journal.newest(SAVED, most=LOOKED_AT)]
    return list(dict.fromkeys(latest))[:MOST_DOCTORS]


def specialties(project: Project) -> list[str]:
    """The specialties of the visits that are learned from, in alphabetical order."""
    if not project.lake.exists(VISITS):
        return []
    found = project.lake.scan(VISITS).select("specialty").drop_nulls().unique().collect()
    return sorted(name for name in found["specialty"].to_list() if name)[:MOST_SPECIALTIES]


def _pills(project: Project) -> int:
    settings = project.settings(named(SOLUTION))
    return settings.pad.pills if isinstance(settings, PrescriptionSettings) else 8
