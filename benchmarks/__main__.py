"""Every benchmark in a size for a laptop; each prints its ratios against the named peer.

``python -m benchmarks --full`` runs the sizes that the documentation quotes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

SMALL = {
    "startup": [],
    "point_in_time": ["--events", "1000000"],
    "scoring": ["--rows", "500000"],
    "durable_writes": [],
    "search": [],
    "contact_environment": ["--seconds", "1"],
    "prescription_text": [],
    "pad": ["--rounds", "1"],
}


def main() -> int:
    """Run the benchmarks one after the other; the worst exit code is returned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=list(SMALL))
    asked = parser.parse_args()
    worst = 0
    for name, small in SMALL.items():
        if asked.only in (None, name):
            print(f"== {name}", flush=True)
            options = [] if asked.full else small
            command = [sys.executable, "-m", f"benchmarks.{name}", *options]
            worst = max(worst, subprocess.call(command))
    return worst


if __name__ == "__main__":
    sys.exit(main())
