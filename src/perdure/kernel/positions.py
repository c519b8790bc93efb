"""YAML that remembers where each value stands, so that an error can point at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from perdure.kernel.errors import ConfigError

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file, counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a YAML file and the position of each key path."""

    values: dict[str, Any]
    positions: Mapping[Key, Position]
    lines: tuple[str, ...]


def read_yaml(path: Path) -> Document:
    """The values of a YAML file with their positions.

    Raises :class:`ConfigError` for a file that is no YAML, or whose top is no mapping, and for a
    key that stands twice (YAML itself would silently keep the last).
    """
    text, name = path.read_text(encoding="utf-8-sig"), _told(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError(f"not YAML: {error.problem}", where=where) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"not YAML: {error}", where=name) from error
    if values is None:
        return Document({}, {}, ())
    if not isinstance(values, dict):
        raise ConfigError("settings must be 'name: value' lines", where=f"{name}:1:1")
    positions: dict[Key, Position] = {}
    if root is not None:
        _walk(root, (), name, positions)
    return Document(values, positions, tuple(text.splitlines()))


def _told(path: Path) -> str:
    """The file as a person names it: with its layer, where there are layers of the same name."""
    layered = path.parent.name in ("base", "local") and path.parent.parent.name == "conf"
    return f"conf/{path.parent.name}/{path.name}" if layered else path.name


def _walk(node: yaml.Node, key: Key, file: str, found: dict[Key, Position]) -> None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            path = (*key, str(name.value))
            if path in found:
                mark = name.start_mark
                where = f"{file}:{mark.line + 1}:{mark.column + 1}"
                raise ConfigError(f"'{'.'.join(path)}' stands twice", where=where)
            found[path] = Position(file, value.start_mark.line + 1, value.start_mark.column + 1)
            _walk(value, path, file, found)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            path = (*key, str(index))
            found[path] = Position(file, value.start_mark.line + 1, value.start_mark.column + 1)
            _walk(value, path, file, found)
