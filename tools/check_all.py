"""Runs everything that must pass, in the order in which it fails fastest."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
LINT = (
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("rules", [str(BIN / "ruff"), "check", "."]),
    ("layers", [str(BIN / "lint-imports"), "--no-logo"]),
    ("types", [str(BIN / "mypy")]),
)
TESTS = (("tests", [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-q"]),)


def main() -> int:
    """Run the checks; the first that fails ends the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["lint", "tests"])
    only = parser.parse_args().only
    checks = {"lint": LINT, "tests": TESTS, None: LINT + TESTS}[only]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for name, command in checks:
        began = time.monotonic()
        code = subprocess.call(command, env=environment)
        verdict = "ok" if code == 0 else f"FAILED ({code})"
        print(f"== {name}: {verdict}, {time.monotonic() - began:.0f} s", flush=True)
        if code:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
