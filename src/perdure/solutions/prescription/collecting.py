"""What was saved at the pad becomes rows of the tables, so that the next model learns from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from perdure.kernel.tables import TableContract
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.memory import Memory, sequence_of
from perdure.solutions.prescription.prescription import SECTIONS, Prescription
from perdure.solutions.prescription.settings import PrescriptionSettings
from perdure.solutions.prescription.tables import ENTRY, VISIT

SOURCE = "pad"
AT_ONCE = 5_000
"""Prescriptions that are held in memory together."""
_STATUS: Mapping[bool | None, str] = {True: "new", False: "continued", None: "unknown"}


def collect(project: Project, settings: PrescriptionSettings, case: str) -> int:  # noqa: ARG001
    """Take what was saved since the last time into the tables; gives the number of new rows.

    A batch that was taken in whole is not read again; one that was cut short adds nothing twice.
    """
    rows = 0
    with Journal(project, "prescription", case) as journal:
        memory = Memory(journal)
        saved = memory.saved(held_until(project, memory))
        while batch := list(islice(saved, AT_ONCE)):
            rows += _taken(project, VISIT, [_visit(*one) for one in batch])
            rows += _taken(project, ENTRY, [row for one in batch for row in _entries(*one)])
            last, at, _ = batch[-1]
            memory.collect(sequence_of(last), at, _versions(project))
    return rows


def held_until(project: Project, memory: Memory) -> int:
    """The newest entry of the journal up to which the tables hold everything that was saved.

    0 (nothing is known) when a table is older than it was then: somebody put back a copy.
    """
    until, then = memory.collected()
    now = _versions(project)
    return until if all(now.get(name, -1) >= version for name, version in then.items()) else 0


def _versions(project: Project) -> dict[str, int]:
    lake = project.lake
    return {c.name: lake.version(c.name) for c in (VISIT, ENTRY) if lake.exists(c.name)}


def _taken(project: Project, contract: TableContract, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    return ingest(project, contract, pa.Table.from_pylist(rows), source=SOURCE).stored


def _visit(saved: str, at: datetime, written: Prescription) -> dict[str, Any]:
    patient = written.patient
    return {
        "visit": saved, "event_time": at, "known_at": at, "doctor": written.doctor,
        "sequence": int(saved.rpartition("-")[2]), "specialty": written.specialty or None,
        "age": patient.age, "sex": patient.sex, "notes": written.notes or None,
    }  # fmt: skip


def _entries(saved: str, at: datetime, written: Prescription) -> Iterator[dict[str, Any]]:
    for section in SECTIONS:
        for place, entry in enumerate(written.of(section)):
            medicine = section == "medicine"
            yield {
                "visit": saved, "event_time": at, "known_at": at, "field": section,
                "position": place, "code": entry.code,
                "molecule": (entry.molecule or None) if medicine else None,
                "status": _STATUS[entry.new] if medicine else None,
            }  # fmt: skip
