"""CPU seconds of ``perdure --help``, beside Python itself and beside click alone.

Each command is started ``--repeat`` times; the least CPU time counts, because everything else that
runs on the machine only adds. ``python -m benchmarks.startup [--repeat 7] [--json]``
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys

CLICK = "import click; click.Group('x', commands=[click.Command('y')]).main(['--help'])"
START = "from perdure.interfaces.cli.main import main; main({!r})"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "click --help": [sys.executable, "-c", CLICK],
    "perdure --version": [sys.executable, "-c", START.format(["--version"])],
    "perdure --help": [sys.executable, "-c", START.format(["--help"])],
    "perdure run --help": [sys.executable, "-c", START.format(["run", "--help"])],
}


def cpu_seconds(command: list[str], repeat: int) -> float:
    """The least CPU time, user and system, of ``repeat`` starts."""
    return min(_once(command) for _ in range(repeat))


def _once(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    seconds = {name: cpu_seconds(command, arguments.repeat) for name, command in COMMANDS.items()}
    python, click = seconds["python -c pass"], seconds["click --help"]
    rows = [
        {"command": n, "cpu_seconds": s, "to_python": s / python, "to_click": s / click}
        for n, s in seconds.items()
    ]
    if arguments.json:
        print(json.dumps({"benchmark": "startup", "repeat": arguments.repeat, "rows": rows}))
        return
    print(f"{'command':<20} {'CPU s':>7} {'x python':>9} {'x click':>8}")
    for row in rows:
        print(
            f"{row['command']:<20} {row['cpu_seconds']:>7.3f} {row['to_python']:>9.2f} "
            f"{row['to_click']:>8.2f}"
        )


if __name__ == "__main__":
    main()
