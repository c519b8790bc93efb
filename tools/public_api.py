"""The public names and their signatures, so that a change to them cannot pass unseen.

python -m tools.public_api            compare with tests/architecture/public_api.txt
python -m tools.public_api --write    write it anew
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

from tools.reference.python_api import each_module, package, public_members, signature

SNAPSHOT = Path(__file__).resolve().parent.parent / "tests" / "architecture" / "public_api.txt"


def described() -> list[str]:
    """One line for each part of the public interface, in order."""
    return [line for name in exported() for line in _lines(f"perdure.{name}", _target(name))] + [
        line
        for module in each_module(package()["methods"])
        for member in public_members(module)
        for line in _lines(member.path, member)
    ]


def exported() -> list[str]:
    """The names of ``perdure.__all__``, without the version."""
    return [str(name) for name in package().exports or () if name != "__version__"]


def _target(name: str) -> griffe.Object:
    member = package().members[name]
    found = member.final_target if isinstance(member, griffe.Alias) else member
    assert isinstance(found, griffe.Object)
    return found


def _lines(name: str, member: griffe.Object) -> Iterator[str]:
    if isinstance(member, (griffe.Class, griffe.Function)):
        head, *fields = signature(member).splitlines()
        yield f"{name}: {head}"
        yield from (f"{name}.{field.strip()}" for field in fields)
    if isinstance(member, griffe.Class):
        for method in public_members(member):
            yield f"{name}.{signature(method)}"


def difference() -> list[str]:
    """What differs from the snapshot; empty when nothing does."""
    kept = SNAPSHOT.read_text(encoding="utf-8").splitlines() if SNAPSHOT.exists() else []
    return list(difflib.unified_diff(kept, described(), "pinned", "now", lineterm="", n=0))


def main() -> int:
    """Compare or write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="pin the interface as it is now")
    if parser.parse_args().write:
        SNAPSHOT.write_text("\n".join(described()) + "\n", encoding="utf-8")
        return 0
    found = difference()
    print("\n".join(found) or "the public interface is as pinned")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
