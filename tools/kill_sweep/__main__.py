"""The command: sweep every scenario, then prove that the sweep can see what is wrong."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tools.kill_sweep.children import context
from tools.kill_sweep.scenarios.catalogue import SAFE, UNSAFE
from tools.kill_sweep.sweep import Result, Sweep

SELF_CHECK_KILLS = 150


def sweep(kills: int, seed: int, names: list[str], folder: Path, jobs: int) -> dict[str, Any]:
    """Share the kills among the scenarios, run them and the self-check, ``jobs`` at a time."""
    made = context()

    def run(name: str, kills: int) -> Result:
        dice = random.Random(f"{seed}:{name}")
        if name in SAFE:
            result = Sweep(made, name, folder, dice).run(kills)
        else:
            # A writer that breaks its promise must be caught, or the sweep proves nothing.
            result = Sweep(made, name, folder, dice).run(kills, lambda r: bool(r.violations))
        _tell(result)
        return result

    shares = {**_shares(kills, names), **dict.fromkeys(UNSAFE, SELF_CHECK_KILLS)}
    with ThreadPoolExecutor(jobs) as pool:
        results = dict(zip(shares, pool.map(run, shares, shares.values()), strict=True))
    return _report(seed, [results[name] for name in names], [results[name] for name in UNSAFE])


def _report(seed: int, results: list[Result], checks: list[Result]) -> dict[str, Any]:
    caught = {check.name: bool(check.violations) and check.failure is None for check in checks}
    return {
        "seed": seed,
        "kills": sum(result.kills for result in results),
        "violations": sum(result.broken() for result in results),
        "scenarios": [asdict(result) for result in results],
        "self_check": [
            {"name": check.name, "caught": caught[check.name], "after": check.kills}
            for check in checks
        ],
        "holds": not any(result.broken() for result in results) and all(caught.values()),
    }


def _shares(kills: int, names: list[str]) -> dict[str, int]:
    """How many kills each scenario gets: by weight, at least one, in all ``kills`` or more."""
    total = sum(SAFE[name].weight for name in names)
    return {name: -(-kills * SAFE[name].weight // total) for name in names}


def _tell(result: Result) -> None:
    unsafe = result.name in UNSAFE
    wrong, right = ("caught", "NOT CAUGHT") if unsafe else ("BROKEN", "ok")
    print(
        f"{result.name:<18} {wrong if result.broken() else right:<10} {result.kills:>4} kills "
        f"({result.by_time} by time, {result.by_change} by change), "
        f"{result.resumed} resumed, {result.acknowledged} acknowledged, {result.seconds} s",
        file=sys.stderr,
        flush=True,
    )
    shown = [] if unsafe else result.violations
    for problem in [*shown, *([result.failure] if result.failure else [])]:
        print(f"    {problem}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the sweep; exit code 1 when anything was lost or the self-check saw nothing."""
    parser = argparse.ArgumentParser(prog="python -m tools.kill_sweep", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, printed")
    parser.add_argument("--only", action="append", choices=list(SAFE), default=None)
    parser.add_argument("--jobs", type=int, default=2, help="scenarios at a time")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(3), "big")
    print(f"seed {seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="perdure-kill-") as folder:
        names = options.only or list(SAFE)
        report = sweep(options.kills, seed, names, Path(folder), options.jobs)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        word = "holds" if report["holds"] else "BROKEN"
        print(f"{report['kills']} kills, {report['violations']} violations: {word}")
    return 0 if report["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
