"""``perdure config``: the settings of a solution, and where each value comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from perdure.interfaces.cli.output import emit, json_option, project_option, table


@click.command("config")
@click.argument("solution")
@click.option("--explain", is_flag=True, help="Show where each value comes from.")
@project_option
@json_option
def command(solution: str, explain: bool, folder: Path | None, as_json: bool) -> None:
    """Show the settings of SOLUTION: defaults, then conf/base, conf/local, the environment."""
    from perdure.kernel.discovery import solution as named
    from perdure.platform.storage.project import Project

    loaded = Project.find(folder).explained_settings(named(solution))
    values = _flat(loaded.value.model_dump(mode="json"))
    origins = {".".join(key): origin for key, origin in loaded.origins.items()}
    rows = [[name, str(value), _origin(name, origins)] for name, value in values.items()]
    header = ["setting", "value", "from"] if explain else ["setting", "value"]
    document: dict[str, Any] = {name: {"value": value} for name, value in values.items()}
    for name, _value, origin in rows:
        document[name]["from"] = origin
    shown = [row[: len(header)] for row in rows]
    emit(document, as_json=as_json, text=table(header, shown))


def _flat(value: dict[str, Any], start: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        path = f"{start}{name}"
        if isinstance(item, dict) and item:
            found.update(_flat(item, f"{path}."))
        else:
            found[path] = item
    return found


def _origin(name: str, origins: dict[str, str]) -> str:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if (place := origins.get(".".join(parts[:length]))) is not None:
            return place
    return "built-in default"
