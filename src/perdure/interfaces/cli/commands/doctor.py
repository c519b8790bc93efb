"""``perdure doctor``: versions, extras, paths, disk, and what is wrong with them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.output import emit, json_option, project_option, table

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

PARTS = ("duckdb", "polars", "pyarrow", "deltalake", "lightgbm", "scikit-learn", "mlflow-skinny")
EXTRAS = {
    "catboost": "catboost",
    "docs": "zensical",
    "rl": "stable-baselines3",
    "rllib": "ray",
}
SECRET = re.compile(
    r"(?i)(api[_-]?key|password|passwd|secret|token)\s*:\s*['\"]?[A-Za-z0-9+/_.-]{12,}"
    r"|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY"
)
LOW_DISK = 1_000_000_000


@click.command("doctor")
@project_option
@json_option
@click.pass_context
def command(ctx: click.Context, folder: Path | None, as_json: bool) -> None:
    """Show what is installed and what is wrong; exit code 1 when something is."""
    facts, wrong = _machine(), []
    project = _project(folder)
    if project is None:
        facts["project"] = "none here (perdure init my-project)"
    else:
        facts["project"] = str(project)
        wrong = _problems(project)
    rows = [[name, str(value)] for name, value in facts.items()]
    text = table(["what", "found"], rows) + "\n" + ("\n".join(wrong) or "nothing wrong")
    emit({"facts": facts, "wrong": wrong}, as_json=as_json, text=text)
    if wrong:
        ctx.exit(1)


def _machine() -> dict[str, Any]:
    facts = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    facts["cores"] = str(os.cpu_count())
    for part in ("perdure", *PARTS):
        facts[part] = _version(part) or "missing"
    for extra, package in EXTRAS.items():
        absent = f"not installed (pip install 'perdure[{extra}]')"
        facts[f"extra {extra}"] = _version(package) or absent
    return facts


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _project(folder: Path | None) -> Path | None:
    from perdure.kernel.errors import UsageError
    from perdure.platform.storage.project import Project

    try:
        return Project.find(folder).root
    except UsageError:
        if folder is not None:
            raise
        return None


def _problems(root: Path) -> list[str]:
    from perdure.kernel.discovery import solutions
    from perdure.kernel.errors import PerdureError
    from perdure.platform.storage.project import Project

    found = [*_secrets(root), *_disk(root), *_token(root)]
    for manifest in solutions().values():
        try:
            Project(root).settings(manifest)
        except PerdureError as error:
            found.append(f"settings: {error}")
    return [*found, *_stores(root)]


def _stores(root: Path) -> list[str]:
    """What was kept and cannot be used: the store, tables, models in service."""
    from perdure.platform.storage.lost import check_store
    from perdure.platform.storage.project import Project
    from perdure.platform.storage.soundness import quick_check

    project, store = Project(root), root / "var" / "ops.sqlite"
    if gone := _told(partial(check_store, store)):
        return gone
    found = _told(lambda: quick_check(store, 5.0)) if store.exists() else []
    for name in project.lake.tables():
        found += _told(partial(project.lake.check, name))
    return found or [*_lost(project), *(_champions(project) if store.exists() else ())]


def _lost(project: Project) -> list[str]:
    """Tables that were filled and are gone: no list of tables would show them."""
    from perdure.platform.storage.lost import lost_tables, refuse_lost

    lost = lost_tables(project)
    return [line for name in lost for line in _told(partial(refuse_lost, project, name))]


def _champions(project: Project) -> list[str]:
    from perdure.platform.registry.registry import Registry

    registry = Registry(project)
    served = [registry.champion(name) for name in registry.names()]
    opened = [partial(project.artifacts.open, model.digest) for model in served if model]
    return [line for check in opened for line in _told(check)]


def _told(check: Callable[[], object]) -> list[str]:
    from perdure.kernel.errors import PerdureError

    try:
        check()
    except PerdureError as error:
        return [str(error)]
    return []


def _secrets(root: Path) -> list[str]:
    found = []
    for path in sorted((root / "conf").rglob("*.y*ml")):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if SECRET.search(line):
                place = f"{path.relative_to(root)}:{number}"
                found.append(f"{place}: looks like a secret; name an environment variable instead")
    return found


def _disk(root: Path) -> list[str]:
    free = shutil.disk_usage(root).free
    return [f"only {free / 1e9:.1f} GB free at {root}"] if free < LOW_DISK else []


def _token(root: Path) -> list[str]:
    path = root / "var" / "token"
    if path.exists() and path.stat().st_mode & 0o077:
        return [f"{path.relative_to(root)} can be read by others. Next: chmod 600 {path}"]
    return []
