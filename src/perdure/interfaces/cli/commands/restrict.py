"""``perdure restrict``: opt-outs, consents and deferrals, so that no decision breaks them."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.options import actor
from perdure.interfaces.cli.output import emit, json_option, project_option


@click.command("restrict")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@project_option
@json_option
def command(file: Path, folder: Path | None, as_json: bool) -> None:
    """Record every row of FILE (CSV or Parquet): entity, kind, starts; ends, channel, scope.

    Kinds: opt-out, consent-withdrawn, deferral, consent, or a name of your own. One row that
    cannot be read stops the whole import: a restriction must not be skipped.
    """
    from perdure.platform.decisions.restriction_files import restrict_file
    from perdure.platform.storage.project import Project

    rows = restrict_file(Project.find(folder), file, source=f"{actor()}:{file.name}")
    emit({"restrictions": rows}, as_json=as_json, text=f"{rows:,} restrictions recorded")
