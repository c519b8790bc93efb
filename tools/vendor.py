"""Copies named files from exact npm versions into the tree, and writes LOCK (sha256, licence).

Run by hand when a version changes: ``python -m tools.vendor``. The copies are committed, so
neither the build, the tests nor a running console ever needs npm. ``--check`` compares the
committed files with LOCK and needs no network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "src/perdure/interfaces/console/vendor"
TESTS = ROOT / "tests/e2e/vendor"

ECHARTS_ENTRY = """
import { init, use } from "echarts/core";
import { LineChart, BarChart, ScatterChart } from "echarts/charts";
import { GridComponent, TooltipComponent, MarkLineComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
use([LineChart, BarChart, ScatterChart, GridComponent, TooltipComponent, MarkLineComponent,
     SVGRenderer]);
export { init };
"""
"""Only what charts.py draws; the rest of ECharts is shaken off."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One file of one package: where it comes from, what it is called here, its licence."""

    package: str
    version: str
    source: str
    target: str
    licence: str
    folder: Path = CONSOLE


COPIES = (
    Copied("htmx.org", "4.0.1", "dist/htmx.min.js", "htmx.min.js", "0BSD"),
    Copied("htmx.org", "4.0.1", "LICENSE", "htmx.LICENSE.txt", "0BSD"),
    Copied(
        "@fontsource-variable/inter",
        "5.3.0",
        "files/inter-latin-wght-normal.woff2",
        "inter-latin.woff2",
        "OFL-1.1",
    ),
    Copied("@fontsource-variable/inter", "5.3.0", "LICENSE", "inter.LICENSE.txt", "OFL-1.1"),
    Copied("axe-core", "4.14.1", "axe.min.js", "axe.min.js", "MPL-2.0", TESTS),
    Copied("axe-core", "4.14.1", "LICENSE", "axe.LICENSE.txt", "MPL-2.0", TESTS),
)
BUNDLE = (("echarts", "6.1.0"), ("esbuild", "0.28.2"))
BUNDLE_LICENCES = (
    ("echarts", "LICENSE", "echarts.LICENSE.txt", "Apache-2.0"),
    ("echarts", "NOTICE", "echarts.NOTICE.txt", "Apache-2.0"),
    ("zrender", "LICENSE", "zrender.LICENSE.txt", "BSD-3-Clause"),
    ("tslib", "LICENSE.txt", "tslib.LICENSE.txt", "0BSD"),
)


def _npm(*arguments: str, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed; it is needed only to change a vendored version")
    subprocess.run([npm, *arguments, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _unpacked(package: str, version: str, work: Path) -> Path:
    folder = work / f"{package}-{version}".replace("/", "-").replace("@", "")
    if not folder.exists():
        folder.mkdir()
        _npm("pack", f"{package}@{version}", folder=folder)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def _row(name: str, content: bytes, package: str, version: str, licence: str) -> dict[str, str]:
    return {
        "file": name,
        "package": package,
        "version": version,
        "licence": licence,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _copy(item: Copied, work: Path) -> dict[str, str]:
    content = (_unpacked(item.package, item.version, work) / item.source).read_bytes()
    item.folder.mkdir(parents=True, exist_ok=True)
    (item.folder / item.target).write_bytes(content)
    return _row(item.target, content, item.package, item.version, item.licence)


def _bundle(work: Path) -> list[dict[str, str]]:
    """Builds the chart bundle and copies the licences of what went into it."""
    folder = work / "bundle"
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}')
    exact = [f"{name}@{version}" for name, version in BUNDLE]
    _npm("install", "--no-package-lock", "--no-audit", "--no-fund", *exact, folder=folder)
    (folder / "entry.js").write_text(ECHARTS_ENTRY)
    built = CONSOLE / "echarts.svg.min.js"
    command = [
        "entry.js",
        "--bundle",
        "--minify",
        "--format=esm",
        "--legal-comments=inline",
        f"--outfile={built}",
    ]
    subprocess.run([folder / "node_modules/.bin/esbuild", *command], cwd=folder, check=True)
    rows = [
        _row(built.name, built.read_bytes(), *BUNDLE[0], "Apache-2.0 AND BSD-3-Clause AND 0BSD")
    ]
    for package, source, target, licence in BUNDLE_LICENCES:
        module = folder / "node_modules" / package
        content = (module / source).read_bytes()
        (CONSOLE / target).write_bytes(content)
        version = json.loads((module / "package.json").read_text())["version"]
        rows.append(_row(target, content, package, version, licence))
    return rows


def _write_lock(folder: Path, rows: list[dict[str, str]]) -> None:
    ordered = sorted(rows, key=lambda row: row["file"])
    (folder / "LOCK").write_text(json.dumps(ordered, indent=1) + "\n")


def vendor() -> None:
    """Fetch, copy, bundle, and write both LOCK files."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        rows: dict[Path, list[dict[str, str]]] = {CONSOLE: [], TESTS: []}
        for item in COPIES:
            rows[item.folder].append(_copy(item, work))
        rows[CONSOLE] += _bundle(work)
        for folder, found in rows.items():
            _write_lock(folder, found)


def problems() -> list[str]:
    """What differs between the committed files and LOCK; empty when all is well."""
    found = []
    for folder in (CONSOLE, TESTS):
        locked = {row["file"]: row["sha256"] for row in json.loads((folder / "LOCK").read_text())}
        present = {path.name for path in folder.iterdir()} - {"LOCK"}
        found += [f"{folder.name}: {name} is not in LOCK" for name in sorted(present - set(locked))]
        for name, expected in locked.items():
            path = folder / name
            if not path.exists():
                found.append(f"{folder.name}: {name} is missing")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
                found.append(f"{folder.name}: {name} is not the file that was vendored")
    return found


def main() -> None:
    """``--check`` compares with LOCK; without it the files are fetched anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with LOCK, no network")
    if parser.parse_args().check:
        sys.exit("\n".join(problems()) or 0)
    vendor()


if __name__ == "__main__":
    main()
