"""``perdure decide``: predictions become decisions, under limits, with a hold-out."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.options import as_of_option, case_option
from perdure.interfaces.cli.output import emit, json_option, project_option


@click.command("decide")
@click.argument("solution")
@case_option
@as_of_option
@project_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    solution: str,
    case: str | None,
    as_of: str | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Decide whom to act upon, from the newest predictions of SOLUTION."""
    from perdure.interfaces.cli.cases import all_skipped, step_of_each

    results = step_of_each(folder, solution, case, as_of, "decide", Bar(quiet=as_json))
    text = "\n".join(f"  {r['case']:<16} {r.get('summary', '')}" for r in results)
    done = not all_skipped(results)
    following = "Next: perdure up   (accept or dismiss them in the console)"
    emit(
        {"solution": solution, "decisions": results},
        as_json=as_json,
        text=f"{text}\n{following if done else 'nothing was decided for any case'}",
    )
    if not done:
        ctx.exit(1)
