"""Which solutions there are: folders of ``perdure.solutions`` and installed plug-ins."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.solution import Solution

GROUP = "perdure.solutions"


def solutions() -> dict[str, Solution]:
    """Every manifest by name, in alphabetical order. Imports manifests only, no ML library."""
    found: dict[str, Solution] = {}
    for module in (*_built_in(), *_plugged_in()):
        manifest = importlib.import_module(module).SOLUTION
        found[manifest.name] = manifest
    return dict(sorted(found.items()))


def solution(name: str) -> Solution:
    """The manifest of that name; an unknown one is an error that names the nearest."""
    known = solutions()
    if name not in known:
        raise UsageError(f"no solution named {name[:64]!r}", hint=did_you_mean(name, known))
    return known[name]


def _built_in() -> list[str]:
    spec = importlib.util.find_spec(GROUP)
    places = spec.submodule_search_locations if spec else None
    folders = [f"{GROUP}.{m.name}.solution" for m in pkgutil.iter_modules(places or []) if m.ispkg]
    # A folder becomes a solution with its manifest; parts may be there before.
    return [module for module in folders if importlib.util.find_spec(module)]


def _plugged_in() -> list[str]:
    return [point.value.partition(":")[0] for point in entry_points(group=GROUP)]
