"""YAML that remembers where each value stands, so that an error can point at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from perdure.kernel.errors import ConfigError

Key = tuple[str, ...]

LARGEST = 1 << 20
DEEPEST = 50
MOST = 50_000
"""Bounds of one file: bytes, levels and values, those that aliases repeat included."""


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

    Raises :class:`ConfigError` for a file that is no YAML, or whose top is no mapping, for a key
    that stands twice (YAML itself would silently keep the last), and for one beyond the bounds.
    """
    name = _told(path)
    text = _text(path, name)
    positions: dict[Key, Position] = {}
    values = parsed(text, name, positions)
    if values is None:
        return Document({}, {}, ())
    if not isinstance(values, dict):
        raise ConfigError("settings must be 'name: value' lines", where=f"{name}:1:1")
    return Document(values, positions, tuple(text.splitlines()))


def parsed(text: str, name: str, positions: dict[Key, Position] | None = None) -> Any:
    """The value of a YAML text; ``positions`` is filled. ConfigError for what is not YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            # Before values are made of it: aliases may make very many of a short text.
            _walk(root, (), name, {} if positions is None else positions)
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError(f"not YAML: {error.problem}", where=where) from error
    except RecursionError as error:
        raise _too_much(f"more than {DEEPEST} levels", name) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"not YAML: {error}", where=name) from error


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise _too_much(f"more than {LARGEST >> 20} MiB", name)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "not UTF-8 text", where=f"{name}:{line}", hint="save the file as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=name) from error


def _too_much(what: str, where: str) -> ConfigError:
    return ConfigError(
        f"settings of {what}", where=where, expected=f"at most {DEEPEST} levels, {MOST:,} values"
    )


def _told(path: Path) -> str:
    """The file as a person names it: with its layer, where there are layers of the same name."""
    layered = path.parent.name in ("base", "local") and path.parent.parent.name == "conf"
    return f"conf/{path.parent.name}/{path.name}" if layered else path.name


def _walk(node: yaml.Node, key: Key, file: str, found: dict[Key, Position]) -> None:
    if len(key) > DEEPEST or len(found) > MOST:
        what = f"more than {DEEPEST} levels" if len(key) > DEEPEST else f"more than {MOST:,} values"
        raise _too_much(what, f"{file}:{node.start_mark.line + 1}")
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
