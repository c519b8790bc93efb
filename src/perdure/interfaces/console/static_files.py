"""Serves the console's files; each address carries its digest, so it may be kept for ever."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query, Response

from perdure.interfaces.console.assets import asset
from perdure.interfaces.guard.policy import Policy, Routes

ROUTES = Routes(options={"include_in_schema": False})


@ROUTES.get("/static/{name}", Policy.PUBLIC)
def static_file(
    name: Annotated[str, Path(max_length=64)],
    v: Annotated[str, Query(max_length=16)] = "",
    accept_encoding: Annotated[str, Header(max_length=256)] = "",
) -> Response:
    """One file, packed when the browser can unpack it."""
    found = asset(name)
    fresh = v == found.digest or name.endswith(".woff2")
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        "vary": "accept-encoding",
    }
    if found.packed is not None and "gzip" in accept_encoding:
        headers["content-encoding"] = "gzip"
        return Response(found.packed, media_type=found.media_type, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
