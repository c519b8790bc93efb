"""Every setting: type, default and meaning, from the settings models and ``defaults.yaml``."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from perdure.kernel.config import load_settings
from perdure.kernel.discovery import solutions
from perdure.kernel.positions import read_yaml
from perdure.kernel.solution import Solution
from perdure.platform.storage.project import ProjectSettings
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
"""

PROJECT = """\
`conf/base/project.yaml` marks the project folder."""

PROJECT_MEANINGS = {
    "name": "the name of the project",
    "clock": "stops the time at a moment: a project of sample data lives in the time of its data",
}

SHARED_MEANINGS = {
    "display": "columns shown beside each name in lists",
    "index.every_months": "months between the past dates to learn from",
    "index.count": "at most so many past dates",
    "index.history_months": "no date earlier than so long after the first row",
    "training.folds": "groups of regions that are held out in turn when there is one date only",
    "training.seed": "the same seed gives the same model",
    "training.select_by": "the measure that chooses between candidates",
    "training.region": "the column whose values are held out together",
    "training.holdout_regions": "regions that no model sees, measured on their own",
    "training.territory": "the column whose every value acts on its best rows",
    "training.capacity": "rows that each territory acts on, in the evidence",
    "training.minimum_territory": "smaller territories are left out of that measure",
    "training.slices": "columns whose values are measured one by one",
    "training.most_slices": "at most so many values of each of them",
    "training.replicates": "draws of the bootstrap behind each interval",
    "training.minimum_to_train": "fewer events than this are not learned from",
    "training.smoke_rows": "rows on which a stored model must repeat its scores",
    "gate.metric": "the metric that decides; null takes the one of the manifest",
    "gate.minimum_positives": "fewer events cannot show whether a model earns its place",
    "gate.allow_not_knowable": "whether a candidate passes when the events are too few to know",
    "gate.champion_rule": "whether a challenger must be better, or only not worse",
    "gate.calibration_low": "least predicted over observed rate in the top decile",
    "gate.calibration_high": "greatest predicted over observed rate in the top decile",
    "gate.single_feature_ceiling": "one input alone above this AUC is taken for leakage",
    "gate.validation_ceiling": "a model above this AUC is taken for leakage",
    "gate.single_feature_jump": "one input's AUC may exceed the next best by so much",
    "gate.acknowledged": "tripwires that are reported and let pass",
    "gate.smoke_seconds": "a stored model must load and score within this time",
}
"""Settings that every classifier shares; what a solution's own file says goes first."""

VARIABLES = {
    "PERDURE_PROJECT": "the project folder, instead of the one around the current folder",
    "PERDURE_MLFLOW": "the address of an MLflow server, instead of an SQLite file of the project",
    "PERDURE__SOLUTION__KEY": "one setting, e.g. `PERDURE__CONVERSION__MODEL__SEED=7`",
}


def pages() -> dict[str, str]:
    """The page of settings."""
    rows = [[code(name), text] for name, text in VARIABLES.items()]
    header = ["setting", "type", "default", "meaning"]
    parts = [INTRODUCTION, "## Environment", table(["variable", "meaning"], rows)]
    parts += ["## The project", PROJECT, table(header, project_rows())]
    for name, solution in solutions().items():
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


def project_rows() -> list[list[str]]:
    """Name, type, default and meaning of each setting of the project itself."""
    return [
        [code(name), cell(_type(schema)), _value(schema.get("default")), PROJECT_MEANINGS[name]]
        for (name,), schema in _leaves(ProjectSettings)
    ]


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
            cell(comments.get(_named(path)) or _meaning(path, schema)),
        ]
        for path, schema in _leaves(model)
    ]


def _named(path: tuple[str, ...]) -> tuple[str, ...]:
    """The part of a path before a key that the user chooses."""
    return path[: path.index("NAME")] if "NAME" in path else path


def _meaning(path: tuple[str, ...], schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or SHARED_MEANINGS.get(".".join(path), ""))


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
    return _value(values)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return code(f"[{', '.join(map(str, value))}]")
    return code("null" if value is None else value)


def _comments(file: Path) -> dict[tuple[str, ...], str]:
    """The comment behind each key of a YAML file, else the one on the lines above it."""
    document = read_yaml(file)
    found = {}
    for key, place in document.positions.items():
        line = _line_of(key, place.line, document.lines)
        if text := _behind(document.lines[line]) or _above(document.lines, line):
            found[key] = text
    return found


def _line_of(key: tuple[str, ...], value_line: int, lines: Sequence[str]) -> int:
    """Where the key stands: on its value's line, or above a value that is a block."""
    begins = re.compile(rf"\s*{re.escape(key[-1])}\s*:")
    near = range(value_line - 1, max(value_line - 4, -1), -1)
    return next((number for number in near if begins.match(lines[number])), value_line - 1)


def _behind(line: str) -> str:
    match = re.search(r"\s#\s*(.+)$", line)
    return match[1] if match else ""


def _above(lines: Sequence[str], line: int) -> str:
    told: list[str] = []
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        told.insert(0, lines[line].lstrip("# "))
    return " ".join(told)


def variables_of(source: Path) -> set[str]:
    """The names of environment variables that the source mentions."""
    texts = (path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\bPERDURE_[A-Z][A-Z_]*[A-Z]\b", text)}
