"""The adapter asks and reads as the servers' documentation says."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from perdure.kernel.errors import ConfigError, ContractError, StoreError
from perdure.solutions.prescription.search.elastic import ElasticIndex, HttpSender
from perdure.solutions.prescription.search.protocol import Term

ANSWERS = json.loads((Path(__file__).parent / "exchanges.json").read_text())


class Server:
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, *names: str) -> None:
        self.answers, self.asked = [json.dumps(ANSWERS[name]) for name in names], []

    def __call__(self, method: str, path: str, body: str) -> tuple[int, str]:
        self.asked.append((method, path, body))
        return 200, self.answers.pop(0)


def test_the_order_is_that_of_the_other_index() -> None:
    server = Server("search")
    hits = ElasticIndex(server, "terms").search("bp", "diagnosis")
    assert [(h.code, h.matched) for h in hits] == [
        ("I10", "BP"),
        ("X1", "BP reading raised"),
        ("N40.1", "BPH"),
    ]
    method, path, body = server.asked[0]
    asked = json.loads(body)
    assert (method, path) == ("POST", "/terms/_search")
    assert asked["size"] == 200
    assert asked["query"]["bool"]["filter"] == {"term": {"kind": "diagnosis"}}
    assert asked["query"]["bool"]["must"]["multi_match"]["type"] == "bool_prefix"


def test_few_hits_are_asked_again_with_fuzziness() -> None:
    server = Server("none", "search")
    assert ElasticIndex(server, "terms").search("hypretension", "diagnosis")[0].code == "I10"
    again = json.loads(server.asked[1][2])["query"]["bool"]["must"]["multi_match"]
    assert again["fuzziness"] == "AUTO:4,7"


def test_terms_are_sent_as_lines() -> None:
    server = Server("created", "bulk")
    assert ElasticIndex(server, "terms").create([Term("A", "One", "test", ("1",))]) == 1
    method, path, body = server.asked[1]
    assert (method, path) == ("POST", "/terms/_bulk?refresh=true")
    assert body.endswith("\n")
    assert json.loads(body.splitlines()[0]) == {"index": {}}
    assert json.loads(body.splitlines()[1])["simple"] == ["1"]


def test_an_alias_holds_the_code_and_is_refreshed_at_once() -> None:
    server = Server("search", "done")
    ElasticIndex(server, "terms").add(Term("x", "Pressure", "diagnosis"), alias_of="I10")
    path, sent = server.asked[1][1], json.loads(server.asked[1][2])
    assert path == "/terms/_doc?refresh=true"
    assert (sent["code"], sent["simple"]) == ("I10", ["Pressure"])
    with pytest.raises(ContractError):
        ElasticIndex(Server("none"), "terms").add(Term("x", "P", "diagnosis"), alias_of="Z")


@pytest.mark.parametrize("answer", [(500, "boom"), (200, "no json"), (200, "[]"), (200, "{}")])
def test_a_server_that_fails_is_said(answer) -> None:
    with pytest.raises(StoreError):
        ElasticIndex(lambda *_: answer, "terms").search("bp", "diagnosis")


def test_refused_terms_are_said() -> None:
    with pytest.raises(StoreError, match="refused"):
        ElasticIndex(Server("created", "refused"), "terms").create([Term("A", "One", "test")])


def test_over_http() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(ANSWERS["search"]).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        index = ElasticIndex(HttpSender(address), "terms")
        assert index.search("bp", "diagnosis")[0].code == "I10"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with pytest.raises(StoreError, match="does not answer"):
        index.search("bp", "diagnosis")


def test_an_address_is_checked() -> None:
    with pytest.raises(ConfigError):
        HttpSender("file:///etc/passwd")
