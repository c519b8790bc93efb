"""Which solutions there are: folders of ``perdure.solutions`` and installed plug-ins."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points
from typing import Any

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.refs import load
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


def benchmarks() -> dict[str, str]:
    """The reference of every solution's benchmarks by name; UsageError when a name means two."""
    manifests = solutions()
    found: dict[str, str] = {}
    for manifest in manifests.values():
        for name, reference in manifest.benchmarks().items():
            if name in found or (name in manifests and name != manifest.name):
                raise UsageError(
                    f"benchmark '{name}' of solution '{manifest.name}' has a name that is taken",
                    hint="give it another name in the manifest",
                )
            found[name] = reference
    return found


def benchmark(name: str) -> Any:
    """The code of the benchmark of that name: a solution's own name, or one that it adds."""
    known = benchmarks()
    if name in known:
        return load(known[name])
    if name in solutions():
        raise UsageError(f"solution '{name}' has no benchmark", hint=did_you_mean("", known))
    raise UsageError(f"no benchmark named {name[:64]!r}", hint=did_you_mean(name, known))


def _built_in() -> list[str]:
    spec = importlib.util.find_spec(GROUP)
    places = spec.submodule_search_locations if spec else None
    folders = [f"{GROUP}.{m.name}.solution" for m in pkgutil.iter_modules(places or []) if m.ispkg]
    # A folder becomes a solution with its manifest; parts may be there before.
    return [module for module in folders if importlib.util.find_spec(module)]


def _plugged_in() -> list[str]:
    return [point.value.partition(":")[0] for point in entry_points(group=GROUP)]
