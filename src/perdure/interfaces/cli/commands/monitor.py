"""``perdure monitor``: is what comes in still what the model was made from?"""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.options import as_of_option, case_option
from perdure.interfaces.cli.output import emit, json_option, project_option, table


@click.command("monitor")
@click.argument("solution")
@case_option
@as_of_option
@project_option
@json_option
def command(
    solution: str, case: str | None, as_of: str | None, folder: Path | None, as_json: bool
) -> None:
    """Run the monitors of SOLUTION; an alarm names its evidence and what to do."""
    from perdure.interfaces.cli.cases import step_of_each

    results = step_of_each(folder, solution, case, as_of, "monitor", Bar(quiet=as_json))
    rows = [
        [r["case"], m["monitor"], m["subject"], m["state"], m["value"], m["text"]]
        for r in results
        for m in r["results"]
        if m["state"] != "ok"
    ]
    summary = "\n".join(f"  {r['case']:<16} {r.get('summary', '')}" for r in results)
    header = ["case", "monitor", "of", "state", "value", "what it says"]
    text = f"{table(header, rows)}\n{summary}" if rows else summary
    emit({"solution": solution, "monitors": results}, as_json=as_json, text=text)
