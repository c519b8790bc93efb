"""Typed settings in layers: defaults, ``conf/base``, ``conf/local``, then the environment.

Every value knows where it came from, and every error points at file, line and column.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from perdure.kernel.errors import ConfigError, did_you_mean
from perdure.kernel.positions import Document, Key, Position, parsed, read_yaml

PREFIX = "PERDURE__"


class Settings(BaseModel):
    """Base of every settings model: frozen, and an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Loaded(Generic[M]):
    """Validated settings and where each value came from."""

    value: M
    origins: Mapping[Key, str]


def load_settings(
    model: type[M],
    name: str,
    layers: Iterable[Path],
    environ: Mapping[str, str] | None = None,
) -> Loaded[M]:
    """The settings of ``name`` from YAML files (later ones win), then ``PERDURE__NAME__KEY``.

    Mappings merge key by key, except that a key whose value is ``null`` in a later layer is
    dropped; any other value replaces the earlier one. Missing files are skipped.
    """
    documents = [read_yaml(path) for path in layers if path.is_file()]
    merged: dict[str, Any] = {}
    origins: dict[Key, str] = {}
    sources: dict[Key, Position] = {}
    for document in documents:
        _merge(merged, document.values)
        sources.update(document.positions)
        origins.update({key: str(place) for key, place in document.positions.items()})
    for key, variable, value in _from_environment(name, os.environ if environ is None else environ):
        _set(merged, key, value)
        origins[key] = f"environment {variable}"
        sources.pop(key, None)
    try:
        return Loaded(model.model_validate(merged), origins)
    except ValidationError as error:
        raise _explained(error, model, name, documents, sources, origins) from error


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        key = str(name)
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = _copy(value)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _copy(v) for k, v in value.items()}
    return value


def _from_environment(name: str, environ: Mapping[str, str]) -> list[tuple[Key, str, Any]]:
    start = f"{PREFIX}{name.upper()}__"
    found = []
    for variable, text in sorted(environ.items()):
        if variable.startswith(start):
            key = tuple(part.lower() for part in variable[len(start) :].split("__"))
            found.append((key, variable, parsed(text, f"environment {variable}")))
    return found


def _set(into: dict[str, Any], key: Key, value: Any) -> None:
    for part in key[:-1]:
        if not isinstance(into.get(part), dict):
            into[part] = {}
        into = into[part]
    into[key[-1]] = value


def _explained(
    error: ValidationError,
    model: type[BaseModel],
    name: str,
    documents: list[Document],
    sources: Mapping[Key, Position],
    origins: Mapping[Key, str],
) -> ConfigError:
    told = [_one(item, model, name, documents, sources, origins) for item in error.errors()[:5]]
    more = error.error_count() - len(told)
    text = "\n".join(told) + (f"\n… and {more} more" if more > 0 else "")
    return ConfigError(text)


def _one(
    item: Any,
    model: type[BaseModel],
    name: str,
    documents: list[Document],
    sources: Mapping[Key, Position],
    origins: Mapping[Key, str],
) -> str:
    key = tuple(str(part) for part in item["loc"])
    message = str(item["msg"])
    if item["type"] == "extra_forbidden":
        message = f"no such setting. {did_you_mean(key[-1], _known(model, key[:-1])) or ''}".strip()
    place = next((sources[key[:n]] for n in range(len(key), 0, -1) if key[:n] in sources), None)
    where = str(place) if place else origins.get(key, name)
    return f"{where}  {'.'.join(key)}: {message}{_picture(place, documents)}"


def _known(model: type[BaseModel], key: Key) -> list[str]:
    found: Any = model
    for part in key:
        field = found.model_fields.get(part) if hasattr(found, "model_fields") else None
        found = field.annotation if field is not None else None
    return list(found.model_fields) if hasattr(found, "model_fields") else []


def _picture(place: Position | None, documents: list[Document]) -> str:
    if place is None:
        return ""
    for document in reversed(documents):
        if place in document.positions.values():
            line = document.lines[place.line - 1]
            return f"\n    {line}\n    {' ' * (place.column - 1)}^"
    return ""
