"""The ``perdure`` command: finds sub-commands by name, and turns errors into exit codes.

Exit codes: 0 done, 1 it could not be done or a verdict does not hold, 2 the call was wrong.
"""

from __future__ import annotations

import errno
import importlib
import json
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from perdure.kernel.errors import PerdureError, StoreError, UsageError, did_you_mean

COMMANDS = {
    "demo": "Build sample tables, run every solution's life cycle, open the console",
    "init": "Make a project folder",
    "up": "Serve the console and the API",
    "data": "Check, import or get tables",
    "run": "Run a solution: features, train, score, or all",
    "backfill": "Make features and predictions of past dates",
    "models": "List model versions, champions and challengers",
    "promote": "Make a model version the champion",
    "rollback": "Give the place back to the champion before",
    "decide": "Turn predictions into decisions, under limits",
    "outbox": "Say what may go out now; send it with --send",
    "restrict": "Record opt-outs, consents and deferrals",
    "feedback": "Record what became of a decision",
    "monitor": "Compare what comes in with what the model was made from",
    "bench": "Measure a solution with its honest protocol",
    "why": "Explain a solution or a decision",
    "config": "Show settings and where each comes from",
    "doctor": "Show versions, extras, paths, and what is wrong",
    "new": "Scaffold a new solution",
}
"""Every sub-command and what it does; help needs no import of the command itself."""


_RIGHTS = "check the rights of the folder: perdure writes below var of the project"
REFUSALS = {
    errno.EROFS: "perdure writes below var of the project: copy the project to a writable disk",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENOSPC: "free some space; what was not finished is done again by the same command",
    errno.EDQUOT: "free some space; what was not finished is done again by the same command",
    errno.EIO: "check the disk",
    errno.ENAMETOOLONG: "give it a shorter name",
}
"""What to do when the system refuses; other errors of the system are faults of perdure."""


class LazyGroup(click.Group):
    """A click group whose commands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"perdure.interfaces.cli.commands.{cmd_name}")
        found: click.Command = module.command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name when there is none."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            hint = did_you_mean(name, COMMANDS) or ""
            raise click.UsageError(f"no command '{name[:40]}'. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from perdure import __version__

        click.echo(f"perdure {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def perdure() -> None:
    """Models that decide whom to engage and what to suggest, made to last.

    Start with:  perdure demo
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and return the exit code; errors are printed, never raised."""
    try:
        result = perdure.main(arguments, prog_name="perdure", standalone_mode=False)
    except PerdureError as error:
        return _told(error, arguments)
    except click.ClickException as error:
        if "--json" in arguments:
            told = UsageError(error.format_message(), hint="see --help")
            click.echo(json.dumps(told.as_dict()))
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough; say nothing more
        return 1
    except Exception as error:  # noqa: BLE001  the last line of defence
        return _failed(error, arguments)
    except BaseException as error:
        # A panic of a Rust library is no Exception, and would print its own pages.
        if type(error).__name__ != "PanicException":
            raise
        return _unexpected(error, arguments)
    return result if isinstance(result, int) else 0


def _failed(error: Exception, arguments: list[str]) -> int:
    """What the system did not allow, as an error that says what to do; else a fault of ours."""
    if not isinstance(error, OSError) or error.errno not in REFUSALS:
        return _unexpected(error, arguments)
    refused = StoreError(
        f"the system refused: {error.strerror}",
        where=str(error.filename) if error.filename else None,
        hint=REFUSALS[error.errno],
    )
    return _told(refused, arguments)


def _unexpected(error: BaseException, arguments: list[str]) -> int:
    """A fault of ours: one line, and where the whole story was written."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="perdure-", suffix=".log", delete=False, encoding="utf-8"
    ) as story:
        traceback.print_exception(error, file=story)
    what = f"{type(error).__name__}: {str(error)[:300]}"
    if "--json" in arguments:
        told = PerdureError(f"a fault of perdure: {what}", where=story.name)
        click.echo(json.dumps(told.as_dict()))
    click.echo(
        f"error: a fault of perdure, not of yours: {what}\nWritten to {story.name}", err=True
    )
    return 1


def _told(error: PerdureError, arguments: list[str]) -> int:
    if "--json" in arguments:
        click.echo(json.dumps(error.as_dict()))
    click.echo(f"error: {error}", err=True)
    return error.exit_code
