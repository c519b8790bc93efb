"""What the bench must show, asked of its own rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perdure.kernel.evidence import Measured, Verdict, find
from perdure.solutions.donor.benchmark.contestants import RECOMMENDED
from perdure.solutions.donor.benchmark.nominal import CASE

GAINS = {"tree-8": 0.94, "ppo": 0.95, "maskable-ppo": 0.93}
_CPU = {"dp": 10.0, "ppo": 120.0, "maskable-ppo": 120.0}


def verdicts(rows: Sequence[Measured]) -> list[Verdict]:
    """One a question; a policy that was not made is not asked about."""
    found = [*_gains(rows), *_seconds(rows), *_agreement(rows), *_inferring(rows)]
    return [*found, *_worlds(rows), *_stable(rows)]


def _gains(rows: Sequence[Measured]) -> Iterator[Verdict]:
    for name, wanted in GAINS.items():
        if row := find(rows, CASE, name, "gain"):
            yield Verdict(
                f"{name}: share of the optimum's gain", f"at least {wanted:g}",
                f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})", row.value >= wanted,
            )  # fmt: skip


def _seconds(rows: Sequence[Measured]) -> Iterator[Verdict]:
    for name, most in _CPU.items():
        if row := find(rows, CASE, name, "train-cpu-s"):
            words = f"{row.value:.1f} CPU s"
            yield Verdict(f"{name}: time to make", f"under {most:g} CPU s", words, row.value < most)


def _agreement(rows: Sequence[Measured]) -> Iterator[Verdict]:
    planned = find(rows, CASE, "dp", "planned return")
    played = find(rows, CASE, "dp", "return")
    if planned and played and played.high is not None:
        error = (played.high - played.value) / 1.96
        yield Verdict(
            "the planned value is what playing the plan brings", "within 3 standard errors",
            f"planned {planned.value:.4f}, played {played.value:.4f}, error {error:.4f}",
            abs(planned.value - played.value) < 3 * error,
        )  # fmt: skip


def _inferring(rows: Sequence[Measured]) -> Iterator[Verdict]:
    best, own = (find(rows, CASE, name, "return") for name in ("dp", "dp-inferred"))
    gain = find(rows, CASE, "dp-inferred", "gain")
    if best and own and gain:
        yield Verdict(
            "fatigue inferred from the contact history",
            "a return within 5 % of the optimum that sees fatigue",
            f"{own.value / best.value:.1%} of its return; of its gain {gain.value:.0%}: seeing "
            "fatigue is worth that much",
            own.value >= 0.95 * best.value,
        )  # fmt: skip


def _worlds(rows: Sequence[Measured]) -> Iterator[Verdict]:
    cases = [row.case for row in rows if row.method == "never" and row.metric == "regret"]
    cases = [case for case in cases if case.startswith("world-")]
    for name in RECOMMENDED:
        gains = [find(rows, case, name, "gain-over-never") for case in cases]
        lost = [row.case for row in gains if row and row.value <= 0]
        worst = min((row.value for row in gains if row), default=float("nan"))
        if gains:
            yield Verdict(
                f"{name}: above never contacting", f"in every one of {len(cases)} unseen worlds",
                f"worst {worst:+.3f}" + (f", below in {', '.join(lost)}" if lost else ""), not lost,
            )  # fmt: skip


def _stable(rows: Sequence[Measured]) -> Iterator[Verdict]:
    """DQN is stable, or is said not to be: the verdict is about the saying."""
    gains = [r.value for r in rows if r.method.startswith("dqn") and r.metric == "gain"]
    if len(gains) > 1:
        spread = max(gains) - min(gains)
        stable = spread <= 0.1 and min(gains) >= 0.8
        words = "stable" if stable else "NOT stable: not to be served"
        told = ", ".join(f"{value:.2f}" for value in gains)
        yield Verdict(
            f"dqn over {len(gains)} seeds", "stable, or said not to be",
            f"gains {told}: {words}", True,
        )  # fmt: skip
