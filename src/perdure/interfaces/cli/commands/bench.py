"""``perdure bench``: measured with an honest protocol, in one form for all."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.output import emit, json_option, table

if TYPE_CHECKING:
    from perdure.kernel.evidence import BenchReport, Measured


@click.command(
    "bench", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True}
)
@click.argument("name")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder or file.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@json_option
@click.pass_context
def command(
    ctx: click.Context, name: str, data: Path, options: tuple[str, ...], as_json: bool
) -> None:
    """Measure on DATA in its documented format; exit code 1 when a verdict fails.

    NAME is a solution, or a further benchmark of one. Other --name value options are the
    benchmark's own; see the documentation page of its solution.
    """
    from perdure.kernel.discovery import benchmark
    from perdure.kernel.errors import UsageError

    measure = benchmark(name)
    if not data.exists():
        raise UsageError(f"no file or folder {data}")
    bar, began = Bar(quiet=as_json), time.process_time()
    report: BenchReport = measure(data, _pairs(options), bar)
    bar.clear()
    report.seconds_cpu = time.process_time() - began
    emit(report.as_dict(), as_json=as_json, text=_for_people(report))
    if not report.holds():
        ctx.exit(1)


def _pairs(words: tuple[str, ...]) -> dict[str, str]:
    """``--name value`` and ``--flag`` as a mapping; a flag has the value ``true``."""
    found: dict[str, str] = {}
    name: str | None = None
    for word in words:
        if word.startswith("--"):
            head, equals, value = word[2:].partition("=")
            name = None if equals else head
            found[head] = value if equals else "true"
        elif name is not None:
            found[name], name = word, None
        else:
            raise click.UsageError(f"unexpected {word[:40]!r}")
    return found


def _for_people(report: BenchReport) -> str:
    rows = [[m.case, m.method, m.metric, m.value, _interval(m), m.n] for m in report.rows]
    parts = [table(["case", "method", "metric", "value", "95 % interval", "n"], rows)]
    for verdict in report.verdicts:
        word = "holds" if verdict.holds else "FAILS"
        parts.append(f"{word}  {verdict.name}: wanted {verdict.wanted}, found {verdict.measured}")
    return "\n".join([*parts, f"{report.seconds_cpu:.1f} CPU seconds"])


def _interval(measured: Measured) -> str:
    if measured.low is None or measured.high is None:
        return "-"
    return f"{measured.low:.3f} to {measured.high:.3f}"
