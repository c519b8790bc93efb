"""Messages as e-mails, by the standard library, over STARTTLS."""

from __future__ import annotations

import csv
import smtplib
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from perdure.kernel.errors import UnreadableFile
from perdure.platform.outbox.message import Message, Receipt
from perdure.platform.outbox.settings import Letter, SmtpSettings

ADDRESSES = "addresses.csv"


@dataclass(frozen=True, slots=True)
class SmtpOutbox:
    """One e-mail a message. A mail server does not tell repeats apart, so nothing is repeated."""

    settings: SmtpSettings
    password: str
    addresses: Mapping[str, str]
    name: str = "smtp"
    repeatable: bool = False

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """E-mails over one connection a call; what cannot be written never opens it."""
        server: smtplib.SMTP | None = None
        try:
            for message in messages:
                mail = self._mail(message)
                if isinstance(mail, str):
                    yield Receipt(message.decision, "refused", mail)
                    continue
                try:
                    server = server or self._opened()
                except (OSError, smtplib.SMTPException, ValueError) as error:
                    yield Receipt(message.decision, "refused", _words("no connection", error))
                    continue
                receipt = _handed_over(server, mail, message.decision)
                if receipt.outcome == "unknown":
                    server.close()
                    server = None
                yield receipt
        finally:
            if server is not None:
                server.close()

    def _mail(self, message: Message) -> EmailMessage | str:
        """The e-mail, or why there is none."""
        address, letter = self.addresses.get(message.entity), self._letter(message)
        if address is None:
            return f"no address in {ADDRESSES}"
        if letter is None:
            return f"no letter for {message.action!r}"
        mail = EmailMessage()
        try:
            mail["From"], mail["To"] = self.settings.sender, address
            if [a.addr_spec for a in mail["To"].addresses if a.domain] != [address]:
                return "the address is not one plain address"
            mail["Subject"] = letter.subject
            domain = self.settings.sender.partition("@")[2]
            mail["Message-ID"] = f"<{message.decision}@{domain}>"
            mail.set_content(letter.text)
        except (ValueError, IndexError) as error:
            return _words("the address cannot be used", error)
        return mail

    def _letter(self, message: Message) -> Letter | None:
        letters = self.settings.letters
        return letters.get(f"{message.action}/{message.variant}") or letters.get(message.action)

    def _opened(self) -> smtplib.SMTP:
        made = self.settings
        server = smtplib.SMTP(made.host, made.port, timeout=made.timeout_seconds)
        try:
            if made.starttls:
                server.starttls(context=ssl.create_default_context())
            if made.username:
                server.login(made.username, self.password)
        except BaseException:
            server.close()
            raise
        return server


def read_addresses(path: Path) -> dict[str, str]:
    """Addresses by entity. Raises UnreadableFile for a file that holds none.

    An entity with two addresses gets none: nobody knows whose the other one is.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(r["entity"].strip(), r["address"].strip()) for r in csv.DictReader(file)]
    except (OSError, KeyError, AttributeError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(
            f"addresses cannot be read: {type(error).__name__}",
            where=f"conf/local/{path.name}", expected="columns entity, address",
        ) from error  # fmt: skip
    told: dict[str, set[str]] = {}
    for entity, address in rows:
        told.setdefault(entity, set()).add(address)
    return {entity: " and ".join(sorted(found)) for entity, found in told.items()}


def _handed_over(server: smtplib.SMTP, mail: EmailMessage, decision: str) -> Receipt:
    try:
        server.send_message(mail)
    except smtplib.SMTPServerDisconnected as error:
        return Receipt(decision, "unknown", _words("the server hung up", error))
    except (smtplib.SMTPException, ValueError) as error:
        return Receipt(decision, "refused", _words("the server refused", error))
    except OSError as error:
        return Receipt(decision, "unknown", _words("no answer", error))
    return Receipt(decision, "sent", "accepted by the mail server")


def _words(what: str, error: Exception) -> str:
    return f"{what}: {type(error).__name__}"[:200]
