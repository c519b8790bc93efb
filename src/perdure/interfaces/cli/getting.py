"""``perdure data get``: fetch a public file, after asking."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.output import emit, json_option, project_option, table
from perdure.kernel.errors import UsageError

if TYPE_CHECKING:
    from perdure.kernel.downloads import Download
    from perdure.platform.automation.downloads import Landed


@click.command("get")
@click.argument("name", required=False)
@click.option("--from", "address", metavar="ADDRESS", help="Address of another edition (https).")
@click.option("--yes", is_flag=True, help="Accept the licence; needed where nobody can be asked.")
@click.option("--changed", is_flag=True, help="Accept a file that is not the one of last time.")
@project_option
@json_option
def get(
    name: str | None,
    address: str | None,
    yes: bool,
    changed: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Fetch the public file NAME from its owner, after asking; without NAME, list them."""
    if name is None:
        _list(as_json=as_json)
    else:
        landed = _fetch(name, address, folder, yes=yes, changed=changed, as_json=as_json)
        emit(asdict(landed), as_json=as_json, text=_told(landed))


def _fetch(
    name: str, address: str | None, folder: Path | None, *, yes: bool, changed: bool, as_json: bool
) -> Landed:
    from perdure.platform.automation import downloads
    from perdure.platform.storage.fetch import checked_address
    from perdure.platform.storage.project import Project

    found = downloads.offer(name).download
    source = checked_address(downloads.address_of(found, address))
    project = Project.find(folder)
    if not yes:
        _ask(found, source, as_json=as_json)
    bar = Bar(quiet=as_json)
    landed = downloads.get(project, name, address, bar, changed=changed)
    bar.clear()
    return landed


def _list(*, as_json: bool) -> None:
    from perdure.platform.automation.downloads import offers

    found = offers()
    rows = [
        [name, "page" if o.download.page else "file", o.solution.name, o.download.title]
        for name, o in found.items()
    ]
    listed = [{**asdict(o.download), "solution": o.solution.name} for o in found.values()]
    shown = table(["name", "address is a", "for", "what"], rows)
    text = f"{shown}\nNext: perdure data get NAME (nothing is fetched before you agree)"
    emit({"downloads": listed}, as_json=as_json, text=text)


def _ask(found: Download, source: str, *, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise UsageError(
            f"nobody can be asked whether the licence of '{found.name}' is accepted",
            expected=f"--yes, which accepts: {found.licence}",
            hint=f"perdure data get {found.name} --yes",
        )
    click.echo(_offered(found, source))
    click.confirm("Fetch it under these terms?", abort=True)


def _offered(found: Download, source: str) -> str:
    told: dict[str, Any] = {
        "what": found.title,
        "address": source,
        "size": "not known" if found.size is None else f"{found.size:,} bytes",
        "checksum": found.sha256 or "not known",
        "note": found.note,
        "licence": found.licence,
    }
    return "\n".join(f"  {name:<9} {value}" for name, value in told.items() if value)


def _told(landed: Landed) -> str:
    packed = landed.path.suffix.lower() == ".zip"
    following = f"perdure data import {landed.importer or 'NAME'} {landed.path.parent}"
    return (
        f"{landed.path}: {landed.size:,} bytes\n"
        f"  sha256    {landed.sha256}\n"
        f"  compared  with {landed.checked}\n"
        f"Next: {'unpack it there, then ' if packed else ''}{following}"
    )
