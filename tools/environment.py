"""Makes a virtual environment from a hashed lock, and installs perdure into it.

Runs on the bare system Python: standard library only.
"""

import pathlib
import subprocess
import sys
import venv

NEEDED = (3, 11)


def main(folder: str, lock: str) -> int:
    """Build the environment; return the exit code."""
    if sys.version_info < NEEDED:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"perdure needs Python 3.11 or newer, this is {found}. Next: make PYTHON=python3.11 …"
        )
        return 2
    target = pathlib.Path(folder)
    print(f"  environment  {folder} from {lock} (once; about a minute)", flush=True)
    venv.EnvBuilder(with_pip=True, clear=True).create(target)
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    steps = [
        [*pip, "--require-hashes", "--requirement", lock],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", "."],
        # Else every process of the first run compiles the sources for itself.
        [str(target / "bin" / "python"), "-m", "compileall", "-q", "src/perdure"],
    ]
    for step in steps:
        if code := subprocess.call(step):
            print(f"error: {' '.join(step[2:])} ended with {code}", file=sys.stderr)
            return code
    (target / ".done").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
