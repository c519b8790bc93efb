"""Runs the examples of the documentation: the blocks of one page, in order, in one folder.

* ``console``: lines that start with ``$`` are run, the other lines are the expected output. ``…``
  stands for anything, in a line or as a line of its own. ``# exit code 1`` behind a command says
  that it ends so; a block that expects ``error:`` expects some exit code but 0.
* ``python``: is executed; names stay known to the next block of the page.
* any block with ``title="PATH"``: is written to that file, for the commands to read.

Programs other than perdure are not run, and ``perdure up`` is only parsed: it would not end.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from sybil import Document, Example, Region, Sybil
from sybil.parsers.abstract.lexers import LexerCollection
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, FencedCodeBlockLexer

ANYTHING = "…"
NOT_RUN = {"make", "git", "pip", "python", "sh", "systemctl", "crontab", "uv"}
SERVES = {"up"}
_TITLE = re.compile(r"title=\"([^\"]+)\"")
_EXIT = re.compile(r"#\s*exit code (\d+)\s*$")
_LEXERS = LexerCollection(
    [
        FencedCodeBlockLexer(".+", mapping={"language": "arguments", "source": "source"}),
        DirectiveInHTMLCommentLexer("invisible-code-block", "console"),
    ]
)


class Wrong(AssertionError):
    """A command did not do what the page says."""


class Console:
    """A terminal of one page: a current folder, and words that only this page's test knows."""

    def __init__(self, folder: Path, special: dict[str, Callable[[Path], None]]) -> None:
        self.folder = folder
        self.special = special

    def block(self, text: str) -> None:
        """Run a console block and compare what it prints."""
        for command, expected in _commands(text):
            self._one(command, expected)

    def file(self, name: str, text: str) -> None:
        """Write a block to the file that its title names."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _one(self, command: str, expected: list[str]) -> None:
        words = shlex.split(command, comments=True)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
        elif words[0] in self.special:
            self.special[words[0]](self.folder)
        elif words[0] == "perdure":
            self._perdure(command, words[1:], expected)
        elif words[0] not in NOT_RUN:
            raise Wrong(f"$ {command}\nis no command that examples may use")

    def _perdure(self, command: str, words: list[str], expected: list[str]) -> None:
        wanted = int(match[1]) if (match := _EXIT.search(command)) else None
        code, printed = _run(words, self.folder)
        refused = any(line.startswith("error:") for line in expected)
        right = code == wanted if wanted is not None else (code != 0) == refused
        if not right:
            raise Wrong(f"$ {command}\nended with {code} and printed\n{printed}")
        if missing := _missing(expected, printed):
            raise Wrong(f"$ {command}\ndid not print {missing!r} but\n{printed}")


def _run(words: list[str], folder: Path) -> tuple[int, str]:
    from perdure.interfaces.cli.main import run

    printed = io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = _parsed(words) if words[0] in SERVES else run(words)
    finally:
        os.chdir(before)
    return code, printed.getvalue()


def _parsed(words: list[str]) -> int:
    """0 when the command understands its words; nothing is run."""
    from perdure.interfaces.cli.main import perdure

    command = perdure.get_command(click.Context(perdure), words[0])
    assert command is not None, words
    try:
        command.make_context(words[0], words[1:])
    except click.ClickException as error:
        error.show()
        return 2
    return 0


def _commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines expected after it; ``\\`` continues a command."""
    command, expected = "", list[str]()
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], []
        elif line.strip():
            expected.append(line.strip())
    if command:
        yield command, expected


def _missing(expected: list[str], printed: str) -> str | None:
    """The first expected line that does not follow in what was printed; blanks count once."""
    lines = iter([" ".join(line.split()) for line in printed.splitlines()])
    for line in expected:
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split(ANYTHING))
        spaced = pattern.replace(r"\ ", r"\s*")
        if line != ANYTHING and not any(re.fullmatch(spaced, found) for found in lines):
            return line
    return None


def evaluate(path: Path, console: Console) -> int:
    """Evaluate every example of a page; return how many there were."""

    def regions(document: Document) -> Iterable[Region]:
        for region in _LEXERS(document):
            info = region.lexemes["arguments"]
            region.parsed = region.lexemes["source"]
            if title := _TITLE.search(info):
                region.evaluator = _writer(console, title[1])
                yield region
            elif info.split()[0] == "console":
                region.evaluator = _typist(console)
                yield region

    page = Sybil([regions, PythonCodeBlockParser(), SkipParser()]).parse(path)
    count = 0
    for example in page.examples():
        before = Path.cwd()
        os.chdir(console.folder)
        try:
            example.evaluate()
        finally:
            os.chdir(before)
        count += 1
    return count


def _writer(console: Console, name: str) -> Callable[[Example], None]:
    return lambda example: console.file(name, str(example.parsed))


def _typist(console: Console) -> Callable[[Example], None]:
    return lambda example: console.block(str(example.parsed))
