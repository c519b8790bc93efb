"""``conf/base/outbox.yaml``: which channel goes out by what. Nothing does unless it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from perdure.kernel.config import Settings, load_settings

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

Kind = Literal["none", "csv", "webhook", "smtp"]
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class WebhookSettings(Settings):
    """Where messages are posted. ``secret_env`` names the environment variable of the secret."""

    url: str
    secret_env: str = Field(min_length=1)
    timeout_seconds: float = Field(default=10, gt=0, le=120)
    attempts: int = Field(default=3, ge=1, le=10)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        parts = urlsplit(self.url)
        if not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise ValueError("url must be printable ASCII without blanks")
        # An impossible port raises here, and not when a message is on its way.
        _ = parts.port
        if not parts.hostname or parts.username or parts.scheme not in ("http", "https"):
            raise ValueError("url must be https://host/path, without a user")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("url must be https: what goes out names people")
        return self


class Letter(Settings):
    """Subject and text of an e-mail."""

    subject: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    text: str = Field(min_length=1)


class SmtpSettings(Settings):
    """The mail server. ``password_env`` names the environment variable of the password.

    ``letters``: by action, or by ``action/variant``. Addresses come from
    ``conf/local/addresses.csv`` (columns entity, address), which is never committed.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65_535)
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    username: str | None = None
    password_env: str | None = None
    starttls: bool = True
    timeout_seconds: float = Field(default=20, gt=0, le=120)
    letters: dict[str, Letter]

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if not self.starttls and self.host not in _LOOPBACK:
            raise ValueError("starttls may be off for this machine only")
        if bool(self.username) != bool(self.password_env):
            raise ValueError("username and password_env come together")
        return self


class OutboxSettings(Settings):
    """``channels``: channel to none, csv, webhook or smtp. A channel that is not there: none."""

    channels: dict[str, Kind] = Field(default_factory=dict)
    webhook: WebhookSettings | None = None
    smtp: SmtpSettings | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for kind in ("webhook", "smtp"):
            if kind in self.channels.values() and getattr(self, kind) is None:
                raise ValueError(f"a channel goes out by {kind}, which is not described")
        return self

    def kind(self, channel: str) -> Kind:
        """By what a channel goes out.

        >>> OutboxSettings(channels={"email": "csv"}).kind("sms")
        'none'
        """
        return self.channels.get(channel, "none")


def outbox_settings(project: Project) -> OutboxSettings:
    """The settings of a project: conf/base, then conf/local, then the environment."""
    return load_settings(OutboxSettings, "outbox", project.layers("outbox")).value
