"""Starts the server: loopback only, with a token, on a port that is really free."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

import click

from perdure.kernel.errors import StoreError, UsageError

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


def serve(project: Project, *, host: str, port: int, browse: bool = False) -> None:
    """Serve until interrupted; prints the address, with the token that opens it."""
    import uvicorn

    from perdure.interfaces.guard.gate import access_token
    from perdure.interfaces.http.app import create_app

    listener = listening(host, port)
    bound = listener.getsockname()[1]
    token = access_token(project.var)
    address = f"http://{host}:{bound}/?token={token}"
    click.echo(f"  console    {address}      ctrl-c to stop")
    if browse:
        click.launch(address)
    settings = uvicorn.Config(
        create_app(project, token), log_level="warning", server_header=False, access_log=False
    )
    uvicorn.Server(settings).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on a loopback address, on the next free port if this one is taken."""
    if not _is_loopback(host):
        raise UsageError(
            f"perdure serves this machine only, not {host}",
            expected="a loopback address such as 127.0.0.1",
            hint="put a proxy with TLS and users in front of it",
        )
    for candidate in (port, *range(port + 1, port + 20)):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError:
            listener.close()
            continue
        return listener
    raise StoreError(f"no free port from {port} to {port + 19}", hint="perdure up --port 0")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
