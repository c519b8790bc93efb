"""Messages as JSON to one address of the project's settings, signed, with a key for repeats."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from perdure.platform.outbox.message import Message, Outcome, Receipt
from perdure.platform.outbox.settings import WebhookSettings

KEY, SIGNATURE = "Idempotency-Key", "X-Perdure-Signature"
_AGAIN = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class WebhookOutbox:
    """Posts one message a request. Redirects and proxies are not followed.

    The signature is ``t=<seconds>,v1=<HMAC-SHA-256 of "<seconds>.<body>" in hex>``. The same
    message always carries the same ``Idempotency-Key``, its decision.
    """

    settings: WebhookSettings
    secret: bytes
    name: str = "webhook"
    repeatable: bool = True
    wait: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Each message, at most ``attempts`` times, with growing pauses."""
        for message in messages:
            yield self._sent(message)

    def _sent(self, message: Message) -> Receipt:
        body = json.dumps(message.as_dict(), sort_keys=True).encode()
        told = Receipt(message.decision, "refused", "not tried")
        reached = False
        for turn in range(self.settings.attempts):
            if turn:
                self.wait(2.0 ** (turn - 1))
            outcome, detail, again = self._post(message.decision, body)
            reached = reached or outcome == "unknown"
            told = Receipt(message.decision, outcome, detail)
            if not again:
                return told
        # An earlier turn may have arrived although the last one surely did not.
        return Receipt(message.decision, "unknown", told.detail) if reached else told

    def _post(self, key: str, body: bytes) -> tuple[Outcome, str, bool]:
        """The outcome, what was said, and whether another turn may help."""
        connection = self._connection()
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            return "refused", f"no connection: {error}"[:200], True
        try:
            connection.request("POST", self._target(), body, self._headers(key, body))
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return "unknown", f"no answer: {type(error).__name__}"[:200], True
        finally:
            connection.close()
        if 200 <= status < 300:
            return "sent", f"HTTP {status}", False
        if status >= 500:
            return "unknown", f"HTTP {status}", True
        return "refused", f"HTTP {status}", status in _AGAIN

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", KEY: key,
                SIGNATURE: signature(self.secret, body, int(self.now()))}  # fmt: skip

    def _target(self) -> str:
        parts = urlsplit(self.settings.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _connection(self) -> http.client.HTTPConnection:
        parts, timeout = urlsplit(self.settings.url), self.settings.timeout_seconds
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=timeout)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)


def signature(secret: bytes, body: bytes, seconds: int) -> str:
    """The header by which a receiver knows who sent the body, and when.

    >>> signature(b"s", b"{}", 0)[:15]
    't=0,v1=e79b1f6'
    """
    signed = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"
