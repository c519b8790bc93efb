"""Every command, from click itself: usage, what it does, arguments and options."""

from __future__ import annotations

from collections.abc import Iterator

import click

from perdure.interfaces.cli.main import COMMANDS, perdure
from tools.reference.markdown import cell, code, page, table

INTRODUCTION = """\
Exit codes of all commands: 0 done, 1 it could not be done or a verdict does not hold, 2 the call
was wrong. Every command that prints takes `--json` and then prints one JSON object. A mistyped
name is answered with the nearest one."""


def pages() -> dict[str, str]:
    """The page of commands."""
    overview = table(
        ["command", "what it does"], [[f"`perdure {n}`", t] for n, t in COMMANDS.items()]
    )
    parts = [part for command in each_command() for part in [_section(*command)]]
    return {"reference/commands.md": page("Commands", INTRODUCTION, overview, *parts)}


def each_command() -> Iterator[tuple[str, click.Command]]:
    """Every command and sub-command with its full name, in the order of the help."""
    top = click.Context(perdure, info_name="perdure")
    for name in perdure.list_commands(top):
        command = perdure.get_command(top, name)
        assert command is not None, name
        yield f"perdure {name}", command
        if isinstance(command, click.Group):
            for sub, found in command.commands.items():
                yield f"perdure {name} {sub}", found


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    text = (command.help or "").replace("\b\n", "")
    parts = [f"## {name}", f"```text\n{usage}\n```", text]
    shown = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    rows = [[_names(option), cell(option.help or ""), _default(option)] for option in shown]
    return "\n\n".join([*parts, table(["option", "meaning", "default"], rows)])


def _names(option: click.Option) -> str:
    kind = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command('x')))}"
    return code(", ".join([*option.opts, *option.secondary_opts]) + kind)


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    if option.is_flag or option.multiple or not isinstance(option.default, (str, int, float)):
        return ""
    return code(option.default)
