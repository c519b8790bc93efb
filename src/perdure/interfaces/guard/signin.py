"""Signing in: the link that ``perdure up`` prints carries the token once, then a cookie does."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from perdure.interfaces.guard.gate import COOKIE, Gate


class SignIn:
    """Turns ``GET /?token=...`` into a cookie and an address without the token."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app, self.gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the link when its token is right; pass everything else on."""
        answer: ASGIApp = self.app
        if scope["type"] == "http" and scope["path"] == "/" and self._is_right(Request(scope)):
            answer = self._welcome()
        await answer(scope, receive, send)

    def _is_right(self, request: Request) -> bool:
        return request.method == "GET" and self.gate.knows(request.query_params.get("token", ""))

    def _welcome(self) -> RedirectResponse:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, self.gate.cookie(), httponly=True, samesite="strict", path="/")
        return answer
