"""``perdure up``: the console and the API, on this machine only."""

from __future__ import annotations

from pathlib import Path

import click

from perdure.interfaces.cli.output import project_option


@click.command("up")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--open", "browse", is_flag=True, help="Open the browser.")
@project_option
def command(port: int, host: str, browse: bool, folder: Path | None) -> None:
    """Serve the console and the API of the project until ctrl-c."""
    from perdure.interfaces.cli.serving import serve
    from perdure.platform.storage.project import Project

    serve(Project.find(folder), host=host, port=port, browse=browse)
