"""One scenario under a number of kills."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from tools.kill_sweep.children import Phase, PhaseFailed
from tools.kill_sweep.watch import Watch

TIMEOUT = 300.0
KILLS_IN_A_ROW = 4
SHOWN_VIOLATIONS = 20


@dataclass
class Result:
    """What a sweep over one scenario found."""

    name: str
    kills: int = 0
    by_time: int = 0
    by_change: int = 0
    late: int = 0
    resumed: int = 0
    acknowledged: int = 0
    clean_seconds: float = 0.0
    clean_changes: int = 0
    violations: list[str] = field(default_factory=list)
    failure: str | None = None
    seconds: float = 0.0

    def broken(self) -> int:
        """How many things are wrong; a phase that failed is one."""
        return len(self.violations) + (self.failure is not None)

    def add(self, problem: str) -> None:
        """Note something that is wrong."""
        if len(self.violations) < SHOWN_VIOLATIONS:
            self.violations.append(problem)


class Sweep:
    """Runs a scenario again and again in copies of one prepared folder below ``root``."""

    def __init__(
        self, made: ForkServerContext, scenario: str, root: Path, dice: random.Random
    ) -> None:
        self._made, self._scenario, self._dice = made, scenario, dice
        self._root = root / scenario
        self._template = self._root / "template"
        self._clean: object = None
        self.result = Result(scenario)

    def run(self, kills: int, stop: Callable[[Result], bool] = lambda _: False) -> Result:
        """Kill the work ``kills`` times; ``stop`` ends the sweep early."""
        began = time.monotonic()
        try:
            self._prepare()
            number = 0
            while self.result.kills < kills and not stop(self.result):
                number += 1
                if number > 20 * kills:
                    self.result.add(f"only {self.result.kills} kills hit in {number} tries")
                    break
                self._one_folder(self._root / f"try{number}", kills)
        except PhaseFailed as error:
            self.result.failure = str(error)
        finally:
            shutil.rmtree(self._root, ignore_errors=True)
        self.result.seconds = round(time.monotonic() - began, 1)
        return self.result

    def _prepare(self) -> None:
        """Make the folder to copy, and do the work once without a kill."""
        self._template.mkdir(parents=True)
        self._phase("prepare", self._template)
        folder = self._root / "clean"
        shutil.copytree(self._template, folder)
        watch, began = Watch(folder), time.monotonic()
        self._phase("work", folder)
        self.result.clean_seconds = round(time.monotonic() - began, 3)
        watch.close()
        self.result.clean_changes = watch.count
        self._note(self._phase("check", folder), "without any kill")
        self._clean = self._phase("state", folder)
        shutil.rmtree(folder)

    def _one_folder(self, folder: Path, kills: int) -> None:
        """Kill the work in one folder up to a few times, then let it end and compare."""
        shutil.copytree(self._template, folder)
        for _ in range(self._dice.randint(1, KILLS_IN_A_ROW)):
            if self.result.kills == kills or not self._kill_once(folder):
                break
            self._note(self._phase("check", folder), f"after kill {self.result.kills}")
        self._phase("work", folder)
        self.result.resumed += 1
        self._note(self._phase("check", folder), "after resuming")
        self._compare(self._phase("state", folder))
        self.result.acknowledged += _lines(folder / "acks.jsonl")
        shutil.rmtree(folder)

    def _kill_once(self, folder: Path) -> bool:
        """Start the work and kill it at a random point; False when it was done before that."""
        by_change = self._dice.random() < 0.5
        phase_watch = Watch(folder, self._dice.randint(1, max(1, self.result.clean_changes)))
        moment = self._dice.uniform(0, 1.1 * self.result.clean_seconds)
        phase = Phase(self._made, self._scenario, "work", folder)
        try:
            if by_change:
                self._until(phase, phase_watch)
            else:
                phase.wait(moment)
            hit = phase.running()
        finally:
            phase.kill()
            phase_watch.close()
        if not hit:
            self.result.late += 1
            return False
        self.result.kills += 1
        self.result.by_change += by_change
        self.result.by_time += not by_change
        return True

    def _until(self, phase: Phase, watch: Watch) -> None:
        while phase.running() and not watch.reached.wait(0.02):
            pass
        # Just after the change, or in the middle of what follows it.
        time.sleep(self._dice.choice((0.0, 0.0, self._dice.uniform(0, 0.005))))

    def _phase(self, phase: str, folder: Path) -> Any:
        try:
            return Phase(self._made, self._scenario, phase, folder).result(TIMEOUT)
        except PhaseFailed as error:
            raise PhaseFailed(f"{phase} failed: {error}") from None

    def _note(self, problems: list[str], when: str) -> None:
        for problem in problems:
            self.result.add(f"{when}: {problem}")

    def _compare(self, state: object) -> None:
        if state != self._clean:
            self.result.add(
                f"the end after kills differs: {_short(state)} instead of {_short(self._clean)}"
            )


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return text if len(text) < 600 else text[:600] + "..."


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
