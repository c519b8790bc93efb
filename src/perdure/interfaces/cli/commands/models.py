"""``perdure models``: versions, champions and challengers."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.output import emit, json_option, project_option, table


@click.command("models")
@click.argument("name", required=False)
@project_option
@json_option
def command(name: str | None, folder: Path | None, as_json: bool) -> None:
    """List the model versions, of one NAME (such as conversion/voltaren) or of all."""
    from perdure.kernel.errors import UsageError, did_you_mean
    from perdure.platform.registry.registry import Registry
    from perdure.platform.storage.project import Project

    registry = Registry(Project.find(folder))
    known = registry.names()
    if name and name not in known:
        raise UsageError(f"no model named {name[:128]!r}", hint=did_you_mean(name, known))
    names = [name] if name else known
    found = [version for one in names for version in registry.versions(one)]
    header = ["model", "version", "state", "made", "training set", "measured"]
    rows = [
        [
            version.name,
            version.version,
            version.state,
            version.created_at,
            f"{version.training_table}@{version.training_version}",
            _measures(version.metrics),
        ]
        for version in found
    ]
    document = [dict(zip(header, row, strict=True)) for row in rows]
    text = table(header, rows) if rows else "no models yet. Next: perdure run SOLUTION"
    emit({"models": document}, as_json=as_json, text=text)


def _measures(metrics: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in list(metrics.items())[:3])
