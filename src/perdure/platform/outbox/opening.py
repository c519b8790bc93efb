"""The outboxes of a project, opened from its settings; secrets come from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from perdure.kernel.errors import UsageError
from perdure.kernel.names import slug
from perdure.platform.outbox.csv_file import CsvOutbox
from perdure.platform.outbox.message import Outbox
from perdure.platform.outbox.settings import OutboxSettings
from perdure.platform.outbox.smtp import ADDRESSES, SmtpOutbox, read_addresses
from perdure.platform.outbox.webhook import WebhookOutbox

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


def open_outbox(
    project: Project,
    settings: OutboxSettings,
    kind: str,
    solution: str,
    case: str,
    environ: Mapping[str, str] | None = None,
) -> Outbox:
    """The outbox of that kind. Raises UsageError when a secret that it names is not set."""
    known = os.environ if environ is None else environ
    if kind == "csv":
        return CsvOutbox(project.var / "outbox" / f"{solution}.{slug(case)}.csv")
    if kind == "webhook" and settings.webhook:
        secret = _secret(settings.webhook.secret_env, known)
        return WebhookOutbox(settings.webhook, secret.encode())
    if kind == "smtp" and settings.smtp:
        named = settings.smtp.password_env
        password = _secret(named, known) if named else ""
        addresses = read_addresses(project.root / "conf" / "local" / ADDRESSES)
        return SmtpOutbox(settings.smtp, password, addresses)
    raise UsageError(f"no outbox {kind!r} is described", where="conf/base/outbox.yaml")


def _secret(variable: str, environ: Mapping[str, str]) -> str:
    found = environ.get(variable, "")
    if not found:
        raise UsageError(
            f"the environment variable {variable} is not set",
            where="outbox",
            hint=f"export {variable}=...; the secret itself never stands in a file of the project",
        )
    return found
