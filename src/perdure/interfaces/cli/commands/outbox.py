"""``perdure outbox``: what may go out now; with ``--send`` it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.options import case_option
from perdure.interfaces.cli.output import emit, json_option, project_option

if TYPE_CHECKING:
    from perdure.platform.outbox.sending import Dispatch


@click.command("outbox")
@click.argument("solution")
@case_option
@click.option("--send", is_flag=True, help="Send; without it only say what would go.")
@click.option("--most", default=500, show_default=True, type=click.IntRange(1, 100_000),
              help="At most so many of each case.")  # fmt: skip
@click.option("--again", multiple=True, metavar="DECISION",
              help="Send it although it was perhaps sent before (repeatable).")  # fmt: skip
@project_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    solution: str,
    case: str | None,
    send: bool,
    most: int,
    again: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> None:
    """Say what may go out for SOLUTION now, by channel; send it with --send.

    Every decision is looked at again: opt-outs, deferrals, quiet hours and answers since then
    hold it back. conf/base/outbox.yaml says which channel goes out by what; the default is none.
    """
    from perdure.kernel.discovery import solution as named
    from perdure.platform.outbox.sending import dispatch
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    manifest = named(solution)
    cases = [project.case(manifest, case)] if case else project.cases(manifest)
    made = [dispatch(project, solution, c, send=send, most=most, again=again) for c in cases]
    following = "" if send else "\nNothing was sent. Next: perdure outbox " + solution + " --send"
    emit(
        {"solution": solution, "sent": send, "outbox": [_told(one) for one in made]},
        as_json=as_json,
        text="\n".join(map(_words, made)) + following,
    )
    if any(one.failed() for one in made):
        ctx.exit(1)


def _told(made: Dispatch) -> dict[str, Any]:
    return {
        "case": made.case, "at": made.at, "going": made.going(), "held": made.held(),
        "failed": made.failed(),
        "messages": [
            {**item.message.as_dict(), "outbox": item.outbox, "held": list(item.held),
             "outcome": item.receipt.outcome if item.receipt else None,
             "detail": item.receipt.detail if item.receipt else ""}
            for item in made.items
        ],
    }  # fmt: skip


def _words(made: Dispatch) -> str:
    lines = [f"  {made.case}"]
    verb = "sent" if made.sent else "would go"
    for verb_, counts in ((verb, made.going()), ("held back", made.held()),
                          ("not sent", made.failed())):  # fmt: skip
        lines += [f"    {verb_:<10} {count:>6,}  {what}" for what, count in counts.items()]
    return "\n".join(lines if len(lines) > 1 else [*lines, "    nothing is open"])
