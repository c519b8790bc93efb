"""``perdure backfill``: features and predictions of past dates, as they would have been."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.options import case_option, moment
from perdure.interfaces.cli.output import emit, json_option, project_option


@click.command("backfill")
@click.argument("solution")
@click.option("--from", "since", metavar="DATE", required=True, help="First moment.")
@click.option("--to", "until", metavar="DATE", help="Last moment (default: the newest data).")
@click.option(
    "--every",
    "months",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1_200),
    help="Months between moments.",
)
@click.option("--score", is_flag=True, help="Score as well, with the champion of today.")
@case_option
@project_option
@json_option
def command(
    solution: str,
    since: str,
    until: str | None,
    months: int,
    score: bool,
    case: str | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Make the features (and predictions) of SOLUTION at past dates; what is there stays."""
    from perdure.interfaces.cli.cases import works
    from perdure.kernel.clock import same_day_or_month_end
    from perdure.kernel.errors import UsageError
    from perdure.platform.automation.pipelines.steps import run_step

    made: list[dict[str, Any]] = []
    bar = Bar(quiet=as_json)
    for work in works(folder, solution, case, bar):
        first, last = moment(since), work.as_of(moment(until))
        if first is None or first > last:
            raise UsageError(f"--from {since} lies after {last:%Y-%m-%d}", hint="see --to")
        step, at = 0, first
        while at <= last:
            made.extend(
                {"case": work.case, "as_of": at, **run_step(work, name, at)}
                for name in (("features", "score") if score else ("features",))
            )
            step += 1
            at = same_day_or_month_end(first, step * months)
    bar.clear()
    again = sum(bool(item.get("reused")) for item in made)
    emit({"runs": made}, as_json=as_json, text=f"{len(made)} runs, {again} of them done before")
