"""``perdure bench prescription``: suggestions for every field on later visits of other doctors."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from perdure.kernel.errors import UsageError
from perdure.kernel.evidence import BenchReport, Measured
from perdure.kernel.progress import SILENT, Progress
from perdure.solutions.prescription.benchmark.material import Material, read_material, read_names
from perdure.solutions.prescription.benchmark.measure import NEXT, paired, rows_of, verdicts
from perdure.solutions.prescription.benchmark.methods import pills_of
from perdure.solutions.prescription.benchmark.protocol import (
    Learned,
    Years,
    refit,
    sampled,
    tune,
)
from perdure.solutions.prescription.engine.batches import as_written, one_hidden
from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.keystrokes.counting import count_keys
from perdure.solutions.prescription.keystrokes.measure import rows_of as keys_of
from perdure.solutions.prescription.keystrokes.measure import verdicts as key_verdicts
from perdure.solutions.prescription.keystrokes.moments import ORDER


def bench(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """Train on some years, tune on the last of them, measure on a later one.

    Options: ``train`` ("2006-2008"), ``tune``, ``test``, ``sample`` (visits of the test year,
    evenly drawn; all without it), ``visits`` (of the tune year, for the trees), ``fields``
    (separated by commas). With ``keystrokes`` a simulated doctor types the sampled visits too.
    """
    began = time.process_time()
    years = asked_years(options)
    fields = [name for name in options.get("fields", "").split(",") if name] or list(FIELDS)
    found = read_material(path, years.all)
    learned = tune(found, years, fields, _count(options, "visits") or 10_000, progress.step)
    parts = refit(found, years, learned, fields, progress.step)
    rows = list(_measured(found, parts, learned, years, fields, options, progress))
    if options.get("keystrokes"):
        rows += _typed(path, found, parts, learned, years, fields, options, progress)
    return BenchReport(
        "prescription",
        {"files": list(found.files), "visits": len(found.visits), "train": list(years.train),
         "tune": years.tune, "test": years.test},
        rows, [*verdicts(rows), *key_verdicts(rows)], time.process_time() - began,
    )  # fmt: skip


def _measured(
    found: Material, parts: Parts, learned: Learned, years: Years, fields: list[str],
    options: Mapping[str, str], progress: Progress,
) -> Iterator[Measured]:  # fmt: skip
    test = sampled(found, years.test, _count(options, "sample"))
    for name in fields:
        progress.step(f"measuring {name}")
        asked = as_written(found.visits, test, name)
        pills = pills_of(parts, found, learned, asked, name)
        if name == "complaint":
            pills.pop("nb")  # nothing has been said before the complaint
        yield from rows_of(name, pills, asked.truth)
        yield from paired(name, pills, asked.truth)
    if "molecule" in fields:
        progress.step("measuring the next medicine")
        asked = one_hidden(found.visits, test, "molecule", found.terms.molecules, seed=2)
        pills = pills_of(parts, found, learned, asked, "molecule")
        yield from rows_of(NEXT, pills, asked.truth)
        yield from paired(NEXT, pills, asked.truth)


def _typed(
    path: Path, found: Material, parts: Parts, learned: Learned, years: Years, fields: list[str],
    options: Mapping[str, str], progress: Progress,
) -> list[Measured]:  # fmt: skip
    """Keys and clicks of a simulated doctor."""
    test = sampled(found, years.test, _count(options, "sample"))
    names, counted = read_names(path, found.terms), {}
    for name in (name for name in ORDER if name in fields):
        progress.step(f"typing {name}")
        counted[name] = count_keys(parts, learned.stack, found.visits, test, name, names[name])
    return list(keys_of(counted, len(test)))


def asked_years(options: Mapping[str, str]) -> Years:
    """The years of the options, by default those of the shared visits.

    >>> asked_years({"train": "2006-2008", "test": "2009"}).tune
    2008
    """
    train = _years(options.get("train") or "2006-2008")
    tune_on = _years(options["tune"])[-1] if options.get("tune") else train[-1]
    test = _years(options["test"])[-1] if options.get("test") else train[-1] + 1
    return Years(train, tune_on, test)


def _count(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name, "")
    if text and not (text.isdigit() and 0 < int(text) < 10**9):
        raise UsageError(f"--{name} {text[:40]!r} is no number of visits", expected="e.g. 4000")
    return int(text) if text else None


def _years(text: str) -> tuple[int, ...]:
    first, _, last = text.partition("-")
    try:
        found = tuple(range(int(first), int(last or first) + 1))
    except ValueError:
        found = ()
    if not 0 < len(found) <= 100:
        raise UsageError(f"{text[:40]!r} are no years", expected="2008 or 2006-2008")
    return found
