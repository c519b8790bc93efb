"""Every error that perdure raises on purpose, with its exit code."""

from __future__ import annotations

import inspect

from perdure.kernel import errors
from tools.reference.markdown import cell, code, page, table

INTRODUCTION = """\
An error says what happened, where (file, line, column, table or field), what was expected, and
what to do next. With `--json` the same facts are printed as one object."""


def pages() -> dict[str, str]:
    """The page of errors."""
    tree = (errors.__doc__ or "").partition("::\n\n")[2]
    rows = [
        [code(found.__name__), found.exit_code, cell((found.__doc__ or "").splitlines()[0])]
        for found in each_error()
    ]
    drawn = f"```text\n{inspect.cleandoc(tree)}\n```"
    listed = table(["error", "exit code", "meaning"], rows)
    return {"reference/errors.md": page("Errors", INTRODUCTION, drawn, listed)}


def each_error() -> list[type[errors.PerdureError]]:
    """The error classes, in the order in which they are defined."""
    return [
        found
        for found in vars(errors).values()
        if inspect.isclass(found) and issubclass(found, errors.PerdureError)
    ]
