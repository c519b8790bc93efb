"""Receivers on the loopback: an HTTP server and a mail server, each of a few lines."""

from __future__ import annotations

import http.server
import socketserver
import threading
from contextlib import contextmanager


class Posted(http.server.BaseHTTPRequestHandler):
    """Keeps what was posted; answers with the server's next status, 200 when there is none."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((dict(self.headers), body, self.path))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status is None:  # hangs up without an answer
            return
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Mailbox(socketserver.StreamRequestHandler):
    """As much SMTP as one e-mail needs; ``server.refuse`` refuses recipients."""

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split(":")[0]
            if word.startswith("DATA"):
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())
                if self.server.hang_up:
                    return
                self._say("250 kept")
            elif word.startswith("RCPT") and self.server.refuse:
                self._say("550 no such user")
            elif word.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def http_server(*statuses):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Posted) as server:
        server.posted, server.statuses = [], list(statuses)
        with _running(server):
            yield server


@contextmanager
def mail_server(*, refuse=False, hang_up=False):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.mails, server.refuse, server.hang_up = [], refuse, hang_up
        with _running(server):
            yield server


@contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
