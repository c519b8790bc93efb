"""The files that ``perdure init`` writes: few, commented, safe to commit."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from perdure.kernel.discovery import solutions

IGNORED = "# What perdure makes, and what stays on this machine.\nvar/\nconf/local/\n"
LOCAL = (
    "# Settings of this machine only (never committed): the same names as in conf/base.\n"
    "# Secrets are never written here either; name an environment variable instead.\n"
)


def write_template(folder: Path, template: str) -> list[Path]:
    """Write what is not there yet; return what was written."""
    wanted = {
        ".gitignore": IGNORED,
        "conf/base/project.yaml": f"# Settings of the whole project.\nname: {folder.name}\n",
        "conf/local/README.txt": LOCAL,
        "README.md": _readme(folder.name),
    }
    for name, manifest in solutions().items():
        if text := _of_solution(manifest.settings, template):
            wanted[f"conf/base/{name}.yaml"] = text
    written = []
    for name, text in wanted.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def keep_time(root: Path, moment: datetime) -> None:
    """Write the moment into the project's settings: sample data lives in its own time."""
    path = root / "conf" / "base" / "project.yaml"
    text = path.read_text(encoding="utf-8")
    if "clock:" not in text:
        note = "# Sample data lives in its own time.\n"
        path.write_text(f"{text}{note}clock: {moment.isoformat()}\n", encoding="utf-8")


def _of_solution(settings: str, template: str) -> str | None:
    """A solution brings its own templates as ``conf/TEMPLATE.yaml`` in its folder."""
    package = settings.partition(":")[0].rpartition(".")[0]
    if not package:
        return None
    found = files(package) / "conf" / f"{template}.yaml"
    return found.read_text(encoding="utf-8") if found.is_file() else None


def _readme(name: str) -> str:
    return (
        f"# {name}\n\nA perdure project: `conf/base` holds what is decided, `var` what was made.\n"
        "\n"
        "    perdure doctor      what is installed, what is wrong\n"
        "    perdure config conversion --explain\n"
        "    perdure up          the console\n"
    )
