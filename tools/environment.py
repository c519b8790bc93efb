"""Makes a virtual environment from a hashed lock, and installs perdure into it.

Runs on the bare system Python: standard library only.
"""

import pathlib
import subprocess
import sys
import venv

NEEDED = (3, 11)


def main(folder: str, lock: str, beside: str | None = None) -> int:
    """Build the environment; return the exit code.

    ``beside`` names requirements that are asked for without hashes, after the lock, which then
    holds everything but them.
    """
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
    # What is beside the lock is not there yet: the lock's own needs must not ask for it.
    apart = ["--no-deps"] if beside else []
    steps = [
        [*pip, "--require-hashes", *apart, "--requirement", lock],
        *([[*pip, "--requirement", beside]] if beside else []),
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
    sys.exit(main(*sys.argv[1:4]))
