"""What an endpoint of a solution takes, as parameters that the web framework can describe.

A request is one pydantic model; its fields come from the path and from the body or the query.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Body, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError, create_model

from perdure.kernel.endpoints import Endpoint
from perdure.kernel.refs import load

BODY, CASE = "body_", "case_"
MOST = 128


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of one endpoint, and how their values become the request."""

    endpoint: Endpoint
    model: type[BaseModel] | None

    @classmethod
    def of(cls, endpoint: Endpoint) -> Form:
        """The form that an endpoint's declaration asks for; loads its model."""
        return cls(endpoint, load(endpoint.request) if endpoint.request else None)

    def parameters(self) -> list[inspect.Parameter]:
        """Parameters of a function that takes such a request: path, case, and body or query."""
        kinds = {name: self._path(name) for name in self.endpoint.parameters()}
        if self.endpoint.method == "GET":
            kinds[BODY] = Annotated[self._query(), Query()]
        else:
            # Only GET keeps the case inside its model: one model is the whole query.
            kinds[CASE] = Annotated[str, Query(alias="case", max_length=MOST)]
            if self.model is not None:
                kinds[BODY] = Annotated[self._body(), Body()]
        return [_parameter(name, kind) for name, kind in kinds.items()]

    def case(self, given: Mapping[str, Any]) -> str:
        """The case that the caller chose; empty for the first one."""
        return str(given[CASE] if CASE in given else getattr(given[BODY], "case", "") or "")

    def request(self, given: Mapping[str, Any]) -> Any:
        """The request, from the values of the parameters.

        Raises RequestValidationError for values that only together are wrong.
        """
        path = {name: given[name] for name in self.endpoint.parameters()}
        if self.model is None:
            return path
        if type(given[BODY]) is self.model:
            return given[BODY]
        told = given[BODY].model_dump(by_alias=True, exclude_unset=True)
        if self.endpoint.method == "GET" and "case" not in self.model.model_fields:
            told.pop("case", None)
        return _validated(self.model, {**told, **self._named(path)})

    def _path(self, name: str) -> Any:
        known = self.model.model_fields.get(name) if self.model else None
        if known is None:
            return Annotated[str, Path(min_length=1, max_length=MOST)]
        return Annotated[(known.annotation, *known.metadata, Path(description=known.description))]

    def _named(self, path: Mapping[str, Any]) -> dict[str, Any]:
        """Values of the path under the names that the model reads; only those it has."""
        fields = self.model.model_fields if self.model else {}
        return {fields[name].alias or name: v for name, v in path.items() if name in fields}

    def _body(self) -> type[BaseModel]:
        assert self.model is not None  # noqa: S101  only asked for with a model
        return _without(self.model, self.endpoint.parameters(), "Body")

    def _query(self) -> type[BaseModel]:
        model = self.model or create_model("Nothing")
        model = _without(model, self.endpoint.parameters(), "Query")
        if "case" in model.model_fields:
            return model
        case: Any = (str, Field("", max_length=MOST))
        return create_model(f"{model.__name__}OfCase", __base__=model, case=case)


def _parameter(name: str, kind: Any) -> inspect.Parameter:
    default = "" if name == CASE else inspect.Parameter.empty
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def _without(model: type[BaseModel], names: Iterable[str], ending: str) -> type[BaseModel]:
    """The model without the fields that the path gives; the model itself when it has none."""
    left_out = set(names) & set(model.model_fields)
    if not left_out:
        return model
    fields: dict[str, Any] = {
        name: (field.annotation, copy(field))
        for name, field in model.model_fields.items()
        if name not in left_out
    }
    make: Callable[..., type[BaseModel]] = create_model
    return make(
        f"{model.__name__}{ending}",
        __config__=model.model_config,
        __doc__=model.__doc__,
        __module__=model.__module__,
        **fields,
    )


def _validated(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
