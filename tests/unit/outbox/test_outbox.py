"""What goes out, what is held back, and what happens when something breaks in between."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from servers import http_server, mail_server
from sqlalchemy import select

from perdure.kernel.clock import FixedClock
from perdure.kernel.errors import PerdureError, UsageError
from perdure.platform.decisions.lookup import open_actions
from perdure.platform.decisions.restrictions import Restriction, restrict
from perdure.platform.feedback.lookup import feedback_about
from perdure.platform.outbox import sending
from perdure.platform.outbox.csv_file import CsvOutbox
from perdure.platform.outbox.message import Message
from perdure.platform.outbox.records import OUTBOX
from perdure.platform.outbox.sending import NO_OUTBOX, UNSURE, dispatch
from perdure.platform.outbox.settings import WebhookSettings, outbox_settings
from perdure.platform.outbox.webhook import KEY, SIGNATURE, WebhookOutbox

CASE = ("donor_test", "north")
SECRET = {"HOOK_SECRET": "quiet", "MAIL_PASSWORD": "quiet"}
HOOK = "channels: {{email: webhook}}\nwebhook: {{url: '{}', secret_env: HOOK_SECRET, attempts: {}}}"
MAIL = (
    "channels: {{email: smtp}}\nsmtp:\n  host: 127.0.0.1\n  port: {}\n  starttls: false\n"
    "  sender: us@example.org\n  timeout_seconds: 5\n  letters:\n"
    "    email: {{subject: Give blood, text: Please come}}\n"
    "    email/B: {{subject: You are needed, text: Please come soon}}\n"
)


def ids(project) -> dict[str, str]:
    return {made.entity: made.id for made in open_actions(project, *CASE)}


def hook(server, attempts: int = 1) -> str:
    return HOOK.format(f"http://127.0.0.1:{server.server_address[1]}/in?x=1", attempts)


def told(project) -> list[str]:
    with project.ops.connect() as connection:
        return sorted(connection.scalars(select(OUTBOX.c.state)))


def test_nothing_goes_out_unless_the_settings_say_by_what(project) -> None:
    assert outbox_settings(project).channels == {}
    made = dispatch(project, *CASE, send=True)
    assert made.held() == {NO_OUTBOX: 3}
    assert not made.going()
    assert not told(project)


def test_without_send_it_is_only_told(configured) -> None:
    project = configured("channels: {email: csv, sms: csv}")
    made = dispatch(project, *CASE)
    assert made.going() == {"email by csv": 2, "sms by csv": 1}
    assert not (project.var / "outbox").exists()
    assert not told(project)


def test_a_file_holds_each_message_once_and_the_decision_is_executed(configured) -> None:
    project = configured("channels: {email: csv}")
    before = ids(project)
    made = dispatch(project, *CASE, send=True)
    assert made.going() == {"email by csv": 2}
    assert made.held() == {NO_OUTBOX: 1}
    lines = (project.var / "outbox" / "donor_test.north.csv").read_text().splitlines()
    assert [line.split(",")[3] for line in lines] == ["entity", "d0", "d1"]
    assert [line.split(",")[6:8] for line in lines[1:]] == [["", ""], ["B", "18"]]
    (said,) = feedback_about(project, before["d1"])
    assert (said.kind, said.actor) == ("executed", "outbox:csv")
    assert said.extra["variant"] == "B"
    assert dispatch(project, *CASE, send=True).going() == {}
    assert len((project.var / "outbox" / "donor_test.north.csv").read_text().splitlines()) == 3


def test_who_opted_out_since_then_gets_nothing(configured) -> None:
    project = configured("channels: {email: csv}")
    restrict(project, Restriction("d0", "opt-out", project.clock.now() - timedelta(1), source="t"))
    made = dispatch(project, *CASE, send=True)
    assert made.held() == {"opt-out": 1, NO_OUTBOX: 1}
    assert made.going() == {"email by csv": 1}


def test_quiet_hours_hold_back(configured) -> None:
    project = configured("channels: {sms: csv}")
    project.clock = FixedClock(project.clock.now() + timedelta(hours=10))
    assert dispatch(project, *CASE, send=True).held() == {"quiet-hours": 1, NO_OUTBOX: 2}


def test_a_webhook_is_signed_and_carries_the_decision_as_its_key(configured) -> None:
    with http_server() as server:
        project = configured(hook(server))
        before = ids(project)
        made = dispatch(project, *CASE, send=True, environ=SECRET)
    assert made.going() == {"email by webhook": 2}
    headers, body, path = server.posted[0]
    assert (headers[KEY], path) == (before["d0"], "/in?x=1")
    seconds, signed = headers[SIGNATURE].split(",")
    expected = hmac.new(b"quiet", seconds[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signed == f"v1={expected}"
    assert json.loads(body)["entity"] == "d0"


def test_a_refusal_is_told_and_tried_again_the_next_time(configured) -> None:
    with http_server(400, 302) as server:
        project = configured(hook(server, attempts=3))
        made = dispatch(project, *CASE, send=True, environ=SECRET)
        assert made.failed() == {"refused: HTTP 400": 1, "refused: HTTP 302": 1}
        assert len(server.posted) == 2
        assert told(project) == ["refused", "refused"]
        assert dispatch(project, *CASE, send=True, environ=SECRET).going()
    assert told(project) == ["sent", "sent"]


def test_the_same_key_goes_with_every_turn() -> None:
    pauses: list[float] = []
    with http_server(503, None, 200) as server:
        settings = WebhookSettings(
            url=f"http://127.0.0.1:{server.server_address[1]}/", secret_env="X"
        )
        box = WebhookOutbox(settings, b"s", wait=pauses.append)
        (receipt,) = box.send([a_message()])
    assert receipt.outcome == "sent"
    assert pauses == [1.0, 2.0]
    assert {headers[KEY] for headers, *_ in server.posted} == {"dec_1"}


def test_nobody_listening_is_surely_not_delivered() -> None:
    settings = WebhookSettings(url="http://127.0.0.1:9/", secret_env="X", attempts=2)
    (receipt,) = WebhookOutbox(settings, b"s", wait=lambda _: None).send([a_message()])
    assert receipt.outcome == "refused"


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://x/", "https://me:pw@x/", "x", "file:///etc/hosts"]
)
def test_an_unsafe_address_is_refused_where_settings_are_read(configured, url) -> None:
    project = configured(HOOK.format(url, 1))
    with pytest.raises(PerdureError, match="url must be"):
        dispatch(project, *CASE)


@pytest.mark.parametrize("url", ["https://x.org:99999/", "https://x.org/a b", "https://ä.org/"])
def test_an_address_that_cannot_be_called_is_refused_before_anything_is_sent(
    configured, url
) -> None:
    project = configured(HOOK.format(url, 1))
    with pytest.raises(PerdureError, match=r"webhook\.url|[Pp]ort|url must be"):
        dispatch(project, *CASE)
    assert not told(project)


def test_a_secret_that_is_not_set_stops_before_anything_is_sent(configured) -> None:
    with http_server() as server:
        project = configured(hook(server))
        with pytest.raises(UsageError, match="HOOK_SECRET is not set"):
            dispatch(project, *CASE, send=True, environ={})
    assert not server.posted


def test_a_kill_between_sending_and_recording_sends_the_same_key_again(
    configured, monkeypatch
) -> None:
    with http_server() as server:
        project = configured(hook(server))
        monkeypatch.setattr(sending, "record", _killed)
        with pytest.raises(KeyboardInterrupt):
            dispatch(project, *CASE, send=True, environ=SECRET)
        assert told(project) == ["intent"]
        monkeypatch.undo()
        assert dispatch(project, *CASE, send=True, environ=SECRET).going()
    keys = [headers[KEY] for headers, *_ in server.posted]
    assert len(keys) == 3
    assert len(set(keys)) == 2


def test_an_email_that_was_perhaps_sent_waits_for_a_person(configured, monkeypatch) -> None:
    with mail_server() as server:
        project = mailing(configured, server)
        first = ids(project)["d0"]
        monkeypatch.setattr(sending, "record", _killed)
        with pytest.raises(KeyboardInterrupt):
            dispatch(project, *CASE, send=True, environ=SECRET)
        monkeypatch.undo()
        assert dispatch(project, *CASE).held() == {UNSURE: 1, NO_OUTBOX: 1}
        made = dispatch(project, *CASE, send=True, environ=SECRET)
        assert made.held() == {UNSURE: 1, NO_OUTBOX: 1}
        assert len(server.mails) == 2
        again = dispatch(project, *CASE, send=True, environ=SECRET, again=(first,))
        assert again.going() == {"email by smtp": 1}
    assert [mail.count(first) for mail in server.mails] == [1, 0, 1]


def test_a_server_that_hangs_up_leaves_it_unknown(configured) -> None:
    with mail_server(hang_up=True) as server:
        project = mailing(configured, server)
        made = dispatch(project, *CASE, send=True, environ=SECRET)
    assert set(made.failed()) == {"unknown: the server hung up: SMTPServerDisconnected"}
    assert told(project) == ["unknown", "unknown"]


def test_the_variant_chooses_the_letter_and_who_has_no_address_is_told(configured) -> None:
    with mail_server() as server:
        project = mailing(configured, server, "entity,address\nd1,one@example.org\n")
        made = dispatch(project, *CASE, send=True, environ=SECRET)
    assert made.failed() == {"refused: no address in addresses.csv": 1}
    (mail,) = server.mails
    assert "Subject: You are needed" in mail
    assert "To: one@example.org" in mail


@pytest.mark.parametrize("address", ["a@b\r\nBcc: all@x", ""])
def test_an_address_cannot_bring_headers_of_its_own(configured, address) -> None:
    with mail_server() as server:
        project = mailing(configured, server, f'entity,address\nd0,"{address}"\n')
        dispatch(project, *CASE, send=True, environ=SECRET)
    assert not any("Bcc" in mail for mail in server.mails)


@pytest.mark.parametrize(
    "rows",
    [
        'd0,"a@example.org, b@example.org"',
        'd0,"all: a@example.org, b@example.org;"',
        "d0,Somebody <a@example.org>",
        "d0,a@example.org\nd0,b@example.org",
        "d0,a",
    ],
)
def test_one_message_goes_to_one_plain_address(configured, rows) -> None:
    with mail_server() as server:
        project = mailing(configured, server, f"entity,address\n{rows}\n")
        made = dispatch(project, *CASE, send=True, environ=SECRET)
    assert not server.mails
    assert "refused: the address is not one plain address" in made.failed()


def test_a_subject_is_one_line(configured) -> None:
    project = configured(MAIL.format(25).replace("Give blood", '"Give\\r\\nBcc: all@x.org"'))
    with pytest.raises(PerdureError, match="subject"):
        dispatch(project, *CASE)


def test_a_recipient_that_is_refused_is_told(configured) -> None:
    with mail_server(refuse=True) as server:
        project = mailing(configured, server)
        made = dispatch(project, *CASE, send=True, environ=SECRET)
    assert set(made.failed()) == {"refused: the server refused: SMTPRecipientsRefused"}
    assert not server.mails


def test_a_line_that_a_kill_cut_short_is_written_again(tmp_path) -> None:
    path = tmp_path / "out.csv"
    list(CsvOutbox(path).send([a_message()]))
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    list(CsvOutbox(path).send([a_message()]))
    assert path.read_bytes() == whole


def test_a_cell_is_no_formula(tmp_path) -> None:
    path = tmp_path / "out.csv"
    list(CsvOutbox(path).send([replace(a_message(), entity="=1+1")]))
    assert ",'=1+1," in path.read_text()


def mailing(configured, server, addresses="entity,address\nd0,o@example.org\nd1,i@example.org\n"):
    project = configured(MAIL.format(server.server_address[1]))
    (project.root / "conf" / "local" / "addresses.csv").write_text(addresses, newline="")
    return project


def a_message() -> Message:
    until = datetime(2026, 3, 9)
    return Message("dec_1", *CASE, "d", "email", "email", "", None, until, "p", "m")


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
