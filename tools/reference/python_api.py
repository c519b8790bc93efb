"""The Python reference, read from the source by griffe: signatures and docstrings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import griffe

from tools.reference.markdown import docstring, page

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "kernel": "perdure.kernel",
    "methods": "perdure.methods",
    "platform": "perdure.platform",
}
LEFT_OUT = {"perdure.platform.storage.migrations"}
INTRODUCTION = """\
For authors of solutions, and for readers of the code. The names in `perdure.__all__` are the
stable part; a change to them is a change of the major version. Names that start with `_` are left
out."""


@cache
def package() -> griffe.Module:
    """The package, read and not imported."""
    loaded = griffe.load("perdure", search_paths=[str(ROOT / "src")], allow_inspection=False)
    assert isinstance(loaded, griffe.Module)
    return loaded


def pages() -> dict[str, str]:
    """One page per part."""
    made = {}
    for title, path in PARTS.items():
        start = package()[path.partition(".")[2]]
        parts = [part for module in each_module(start) for part in _module(module)]
        made[f"reference/python-{title}.md"] = page(f"Python: {title}", INTRODUCTION, *parts)
    return made


def each_module(module: griffe.Module) -> Iterator[griffe.Module]:
    """The module and all below it, by name."""
    if module.path in LEFT_OUT:
        return
    yield module
    for name, member in sorted(module.modules.items()):
        if not name.startswith("_") and not member.is_alias:
            yield from each_module(member)


def public_members(owner: griffe.Module | griffe.Class) -> Iterator[griffe.Class | griffe.Function]:
    """Classes and functions that the owner itself defines and does not hide."""
    for name, member in owner.members.items():
        shown = not name.startswith("_") and not member.is_alias
        if shown and isinstance(member, (griffe.Class, griffe.Function)):
            yield member


def _module(module: griffe.Module) -> Iterator[str]:
    text = docstring(module.docstring.value) if module.docstring else ""
    yield f"## {module.path}\n\n{text}"
    for member in public_members(module):
        yield from _member(member, "###")
        if isinstance(member, griffe.Class):
            for method in public_members(member):
                yield from _member(method, "####")


def _member(member: griffe.Class | griffe.Function, level: str) -> Iterator[str]:
    owner = f"{member.parent.name}." if isinstance(member.parent, griffe.Class) else ""
    yield f"{level} {owner}{member.name}"
    yield f"```python\n{signature(member)}\n```"
    if member.docstring:
        yield docstring(member.docstring.value)


def signature(member: griffe.Class | griffe.Function) -> str:
    """The signature on one line, as it would be written."""
    if isinstance(member, griffe.Class):
        bases = ", ".join(map(str, member.bases))
        fields = [
            f"    {a.name}: {a.annotation}" + (f" = {a.value}" if a.value is not None else "")
            for a in member.attributes.values()
            if a.annotation is not None and not a.name.startswith("_")
        ]
        head = f"class {member.name}({bases})" if bases else f"class {member.name}"
        return "\n".join([head + (":" if fields else ""), *fields])
    kept = [p for p in member.parameters if p.name not in {"self", "cls"}]
    named = "property" in member.labels
    call = "" if named else f"({_parameters(kept)})"
    return f"{member.name}{call} -> {member.returns or 'None'}"


def _parameters(parameters: list[griffe.Parameter]) -> str:
    told, star = [], False
    for p in parameters:
        if p.kind is griffe.ParameterKind.keyword_only and not star:
            told.append("*")
            star = True
        star = star or p.kind is griffe.ParameterKind.var_positional
        mark = (
            {
                griffe.ParameterKind.var_positional: "*",
                griffe.ParameterKind.var_keyword: "**",
            }.get(p.kind, "")
            if p.kind
            else ""
        )
        annotation = f": {p.annotation}" if p.annotation is not None else ""
        default = f" = {p.default}" if p.default is not None and not mark else ""
        told.append(f"{mark}{p.name}{annotation}{default}")
    return ", ".join(told)
