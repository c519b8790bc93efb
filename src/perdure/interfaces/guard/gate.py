"""The gate: knows the token, and lets a call pass or refuses it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request

from perdure.interfaces.guard.policy import Policy
from perdure.interfaces.guard.refusals import CrossSite, NotSignedIn

COOKIE = "perdure"


def access_token(folder: Path) -> str:
    """The token of this project, made at first use in a file that only its owner can read."""
    path = folder / "token"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        return path.read_text().strip()
    token = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w") as file:
        file.write(token)
    return token


@dataclass(frozen=True, slots=True)
class Gate:
    """Checks one request against the policy of its route. No token: everyone who reaches it.

    >>> gate = Gate("secret"); gate.knows("secret"), gate.knows("Secret"), gate.knows("")
    (True, False, False)
    """

    token: str | None

    def __call__(self, request: Request, policy: Policy) -> None:
        """Raise :class:`NotSignedIn` or :class:`CrossSite`, or let the call pass."""
        if policy is Policy.PUBLIC:
            return
        bearer = self._by_bearer(request)
        if not (bearer or self.token is None or self._by_cookie(request)):
            raise NotSignedIn
        if policy.writes and not bearer and not self._from_own_page(request):
            raise CrossSite

    def knows(self, token: str) -> bool:
        """Whether this is the token; takes the same time whichever character differs."""
        return self.token is not None and hmac.compare_digest(token.encode(), self.token.encode())

    def cookie(self) -> str:
        """What the browser keeps: made from the token, useless as a token."""
        return hashlib.sha256(f"console:{self.token}".encode()).hexdigest()

    def _by_bearer(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.knows(given.strip())

    def _by_cookie(self, request: Request) -> bool:
        given = request.cookies.get(COOKIE, "")
        return hmac.compare_digest(given.encode(), self.cookie().encode())

    def _from_own_page(self, request: Request) -> bool:
        """A browser says where a call comes from; only a caller without a browser says nothing."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin")
        if origin is not None:
            return urlsplit(origin).netloc == request.headers.get("host", "")
        return self.token is None
