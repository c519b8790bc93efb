"""Endpoints that a solution brings: addresses of the API, named without any web framework."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from perdure.kernel.errors import UsageError

Method = Literal["GET", "POST"]
Access = Literal["public", "read", "act", "manage"]
JSON_MEDIA: Final = "application/json"
_PATH = re.compile(r"(/([A-Za-z0-9_~-][A-Za-z0-9_.~-]*|\{[a-z_][a-z0-9_]*\}))+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of the API: who may call it, what it takes, what answers.

    * ``path`` lies below ``/api/v1/<solution>``, or is the whole path when ``root`` is true
      (``/cds-services/{id}``); a part in braces is a parameter
    * ``handler`` refers to ``(service, request) -> answer``, called in a thread; several calls
      may run at once
    * ``request`` refers to a pydantic model. POST: the JSON body. GET: the query. Parameters of
      the path are fields of the same name. Without a model the request is a mapping of the
      parameters of the path, as text
    * ``answer`` refers to a pydantic model; without one the answer is any mapping for JSON
    * ``policy``: who may call: anyone, who may read, who may act, who may change models
    * ``status``: of an answer that is no error
    * ``media``: what the answer says that it is, when a standard names a kind of JSON of its own

    Raises UsageError for a path, method or policy that cannot be.

    >>> Endpoint("GET", "/items/{item}", "shop:item").parameters()
    ('item',)
    """

    method: Method
    path: str
    handler: str
    request: str = ""
    answer: str = ""
    policy: Access = "read"
    summary: str = ""
    status: int = 200
    root: bool = False
    media: str = JSON_MEDIA

    def __post_init__(self) -> None:
        wrong = self._wrong()
        if wrong:
            raise UsageError(
                f"endpoint {self.method} {self.path[:80]!r}: {wrong}",
                expected="method, path such as /items/{item}, handler as module:function, policy",
            )

    def parameters(self) -> tuple[str, ...]:
        """The names in braces of the path, in order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    def address(self, solution: str) -> str:
        """The whole path of the endpoint of a solution.

        >>> Endpoint("GET", "/items", "shop:items").address("toy")
        '/api/v1/toy/items'
        """
        return self.path if self.root else f"/api/v1/{solution}{self.path}"

    def _wrong(self) -> str:
        if self.method not in get_args(Method):
            return "no such method"
        if self.policy not in get_args(Access):
            return f"no policy {str(self.policy)[:40]!r}"
        if not _PATH.fullmatch(self.path):
            return "no legal path"
        if not 200 <= self.status < 300:
            return "the status of a good answer lies between 200 and 299"
        return "" if ":" in self.handler else "no handler"
