"""The rehearsal of the assistant: it learns, serves simulated doctors, and is told their habits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from perdure.kernel.clock import FixedClock, same_day_or_month_end
from perdure.kernel.errors import UsageError
from perdure.kernel.evidence import find
from perdure.kernel.progress import Progress
from perdure.kernel.solution import Solution
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.work import Work, open_work
from perdure.platform.automation.rehearsal import Line, bring
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.assistant import Assistant, open_assistant
from perdure.solutions.prescription.engine.fields import PILLS, SERVED
from perdure.solutions.prescription.prescription import (
    SECTIONS,
    Entry,
    Prescription,
    Section,
    Suggestions,
)
from perdure.solutions.prescription.sample.world import PrescriptionWorld
from perdure.solutions.prescription.training.material import RANKED

LATER_MONTHS = 2
"""The first moment lies so long before the end of the world."""

WRITTEN, CHOSEN = 24, 3
"""Prescriptions that the simulated doctors write, and how often a new habit is repeated."""

_SHOWN_AS = {"medicine": "brand"}


def rehearse(
    project: Project, manifest: Solution, world: PrescriptionWorld, progress: Progress
) -> Iterator[Line]:
    """Play the world: data, a model through the gate, prescriptions with feedback, later data.

    Prescriptions have keys of their own, so that playing it again saves none twice. Raises
    UsageError when the project's clock cannot be set.
    """
    clock = project.clock
    if not isinstance(clock, FixedClock):
        raise UsageError("a rehearsal needs a project whose clock can be set")
    first, second = same_day_or_month_end(world.horizon, -LATER_MONTHS), world.horizon
    clock.at = first
    yield Line("data", bring(project, manifest, world.tables(first), progress))
    work = open_work(project, manifest.name, world.cases[0], progress)
    yield Line("train", f"{work.case}: {run_step(work, 'train', first)['summary']}")
    champion = Registry(project).champion(work.model_name)
    if champion is not None:
        yield Line("truth", f"{work.case}: {compared(work, champion, world, first)}")
        yield from _served(work, world, first)
    clock.at = second
    later = world.tables(second, since=first)
    yield Line("data", bring(project, manifest, later, progress))
    if champion is not None:
        yield Line("monitor", f"{work.case}: {run_step(work, 'monitor', second)['summary']}")
    else:
        yield Line("held back", f"{work.case}: no model has passed the gate, nothing is suggested")


def compared(work: Work, model: ModelVersion, world: PrescriptionWorld, until: datetime) -> str:
    """The model, the seed's tuned ensemble and the best possible on the visits held back."""
    rows = Registry(work.project).open(model.reference).evidence()
    visits = world.between(world.start, until)
    late = visits[int(len(visits) * RANKED) :]
    best = np.nanmean([world.best_one(name, late) for name in SERVED])
    found = [find(rows, work.case, method, "one@8") for method in ("served", "seed_v1-tuned")]
    served, seed = (row.value if row else float("nan") for row in found)
    return (
        f"a true entry among {PILLS} pills in {served:.3f} of the fields of later visits "
        f"(seed_v1-tuned {seed:.3f}, best possible {best:.3f})"
    )


def _served(work: Work, world: PrescriptionWorld, at: datetime) -> Iterator[Line]:
    """Simulated doctors at their desks, and one of them who takes to a new brand."""
    assistant = open_assistant(work.project, work.settings, work.case)
    try:
        work.progress.step(f"{work.case}: {WRITTEN} prescriptions")
        written = world.desk(WRITTEN, at)
        desks = [_write(assistant, one, f"sample-{n}") for n, one in enumerate(written)]
        entries = sum(found.entries for found in desks)
        taken = sum(found.taken for found in desks)
        told = f"{len(written)} prescriptions saved, {taken:,} of {entries:,} entries were pills"
        yield Line("serve", f"{work.case}: {told}")
        yield Line("habits", f"{work.case}: {_habit(assistant, world, written[0])}")
    finally:
        assistant.close()


@dataclass(frozen=True, slots=True)
class _Desk:
    """How many entries a prescription has, and how many were taken from the pills."""

    entries: int
    taken: int


def _write(assistant: Assistant, whole: Prescription, key: str) -> _Desk:
    """Write section by section, taking every pill that is true; then save."""
    entries = taken = 0
    so_far: Mapping[Section, tuple[Entry, ...]] = {}
    for section in SECTIONS:
        wanted = whole.of(section)
        if wanted:
            shown = assistant.suggest(replace(whole, entries=so_far))
            taken += _take(assistant, shown, section, wanted, key)
            entries += len(wanted)
        so_far = {**so_far, section: wanted}
    assistant.save(whole, key=key, actor=whole.doctor)
    return _Desk(entries, taken)


def _take(
    assistant: Assistant, shown: Suggestions, section: Section, wanted: tuple[Entry, ...], key: str
) -> int:
    field = _SHOWN_AS.get(section, section)
    pills = {pill.code for pill in shown.fields[field]}
    hits = [entry.code for entry in wanted if entry.code in pills]
    for code in hits:
        assistant.take(shown.id, "accepted", field, code, by="rehearsal", key=f"{key}-{code}")
    return len(hits)


def _habit(assistant: Assistant, world: PrescriptionWorld, like: Prescription) -> str:
    """A brand that a doctor never wrote is written three times: does it lead its molecule?"""
    brand, molecule, others = world.unwritten(like.doctor)
    medicine = Entry(brand, brand, molecule)
    for number in range(CHOSEN):
        one = replace(like, entries={**like.entries, "medicine": (medicine,)})
        assistant.save(one, key=f"sample-habit-{number}", actor=like.doctor)
    asked = replace(like, entries={**like.entries, "medicine": ()})
    pills = assistant.suggest(asked).fields["brand"]
    leads = next((pill.code for pill in pills if pill.code in others), "")
    return (
        f"{brand}, new to {like.doctor}, leads the brands of {molecule} after {CHOSEN} "
        f"prescriptions: {str(leads == brand).lower()}"
    )
