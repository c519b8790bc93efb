"""Off-policy estimators on logs whose truth is known, drawn from a randomised trial of e-mails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.evidence import BenchReport, Measured, Verdict, find
from perdure.kernel.progress import SILENT, Progress
from perdure.solutions.donor.offpolicy_bench import personalised
from perdure.solutions.donor.offpolicy_bench.replications import Replicated, replicate, rows_of
from perdure.solutions.donor.offpolicy_bench.trial import Trial, read_trial

CASE, REDRAWN = "mens-to-all", "mens-to-all-redrawn"
OPTIONS = ("seed", "replications")
_FEWEST, _MOST = 20, 10_000
_SOUND, _FAILS = (0.93, 0.99), 0.5
_GENEROUS = (
    "the truth is the mean of those in the pool who were drawn to get the e-mail, and the logs are "
    f"parts of that pool, so coverage in '{CASE}' is slightly generous; '{REDRAWN}' draws the "
    "pool anew with replacement for every log, which takes that away"
)
_NO_INTERVAL = (
    "dm is a model's answer and has no interval: its coverage row is its point ± 1.96 standard "
    "errors of its own predictions, to show that this fails"
)


def bench(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """Bias, coverage and effective size of each estimator, and whether personalising pays.

    Options: ``--seed`` (0), ``--replications`` (300). The file is a trial with the columns of
    Hillstrom's e-mail challenge; see ``trial``.
    """
    for name in options:
        if name not in OPTIONS:
            raise UsageError(f"no option --{name}", hint=did_you_mean(name, OPTIONS))
    seed = _number(options, "seed", 0, (0, 2**31 - 1))
    count = _number(options, "replications", 300, (_FEWEST, _MOST))
    progress.step("reading the trial")
    trial = read_trial(path)
    drawn = replicate(trial, count, seed, progress, redrawn=False)
    again = replicate(trial, count, seed, progress, redrawn=True)
    compared = personalised.compare(trial, seed)
    rows = [*rows_of(CASE, drawn), *rows_of(REDRAWN, again), *personalised.rows_of(compared)]
    verdicts = [*_verdicts(rows, count), personalised.verdict(compared)]
    return BenchReport("donor", _told(path, trial, drawn, seed), rows, verdicts)


def _verdicts(rows: list[Measured], count: int) -> Iterator[Verdict]:
    low, high = _SOUND
    for method in ("dr", "snips"):
        found = find(rows, CASE, method, "coverage")
        value = found.value if found and found.n == count else 0.0
        answered = f", {found.n if found else 0} of {count} logs answered"
        yield Verdict(
            f"{method} covers the truth", f"{low} to {high} of its 95 % intervals",
            f"{value:.3f}{answered}", holds=low <= value <= high,
        )  # fmt: skip
    naive, model = (find(rows, CASE, method, "coverage") for method in ("naive", "dm"))
    plain, alone = (found.value if found else 1.0 for found in (naive, model))
    yield Verdict(
        "the plain mean of the log fails", f"coverage below {_FAILS}", f"{plain:.3f}",
        holds=plain < _FAILS,
    )  # fmt: skip
    yield Verdict(
        "dm carries no interval", f"its point ± 1.96 se of its predictions covers less than {low}",
        f"{alone:.3f}, shown for this reason only", holds=alone < low,
    )  # fmt: skip


def _told(path: Path, trial: Trial, drawn: Replicated, seed: int) -> dict[str, object]:
    sizes = drawn.log_sizes
    return {
        "protocol": "off-policy",
        "files": [path.name],
        "rows": trial.origin,
        "set aside": trial.set_aside,
        "seed": seed,
        "replications": len(sizes),
        "rows of a log": {"least": min(sizes), "most": max(sizes)},
        "policy": "mens e-mail to all",
        "truth": drawn.truth,
        "refused": dict(drawn.refused),
        "notes": [_GENEROUS, _NO_INTERVAL],
    }


def _number(options: Mapping[str, str], name: str, usual: int, ends: tuple[int, int]) -> int:
    text = options.get(name, str(usual))
    least, most = ends
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise UsageError(f"--{name} {text[:40]!r}", expected=f"a number of {least} to {most:,}")
    return int(text)
