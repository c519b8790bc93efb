"""Turns a template and its values into a page; every value is escaped."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from perdure.interfaces.console import drawings, words
from perdure.interfaces.console.assets import address

HERE = Path(__file__).parent
THEMES = ("light", "dark")


@cache
def environment() -> Environment:
    """The template environment, with each component as ``ui.<name>``."""
    found = Environment(
        loader=FileSystemLoader([HERE / "templates", HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for module in (words, drawings):
        found.filters.update({n: f for n, f in vars(module).items() if _is_filter(module, f)})
    ui = SimpleNamespace()
    found.globals.update(ui=ui, asset=address)
    for path in sorted((HERE / "components").glob("*.html")):
        name = path.stem.replace("-", "_")
        setattr(ui, name, getattr(found.get_template(f"components/{path.name}").module, name))
    return found


def _is_filter(module: Any, value: Any) -> bool:
    return callable(value) and getattr(value, "__module__", "") == module.__name__


def html(template: str, **values: Any) -> str:
    """The text of a template with its values."""
    return environment().get_template(template).render(**values)


def own_page(request: Request, template: str, values: Mapping[str, Any]) -> HTMLResponse:
    """A page from a template that a solution brings: ``package:file.html``.

    The template fills the blocks of ``shell.html`` and uses the same components.
    """
    package, _, name = template.partition(":")
    text = importlib.resources.files(package).joinpath(name).read_text(encoding="utf-8")
    made = environment().from_string(text)
    own = {"theme": _theme(request), "path": request.url.path}
    return HTMLResponse(made.render({**values, **own}))


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page, in the theme that the reader chose."""
    return HTMLResponse(
        html(template, theme=_theme(request), path=request.url.path, **values), status
    )


def _theme(request: Request) -> str:
    theme = request.cookies.get("theme", "")
    return theme if theme in THEMES else ""
