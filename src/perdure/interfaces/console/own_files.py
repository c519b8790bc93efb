"""Files that solutions bring for their pages: only those that a manifest names can be had."""

from __future__ import annotations

import importlib.resources
from functools import cache
from pathlib import PurePosixPath

from perdure.interfaces.console.assets import Asset, made
from perdure.interfaces.guard.refusals import Missing
from perdure.kernel.discovery import solutions
from perdure.kernel.solution import Page, Solution


def own_asset(solution: str, name: str) -> Asset:
    """The file of that name among those that the solution's pages name; else Missing."""
    manifest = solutions().get(solution)
    for reference in _named(manifest) if manifest else ():
        if _name(reference) == name:
            return _read(reference)
    raise Missing("no such file of the solution")


def addresses(solution: Solution, page: Page) -> dict[str, tuple[str, ...]]:
    """The addresses of a page's scripts and styles; each changes when its file does."""
    return {
        "own_scripts": tuple(_address(solution, reference) for reference in page.scripts),
        "own_styles": tuple(_address(solution, reference) for reference in page.styles),
    }


def _named(manifest: Solution) -> list[str]:
    return [name for page in manifest.pages for name in (*page.scripts, *page.styles)]


def _name(reference: str) -> str:
    return PurePosixPath(reference.partition(":")[2]).name


def _address(solution: Solution, reference: str) -> str:
    return f"/static/{solution.name}/{_name(reference)}?v={_read(reference).digest}"


@cache
def _read(reference: str) -> Asset:
    package, _, name = reference.partition(":")
    content = importlib.resources.files(package).joinpath(name).read_bytes()
    return made(content, PurePosixPath(name).suffix)
