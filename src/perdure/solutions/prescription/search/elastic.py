"""The same search in an Elasticsearch or OpenSearch that is already there: an optional adapter.

The server finds the most popular matches; the order is the one of the other index, so that both
answer alike. Standard library only.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from perdure.kernel.errors import ConfigError, ContractError, StoreError

from .protocol import MOST_HITS, Hit, Term, check_kind, folded
from .ranking import Row, hit, joined, named_in, ranked

TAKEN = 200
FEW = 3
_BATCH = 1_000
_LONGEST_TEXT = 256
Send = Callable[[str, str, str], tuple[int, str]]
MAPPING: dict[str, Any] = {
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "code": {"type": "keyword", "fields": {"text": {"type": "text"}}},
            "kind": {"type": "keyword"},
            "name": {"type": "text"},
            "simple": {"type": "text"},
            "aliases": {"type": "text"},
            "popularity": {"type": "double"},
        },
    }
}


class HttpSender:
    """Sends a method, a path and a JSON body to one server; returns status and text."""

    def __init__(
        self, address: str, *, seconds: float = 2.0, authorization: str | None = None
    ) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError("no address of a search server", expected="http(s)://host:port")
        self._parts, self._seconds = parts, seconds
        self._headers = {"Content-Type": "application/json"}
        if authorization:
            self._headers["Authorization"] = authorization

    def __call__(self, method: str, path: str, body: str) -> tuple[int, str]:
        """The status and text that the server answers."""
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=self._seconds)
        try:
            connection.request(method, path, body.encode("utf-8", "replace"), self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as problem:
            raise StoreError(f"the search server does not answer: {problem}") from None
        finally:
            connection.close()


class ElasticIndex:
    """Terms in one index of an Elasticsearch or OpenSearch server."""

    def __init__(self, send: Send, name: str) -> None:
        check_kind(name)
        self._send, self._name = send, name

    def create(self, terms: Iterable[Term]) -> int:
        """Create the index and fill it; the number of terms is returned."""
        self._ask("PUT", f"/{self._name}", json.dumps(MAPPING))
        count = 0
        for batch in _batches(terms):
            answer = self._ask("POST", f"/{self._name}/_bulk?refresh=true", _bulk(batch))
            if answer.get("errors"):
                raise StoreError("the search server refused some terms", where=self._name)
            count += len(batch)
        return count

    def search(self, text: str, kind: str, limit: int = 10) -> list[Hit]:
        """The best terms for what was typed so far; an empty list when there is none."""
        check_kind(kind)
        asked = folded(text[:_LONGEST_TEXT])
        if not asked or limit < 1:
            return []
        found = self._found(_typed(asked), kind)
        if len(found) < FEW:
            found += self._found(_mistyped(asked), kind)
        rows = [row._replace(id=number) for number, (row, _) in enumerate(found)]
        best = ranked(rows, asked, min(limit, MOST_HITS))
        words = asked.split()
        return [hit(r, words, () if named_in(r, words) else found[r.id][1]) for r in best]

    def add(self, term: Term, alias_of: str | None = None) -> None:
        """Make a term findable at once; with ``alias_of`` it leads to the term of that code."""
        own = term if alias_of is None else self._alias(term, alias_of)
        self._ask("POST", f"/{self._name}/_doc?refresh=true", json.dumps(_document(own)))

    def _alias(self, term: Term, code: str) -> Term:
        found = self._found({"term": {"code": code}}, term.kind)
        if not found:
            raise ContractError(f"no {term.kind} has the code {code[:40]}", where=term.name)
        row = found[0][0]
        names = (term.name, *term.simple_names)
        return Term(code, row.name, term.kind, names, term.aliases, row.popularity)

    def _found(self, query: dict[str, Any], kind: str) -> list[tuple[Row, list[str]]]:
        body = {
            "size": TAKEN,
            "sort": [{"popularity": "desc"}],
            "query": {"bool": {"must": query, "filter": {"term": {"kind": kind}}}},
        }
        answer = self._ask("POST", f"/{self._name}/_search", json.dumps(body))
        try:
            sources = [found["_source"] for found in answer["hits"]["hits"]]
            return [(_row(source), _names(source)) for source in sources]
        except (KeyError, TypeError, AttributeError):
            raise StoreError("the search server's answer has another form") from None

    def _ask(self, method: str, path: str, body: str) -> dict[str, Any]:
        status, text = self._send(method, path, body)
        if not 200 <= status < 300:
            raise StoreError(f"the search server answered {status}: {text[:200]}", where=path)
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise StoreError("the search server's answer is no JSON object", where=path)
        return answer


def _typed(asked: str) -> dict[str, Any]:
    return {
        "multi_match": {
            "query": asked,
            "type": "bool_prefix",
            "operator": "and",
            "fields": ["name", "simple", "aliases", "code.text"],
        }
    }


def _mistyped(asked: str) -> dict[str, Any]:
    return {
        "multi_match": {
            "query": asked,
            "operator": "and",
            "fuzziness": "AUTO:4,7",
            "prefix_length": 1,
            "fields": ["name", "simple", "aliases"],
        }
    }


def _document(term: Term) -> dict[str, Any]:
    return {
        "code": term.code,
        "kind": term.kind,
        "name": term.name,
        "simple": list(term.simple_names),
        "aliases": list(term.aliases),
        "popularity": term.popularity,
    }


def _bulk(terms: list[Term]) -> str:
    return "".join(f'{{"index": {{}}}}\n{json.dumps(_document(term))}\n' for term in terms)


def _batches(terms: Iterable[Term]) -> Iterator[list[Term]]:
    batch: list[Term] = []
    for term in terms:
        batch.append(term)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(source: dict[str, Any]) -> Row:
    simple = joined(folded(name) for name in source["simple"])
    name, popularity = str(source["name"]), float(source["popularity"])
    return Row(str(source["code"]), name, folded(name), simple, popularity, 0)


def _names(source: dict[str, Any]) -> list[str]:
    return [str(name) for name in (*source["simple"], *source["aliases"])]
