"""Serves the console's files; each address carries its digest, so it may be kept for ever."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query, Response

from perdure.interfaces.console.assets import Asset, asset
from perdure.interfaces.console.own_files import own_asset
from perdure.interfaces.guard.policy import Policy, Routes

ROUTES = Routes(options={"include_in_schema": False})


Name = Annotated[str, Path(max_length=64)]
Digest = Annotated[str, Query(max_length=16)]
Packing = Annotated[str, Header(max_length=256)]


@ROUTES.get("/static/{name}", Policy.PUBLIC)
def static_file(name: Name, v: Digest = "", accept_encoding: Packing = "") -> Response:
    """One file, packed when the browser can unpack it."""
    found = asset(name)
    return _sent(found, accept_encoding, fresh=v == found.digest or name.endswith(".woff2"))


@ROUTES.get("/static/{solution}/{name}", Policy.READ)
def own_file(solution: Name, name: Name, v: Digest = "", accept_encoding: Packing = "") -> Response:
    """One file that a solution brings for its pages."""
    found = own_asset(solution, name)
    return _sent(found, accept_encoding, fresh=v == found.digest)


def _sent(found: Asset, accept_encoding: str, *, fresh: bool) -> Response:
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        "vary": "accept-encoding",
    }
    if found.packed is not None and "gzip" in accept_encoding:
        headers["content-encoding"] = "gzip"
        return Response(found.packed, media_type=found.media_type, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
