"""Every setting: type, default and meaning, from the settings models and ``defaults.yaml``."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from perdure.kernel.config import load_settings
from perdure.kernel.discovery import solutions
from perdure.kernel.positions import read_yaml
from perdure.kernel.solution import Solution
from tools.reference.markdown import cell, code, page, table

INTRODUCTION = """\
Settings come in layers; a later one wins, key by key:

1. the solution's own defaults
2. `conf/base/SOLUTION.yaml` of the project, committed
3. `conf/local/SOLUTION.yaml`, of one machine, never committed
4. the environment: `PERDURE__SOLUTION__KEY`, two underscores between the parts of a key

A key set to `null` drops the entry of the layer before (a brand that you do not want). An unknown
name or a wrong value is an error that names file, line and column. `perdure config SOLUTION
--explain` shows each value and where it comes from.

`conf/base/project.yaml` marks the project folder. It has one setting, `name`."""

VARIABLES = {
    "PERDURE_PROJECT": "the project folder, instead of the one around the current folder",
    "PERDURE__SOLUTION__KEY": "one setting, e.g. `PERDURE__CONVERSION__MODEL__SEED=7`",
}


def pages() -> dict[str, str]:
    """The page of settings."""
    rows = [[code(name), text] for name, text in VARIABLES.items()]
    parts = [INTRODUCTION, "## Environment", table(["variable", "meaning"], rows)]
    for name, solution in solutions().items():
        header = ["setting", "type", "default", "meaning"]
        parts += [f"## {name}", _model_text(solution), table(header, setting_rows(solution))]
    return {"reference/settings.md": page("Settings", *parts)}


def setting_names(solution: Solution) -> list[str]:
    """The dotted names of all settings; ``NAME`` stands for a key that the user chooses."""
    return [".".join(path) for path, _schema in _leaves(solution.code("settings"))]


def _model_text(solution: Solution) -> str:
    return f"Settings of [{solution.title}](../solutions/{solution.name}.md)."


def default_settings(solution: Solution) -> Any:
    """The settings of a solution as they are without any project; the environment is not read."""
    model: type[BaseModel] = solution.code("settings")
    return load_settings(model, solution.name, (_defaults(solution),), {"": ""}).value


def setting_rows(solution: Solution) -> list[list[str]]:
    """Name, type, default and meaning of each setting."""
    model: type[BaseModel] = solution.code("settings")
    values = default_settings(solution).model_dump(mode="json")
    comments = _comments(_defaults(solution))
    return [
        [
            code(".".join(path)),
            cell(_type(schema)),
            _shown(values, path),
            cell(schema.get("description") or comments.get(path, "")),
        ]
        for path, schema in _leaves(model)
    ]


def _defaults(solution: Solution) -> Path:
    package, _, name = solution.defaults.partition(":")
    if not package:
        package = solution.settings.partition(":")[0].rpartition(".")[0]
    return Path(str(importlib.resources.files(package) / (name or "defaults.yaml")))


def _leaves(model: type[BaseModel]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    schema = model.model_json_schema()
    yield from _walk(schema, schema.get("$defs", {}), ())


def _walk(
    schema: dict[str, Any], parts: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    resolved = _resolved(schema, parts)
    if "properties" in resolved:
        for name, inner in resolved["properties"].items():
            yield from _walk(inner, parts, (*path, name))
    elif isinstance(resolved.get("additionalProperties"), dict) and path:
        inner = _resolved(resolved["additionalProperties"], parts)
        if "properties" in inner:
            yield from _walk(inner, parts, (*path, "NAME"))
        else:
            yield (*path, "NAME"), inner
    elif path:
        yield path, resolved


def _resolved(schema: dict[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        named: dict[str, Any] = parts[schema["$ref"].rpartition("/")[2]]
        return {**named, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def _type(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    kind = "nothing" if schema.get("type") == "null" else str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return kind + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    signs = {
        "minimum": "from ",
        "exclusiveMinimum": "above ",
        "maximum": "to ",
        "exclusiveMaximum": "below ",
    }
    told = [f"{word}{schema[name]:g}" for name, word in signs.items() if name in schema]
    return f", {' '.join(told)}" if told else ""


def _shown(values: Any, path: tuple[str, ...]) -> str:
    for part in path:
        if part == "NAME" or not isinstance(values, dict):
            return ""
        values = values.get(part)
    if isinstance(values, list):
        return code(f"[{', '.join(map(str, values))}]")
    return code("null" if values is None else values)


def _comments(file: Path) -> dict[tuple[str, ...], str]:
    """The comment behind each key of a YAML file."""
    document = read_yaml(file)
    found = {}
    for key, place in document.positions.items():
        if match := re.search(r"\s#\s*(.+)$", document.lines[place.line - 1]):
            found[key] = match[1]
    return found


def variables_of(source: Path) -> set[str]:
    """The names of environment variables that the source mentions."""
    texts = (path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\bPERDURE_[A-Z][A-Z_]*[A-Z]\b", text)}
