"""Smoke scoring in a child process: a model that crashes takes nobody with it.

A broken model file can end the process that parses it. So a candidate is loaded and asked for
the first time by a child, which gets a digest (never a path from anyone), verifies every byte,
scores the smoke rows, and compares the answers with those of the training run bit by bit.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from perdure.kernel.errors import PerdureError
from perdure.kernel.solution import Solution
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.registry.loading import load_model, trusted_packages
from perdure.platform.storage.artifacts import Artifacts
from perdure.platform.training.tabular import MODEL, PACKAGES

EXPECTED = "_expected"
_MODULE = "perdure.platform.registry.smoke"


@dataclass(frozen=True, slots=True)
class Smoke:
    """Whether a model could be loaded and asked, and what happened, in words."""

    ok: bool
    words: str


def smoke_score(artifacts: Artifacts, digest: str, solution: Solution, seconds: float) -> Smoke:
    """Load and ask a stored model in a child process that may die; this one never does."""
    packages = ",".join(trusted_packages(solution))
    command = [sys.executable, "-m", _MODULE, str(artifacts.root), digest]
    child = subprocess.Popen(  # noqa: S603 - no shell, own interpreter, own module
        [*command, solution.load_model, packages],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return Smoke(False, f"no answer within {seconds:g} s")
    return _told(child.returncode, out, err)


def _told(code: int, out: str, err: str) -> Smoke:
    if code < 0:
        return Smoke(False, f"the child process died of {signal.Signals(-code).name}")
    try:
        told = json.loads(out.strip().rpartition("\n")[2])
        return Smoke(bool(told["ok"]) and code == 0, str(told["words"])[:400])
    except (ValueError, KeyError, TypeError):
        last = err.strip().rpartition("\n")[2][:200]
        return Smoke(False, f"the child process ended with status {code}: {last}")


def ask(bundle: ModelBundle, loader: str, packages: tuple[str, ...]) -> Smoke:
    """Load the model and ask it about its smoke rows, in this process."""
    import numpy as np

    table = bundle.smoke()
    model = load_model(bundle, loader, packages)
    answer = np.asarray(
        model.predict(table.drop_columns([EXPECTED] if EXPECTED in table.column_names else []))
    )
    if len(answer) != table.num_rows:
        return Smoke(False, f"{len(answer)} answers for {table.num_rows} rows")
    if not np.isfinite(answer).all():
        return Smoke(False, f"{int((~np.isfinite(answer)).sum())} answers are no numbers")
    if EXPECTED not in table.column_names:
        return Smoke(True, f"{table.num_rows} rows answered")
    expected = np.array(table.column(EXPECTED).to_pylist(), answer.dtype)
    if expected.shape != answer.shape:
        return Smoke(False, f"answers of shape {answer.shape}, {expected.shape} when trained")
    differ = int((answer != expected).reshape(len(answer), -1).any(axis=1).sum())
    words = "to the last bit" if not differ else f"{differ} differ from the training run"
    return Smoke(not differ, f"{table.num_rows} rows answered, {words}")


def main(root: str, digest: str, loader: str, packages: str) -> int:
    """The child: prints one JSON line, ends with 0 when the model answered as expected."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        bundle = ModelBundle(Artifacts(Path(root)).open(digest))
        if not loader:
            _spare_start(bundle)
        told = ask(bundle, loader, tuple(packages.split(",")))
    except PerdureError as error:
        told = Smoke(False, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a model does is a finding
        told = Smoke(False, f"{type(error).__name__}: {str(error)[:300]}")
    sys.stdout.write(json.dumps({"ok": told.ok, "words": told.words}) + "\n")
    return 0 if told.ok else 1


def _spare_start(bundle: ModelBundle) -> None:
    """Leave scikit-learn out when only methods of this package are asked: they predict without.

    LightGBM would load it for wrappers of its own, which is two of three seconds of this process.
    """
    form = json.loads(bundle.files()[MODEL])
    if all(form[part].startswith(f"{PACKAGES[0]}.") for part in ("learner", "calibrator")):
        sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
