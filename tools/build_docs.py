"""Build the documentation site: written pages, generated pages, then Zensical.

    python -m tools.build_docs [FOLDER]

The site is put into FOLDER (default ``site``). The sources are put together in a temporary
folder, so nothing that is generated can be committed or become stale.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATORS = (
    "commands",
    "settings",
    "tables",
    "features",
    "metrics",
    "monitors",
    "routes",
    "errors",
    "python_api",
    "solutions",
)
SECTIONS = (
    ("Tutorial", "tutorial", ()),
    ("How to", "how-to", ()),
    ("Solutions", "solutions", ("index.md",)),
    ("Reference", "reference", ("index.md", "commands.md", "settings.md", "tables.md")),
    ("Explanation", "explanation", ("index.md", "life-cycle.md", "point-in-time.md")),
    ("Decision records", "decisions", ("index.md",)),
)
PLACEHOLDER = "nav = []"


class BuildFailed(Exception):
    """The site could not be built, or was built with a warning."""


def generated_pages() -> dict[str, str]:
    """Every generated page by its path below ``docs``."""
    made: dict[str, str] = {}
    for name in GENERATORS:
        made.update(importlib.import_module(f"tools.reference.{name}").pages())
    return made


def assemble(place: Path) -> None:
    """Put the configuration, the written pages and the generated pages into ``place``."""
    docs = place / "docs"
    shutil.copytree(ROOT / "docs", docs)
    for name, text in generated_pages().items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    configuration = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    if PLACEHOLDER not in configuration:
        raise BuildFailed(f"zensical.toml has no line {PLACEHOLDER!r}")
    filled = configuration.replace(PLACEHOLDER, f"nav = {navigation(docs)}")
    (place / "zensical.toml").write_text(filled, encoding="utf-8")


def navigation(docs: Path) -> str:
    """The navigation as a TOML value: sections in a fixed order, pages by their titles."""
    parts = [_entry("perdure", _quoted("index.md"))]
    for title, folder, first in SECTIONS:
        names = sorted(path.name for path in (docs / folder).glob("*.md"))
        ordered = [*(n for n in first if n in names), *(n for n in names if n not in first)]
        pages = [
            _entry(_title(docs / folder / name), _quoted(f"{folder}/{name}")) for name in ordered
        ]
        parts.append(_entry(title, f"[{', '.join(pages)}]"))
    return f"[{', '.join(parts)}]"


def _entry(title: str, value: str) -> str:
    return f"{{ {_quoted(title)} = {value} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _title(path: Path) -> str:
    match = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise BuildFailed(f"{path.name} has no title")
    return match[1]


def build(target: Path) -> str:
    """Build the site into ``target``; return what Zensical said. Raises :class:`BuildFailed`."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name).resolve()
        assemble(place)
        zensical = Path(sys.executable).parent / "zensical"
        done = subprocess.run(
            [zensical, "build", "--clean", "--strict"],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        if done.returncode or "arning" in said:
            raise BuildFailed(said)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(place / "site", target)
    return said


def main() -> int:
    """Build into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site")
    folder = parser.parse_args().folder
    try:
        build(folder)
    except BuildFailed as error:
        print(f"error: the documentation was not built\n{error}", file=sys.stderr)
        return 1
    count = sum(1 for _ in folder.rglob("*.html"))
    print(f"{count} pages in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
