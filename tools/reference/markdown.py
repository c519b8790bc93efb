"""Small pieces of Markdown, safely put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ROLE = re.compile(r":\w+:`~?([^`<]+?)(?: <[^`]*>)?`")


def cell(value: object) -> str:
    """Text that cannot break out of a table cell."""
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")


def code(value: object) -> str:
    """Text set as code; nothing for nothing."""
    text = " ".join(str(value).split())
    return f"`{text}`" if text else ""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; empty when there are no rows. Cells set as code are left as they are."""
    lines = [f"| {' | '.join(map(_kept, row))} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines]) + "\n"


def _kept(value: object) -> str:
    text = str(value)
    return text.replace("|", "\\|") if text.startswith("`") or "](" in text else cell(text)


def page(title: str, *parts: str) -> str:
    """A whole page; empty parts leave no gap."""
    return "\n\n".join([f"# {title}", *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def docstring(text: str) -> str:
    """A docstring as Markdown: roles become code, doctests and ``::`` blocks become fences.

    >>> docstring("See :class:`~a.B`.\\n\\n>>> 1 + 1\\n2")
    'See `a.B`.\\n\\n```python\\n>>> 1 + 1\\n2\\n```'
    """
    paragraphs = re.split(r"\n\s*\n", _ROLE.sub(r"`\1`", text.strip("\n")))
    made: list[str] = []
    for paragraph in paragraphs:
        if paragraph.lstrip().startswith(">>>"):
            made.append(f"```python\n{paragraph}\n```")
        elif made and made[-1].endswith("::"):
            made[-1] = made[-1].removesuffix("::").rstrip()
            made.append(f"```text\n{paragraph}\n```")
        else:
            made.append(paragraph)
    return "\n\n".join(part for part in made if part)
