"""``perdure run``: the feature, training and inference pipelines of a solution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.options import as_of_option, case_option, moment
from perdure.interfaces.cli.output import emit, json_option, project_option

STEPS = ("features", "train", "score")


@click.command("run")
@click.argument("solution")
@click.argument("step", type=click.Choice([*STEPS, "all"]), default="all")
@case_option
@as_of_option
@click.option("--no-promote", is_flag=True, help="Train and judge, but leave the champion alone.")
@project_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    solution: str,
    step: str,
    case: str | None,
    as_of: str | None,
    no_promote: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Run SOLUTION: features, train, score, or all three, for one case or for every case."""
    from perdure.interfaces.cli.cases import all_skipped, step_or_skip, works

    bar = Bar(quiet=as_json)
    steps = STEPS if step == "all" else (step,)
    results: list[dict[str, Any]] = []
    for work in works(folder, solution, case, bar):
        at = work.as_of(moment(as_of))
        for name in steps:
            options = {"promote": not no_promote} if name == "train" else {}
            results.append(step_or_skip(work, name, at, named=case is not None, **options))
            bar.clear()
            if not as_json:
                click.echo(_line(results[-1]))
    told = _mirror(folder) if {"train", "all"} & {step} else None
    if told and not as_json:
        click.echo(f"  {told}")
    done = not all_skipped(results)
    text = _following(solution, step) if done else "nothing was done for any case"
    emit({"solution": solution, "runs": results}, as_json=as_json, text=text)
    if not done:
        ctx.exit(1)


def _mirror(folder: Path | None) -> str | None:
    """Copy the registry to MLflow, once for all cases; gives the words of a failure."""
    from perdure.platform.registry.mirror import mirror
    from perdure.platform.storage.project import Project

    done = mirror(Project.find(folder))
    return None if done.ok else f"note: {done.words}"


def _line(result: dict[str, Any]) -> str:
    again = "  (done before)" if result.get("reused") else ""
    return f"  {result['case']:<16} {result['step']:<9} {result.get('summary', '')}{again}"


def _following(solution: str, step: str) -> str:
    from perdure.kernel.discovery import solution as named

    if step not in {"all", "score"}:
        return f"Next: perdure run {solution}"
    decided = f"perdure decide {solution}, then " if named(solution).propose else ""
    return f"Next: {decided}perdure up"
