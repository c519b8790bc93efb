"""The command line answers at once: help of every command, and nothing heavy for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from tools.reference.commands import each_command

from perdure.interfaces.cli.main import COMMANDS, perdure

HEAVY = {
    "alembic",
    "dataframely",
    "deltalake",
    "duckdb",
    "fastapi",
    "lightgbm",
    "mlflow",
    "numpy",
    "polars",
    "pyarrow",
    "pydantic",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "sqlglot",
    "uvicorn",
}
LONGEST = 60
"""Lines of help that a person still reads."""

NAMES = [name.split()[1:] for name, _command in each_command()]


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_help_of_every_command_is_short_and_says_what_it_does(words: list[str]) -> None:
    done = CliRunner().invoke(perdure, [*words, "--help"], prog_name="perdure")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith(f"Usage: perdure {' '.join(words)}")
    assert len(lines) <= LONGEST
    assert max(map(len, lines)) <= 100
    sentence = done.output.split("\n\n")[1]
    assert sentence.startswith("  "), "no sentence says what it does"


def test_every_command_has_a_place_in_the_help() -> None:
    done = CliRunner().invoke(perdure, ["--help"], prog_name="perdure")
    assert done.exit_code == 0
    assert len(done.output.splitlines()) <= LONGEST
    assert all(f"  {name} " in done.output for name in COMMANDS)


@pytest.mark.parametrize("words", [["--version"], ["--help"]], ids=" ".join)
def test_the_first_answers_import_nothing_heavy(words: list[str]) -> None:
    assert not imported(words) & (HEAVY | {"yaml"})


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    assert not imported([name, "--help"]) & HEAVY


def imported(words: list[str]) -> set[str]:
    """The top-level modules in memory after a command has run in a process of its own."""
    code = (
        "import json, sys\n"
        "from perdure.interfaces.cli.main import run\n"
        f"code = run({words!r})\n"
        "names = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "print('\\n' + json.dumps([code, names]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, names = json.loads(done.stdout.splitlines()[-1])
    assert status == 0
    return set(names)
