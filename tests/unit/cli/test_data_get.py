"""``perdure data get``: asks first, and trusts only what it compared; against a server in here."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from perdure.interfaces.cli.main import run
from perdure.kernel.discovery import solutions
from perdure.kernel.downloads import Download
from perdure.kernel.errors import IntegrityError, UnreadableFile, UsageError
from perdure.platform.automation import downloads
from perdure.platform.storage.fetch import checked_address, receive
from perdure.platform.storage.project import Project

BODY = b"".join(b"row %d\n" % n for n in range(50_000))
DIGEST = hashlib.sha256(BODY).hexdigest()
LICENCE = "Public domain, name the source"


class Owner(BaseHTTPRequestHandler):
    """Serves ``body``; ``cut`` bytes are sent of the first answer, as when a line breaks."""

    def do_GET(self) -> None:
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        if self.path == "/gone.csv":
            self.send_error(404)
        elif target := server.moved.get(self.path):
            self.send_response(302)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(server)

    def answer(self, server) -> None:
        start = 0
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range") == server.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        rest = server.body[start:]
        if start and not rest:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            whole = len(server.body)
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        self.send_header("Content-Type", server.kind)
        self.send_header("ETag", server.tag)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        cut, server.cut = server.cut, None
        self.wfile.write(rest[:cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def owner():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Owner)
    server.body, server.tag, server.kind, server.cut = BODY, '"one"', "text/csv", None
    server.asked, server.moved = [], {}
    server.root = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def project(tmp_path) -> Project:
    return Project.create(tmp_path / "project")


@pytest.fixture
def declare(monkeypatch, owner):
    """Makes the one public file of the first solution, at the loopback server."""

    def declares(**changes: object) -> Download:
        told = {"name": "rows", "title": "Rows", "address": f"{owner.root}/rows.csv"} | changes
        made = Download(**({"licence": LICENCE, "importer": "cms"} | told))
        manifest = solutions()["conversion"]
        monkeypatch.setattr(downloads, "offers", lambda: {"rows": downloads.Offer(manifest, made)})
        return made

    return declares


def landing(project: Project) -> Path:
    return project.var / "landing" / "cms"


def test_the_declared_files_are_listed_with_address_and_licence(capsys):
    assert run(["data", "get", "--json"]) == 0
    found = {d["name"]: d for d in json.loads(capsys.readouterr().out)["downloads"]}
    assert {"partd-provider", "partd-provider-drug", "open-payments", "nppes", "nucc"} <= set(found)
    assert all(d["address"].startswith("https://") and d["licence"] for d in found.values())
    assert found["nppes"]["page"]
    assert found["nucc"]["filename"] == "nucc_taxonomy_251.csv"
    assert run(["data", "get"]) == 0
    assert "Next: perdure data get NAME" in capsys.readouterr().out


def test_every_importer_that_is_named_is_there():
    for found in downloads.offers().values():
        assert found.download.importer in {"", *found.solution.importers}


def test_nobody_there_to_accept_the_licence_is_a_wrong_call(capsys, project, declare, owner):
    declare()
    assert run(["data", "get", "rows", "--project", str(project.root)]) == 2
    said = capsys.readouterr().err
    assert LICENCE in said
    assert "--yes" in said
    assert owner.asked == []


def test_a_person_is_asked_and_may_say_no(capsys, project, declare, owner, monkeypatch):
    declare(size=12)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    assert run(["data", "get", "rows", "--project", str(project.root)]) == 1
    said = capsys.readouterr()
    assert LICENCE in said.out
    assert "12 bytes" in said.out
    assert owner.asked == []


def test_a_file_of_unknown_checksum_is_recorded_and_compared_the_next_time(
    capsys, project, declare, owner
):
    declare()
    call = ["data", "get", "rows", "--yes", "--json", "--project", str(project.root)]
    assert run(call) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sha256"], told["size"]) == (DIGEST, len(BODY))
    assert told["checked"].startswith("nothing")
    assert Path(told["path"]).read_bytes() == BODY
    assert run(call) == 0
    assert json.loads(capsys.readouterr().out)["checked"].startswith("the checksum of")
    owner.body, owner.tag = b"something else\n", '"two"'
    assert run(call) == 1
    assert "--changed" in capsys.readouterr().err
    assert (landing(project) / "rows.csv").read_bytes() == BODY
    assert run([*call, "--changed"]) == 0
    assert (landing(project) / "rows.csv").read_bytes() == owner.body
    names = {p.name for p in landing(project).iterdir() if not p.name.startswith(".")}
    assert names == {"rows.csv"}


def test_a_file_with_another_checksum_than_the_declared_one_never_lands(project, declare):
    declare(sha256="0" * 64)
    with pytest.raises(IntegrityError, match=DIGEST):
        downloads.get(project, "rows")
    assert [p for p in landing(project).iterdir() if not p.name.startswith(".")] == []
    declare(sha256=DIGEST)
    assert downloads.get(project, "rows").checked == "the declared checksum"


def test_what_was_cut_short_goes_on_where_it_stopped(project, declare, owner):
    declare()
    owner.cut = 100_000
    with pytest.raises(UnreadableFile, match=r"ended after 100,000 of"):
        downloads.get(project, "rows")
    assert not (landing(project) / "rows.csv").exists()
    assert downloads.get(project, "rows").sha256 == DIGEST
    assert [wanted for _, wanted in owner.asked] == [None, "bytes=100000-"]


def test_when_the_owner_has_another_file_by_now_it_starts_again(project, declare, owner):
    declare()
    owner.cut = 100_000
    with pytest.raises(UnreadableFile):
        downloads.get(project, "rows")
    owner.body, owner.tag = b"new edition\n" * 20_000, '"two"'
    landed = downloads.get(project, "rows")
    assert landed.path.read_bytes() == owner.body


def test_a_part_that_is_whole_already_starts_again_once(tmp_path, owner):
    part = tmp_path / "rows.csv.part"
    address = f"{owner.root}/rows.csv"
    receive(address, part)
    assert receive(address, part).sha256 == DIGEST
    assert [wanted for _, wanted in owner.asked] == [None, f"bytes={len(BODY)}-", None]


def test_another_edition_is_given_by_its_address(project, declare, owner):
    declare(sha256="0" * 64)
    landed = downloads.get(project, "rows", f"{owner.root}/rows_2024.csv")
    assert landed.path.name == "rows_2024.csv"


def test_a_page_needs_the_address_of_a_file(capsys, project, declare, owner):
    declare(page=True, address=f"{owner.root}/editions")
    call = ["data", "get", "rows", "--yes", "--project", str(project.root)]
    assert run(call) == 2
    assert "--from ADDRESS" in capsys.readouterr().err
    assert run([*call, "--from", f"{owner.root}/rows_2023.csv"]) == 0
    assert "Next: perdure data import cms" in capsys.readouterr().out


def test_a_page_in_place_of_a_file_and_a_missing_file_are_clear_errors(project, declare, owner):
    declare(address=f"{owner.root}/gone.csv")
    with pytest.raises(UnreadableFile, match="404"):
        downloads.get(project, "rows")
    declare()
    owner.kind = "text/html; charset=utf-8"
    with pytest.raises(UnreadableFile, match="a page, not a file"):
        downloads.get(project, "rows")


def test_a_redirect_is_followed_on_this_machine_and_refused_to_plain_http(project, declare, owner):
    owner.moved = {"/rows.csv": "/there/rows.csv", "/away.csv": "http://example.org/rows.csv"}
    declare()
    assert downloads.get(project, "rows").address == f"{owner.root}/there/rows.csv"
    declare(address=f"{owner.root}/away.csv")
    with pytest.raises(UsageError, match=r"example\.org"):
        downloads.get(project, "rows")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/a.csv",
        "ftp://example.org/a.csv",
        "file:///etc/hosts",
        "a.csv",
        "https://",
    ],
)
def test_only_https_is_fetched(address):
    with pytest.raises(UsageError, match="https"):
        checked_address(address)


def test_from_https_nothing_leads_back_to_plain_http():
    with pytest.raises(UsageError):
        checked_address("http://127.0.0.1/a.csv", local=False)


def test_a_password_in_an_address_is_not_sent():
    with pytest.raises(UsageError, match="password"):
        checked_address("https://me:secret@example.org/a.csv")


def test_an_unknown_name_names_the_nearest(capsys, project):
    assert run(["data", "get", "nuc", "--yes", "--project", str(project.root)]) == 2
    assert "did you mean 'nucc'?" in capsys.readouterr().err


def test_a_declaration_that_names_no_file_is_refused():
    with pytest.raises(UsageError, match="no plain file name"):
        Download("rows", "Rows", "https://example.org/", LICENCE)
