"""``perdure run``: the feature, training and inference pipelines of a solution."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.options import as_of_option, case_option, moment
from perdure.interfaces.cli.output import emit, json_option, project_option

if TYPE_CHECKING:
    from perdure.platform.automation.pipelines.work import Work

STEPS = ("features", "train", "score")


@click.command("run")
@click.argument("solution")
@click.argument("step", type=click.Choice([*STEPS, "all"]), default="all")
@case_option
@as_of_option
@click.option("--no-promote", is_flag=True, help="Train and judge, but leave the champion alone.")
@project_option
@json_option
def command(
    solution: str,
    step: str,
    case: str | None,
    as_of: str | None,
    no_promote: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Run SOLUTION: features, train, score, or all three, for one case or for every case."""
    from perdure.interfaces.cli.cases import works

    bar = Bar(quiet=as_json)
    steps = STEPS if step == "all" else (step,)
    results: list[dict[str, Any]] = []
    for work in works(folder, solution, case, bar):
        at = work.as_of(moment(as_of))
        for name in steps:
            results.append(_one(work, name, at, not no_promote))
            bar.clear()
            if not as_json:
                click.echo(_line(results[-1]))
    told = _mirror(folder) if {"train", "all"} & {step} else None
    if told and not as_json:
        click.echo(f"  {told}")
    emit({"solution": solution, "runs": results}, as_json=as_json, text=_following(solution, step))


def _one(work: Work, step: str, at: datetime, promote: bool) -> dict[str, Any]:
    from perdure.platform.automation.pipelines.steps import run_step

    options = {"promote": promote} if step == "train" else {}
    made = run_step(work, step, at, **options)
    return {"case": work.case, "step": step, "as_of": at, **made}


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
    following = f"Next: perdure decide {solution}, then perdure up"
    return following if step in {"all", "score"} else f"Next: perdure run {solution}"
