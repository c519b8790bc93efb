"""``perdure bench donor``: policies against the optimum, in the believed world and in others."""

from __future__ import annotations

import importlib.resources
import time
from collections.abc import Mapping
from pathlib import Path

from perdure.kernel.config import load_settings
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.evidence import BenchReport
from perdure.kernel.progress import SILENT, Progress
from perdure.solutions.donor.benchmark.contestants import contestants
from perdure.solutions.donor.benchmark.nominal import nominal_rows
from perdure.solutions.donor.benchmark.setting import read_setting
from perdure.solutions.donor.benchmark.unseen_worlds import world_rows
from perdure.solutions.donor.benchmark.verdicts import verdicts
from perdure.solutions.donor.propensity.report import return_report
from perdure.solutions.donor.settings import DonorSettings

OPTIONS = ("worlds", "seed", "donors", "learn", "dqn-seeds")
LEARN = ("auto", "yes", "no")


def bench(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """All policies on donors of an RFMT file (UCI transfusion), simulated from cited priors.

    Options: ``--worlds`` (8; 0: the believed world only), ``--seed`` (0), ``--donors`` (20,000
    played, drawn from the file), ``--learn`` auto, yes or no (ppo, maskable-ppo and dqn need the
    extra ``rl``), ``--dqn-seeds`` (1).
    """
    began = time.process_time()
    for name in options:
        if name not in OPTIONS:
            raise UsageError(f"no option --{name}", hint=did_you_mean(name, OPTIONS))
    learn = options.get("learn") or "auto"
    if learn not in LEARN:
        raise UsageError(f"--learn {learn[:40]!r}", expected=", ".join(LEARN))
    settings, count = _shipped(), _count(options, "worlds", 8, 0)
    seeds = _count(options, "dqn-seeds", 1, 1)
    found = read_setting(
        path, settings, _count(options, "donors", 20_000, 500), _count(options, "seed", 0, 0)
    )
    every = contestants(found, learn, seeds, progress)
    progress.step("playing the believed world")
    rows = nominal_rows(found, every)
    if count:
        rows += world_rows(found, every, count, progress)
    progress.step("the chance to return")
    returns, judged = return_report(path, settings)
    data = {
        "file": found.file, "rows": len(found.start), "played donors": len(found.play),
        "months": found.world.months, "worlds": count, "seed": found.seed,
        "effects": "simulated: priors from published studies and assumptions",
        "notes": every.notes,
    }  # fmt: skip
    cpu = time.process_time() - began
    return BenchReport("donor", data, [*rows, *returns], [*verdicts(rows), *judged], cpu)


def _shipped() -> DonorSettings:
    """The settings that perdure brings: the bench stands in no project."""
    here = importlib.resources.files("perdure.solutions.donor").joinpath("defaults.yaml")
    with importlib.resources.as_file(here) as file:
        return load_settings(DonorSettings, "donor", (file,), {}).value


def _count(options: Mapping[str, str], name: str, default: int, fewest: int) -> int:
    text = options.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and fewest <= int(text) < 10**7):
        raise UsageError(f"--{name} {text[:40]!r}", expected=f"a whole number from {fewest}")
    return int(text)
