"""The largest body that is read, whether its length was stated or not."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 1 << 20


class BodyLimit:
    """Stops reading a body that is larger than ``most`` bytes: whoever reads it gets 413."""

    def __init__(self, app: ASGIApp, most: int = MOST) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with a counted body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        length = int(stated) if stated.isascii() and stated.isdigit() else 0
        read = 0

        async def counted() -> Message:
            nonlocal read
            if length > self.most:
                raise HTTPException(413)
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
