"""The resources of a Bundle, and what their references lead to within it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.release import check_release
from perdure.solutions.prescription.fhir.values import Resource, last_name, parts, plain, text

MOST_RESOURCES = 5_000


@dataclass(frozen=True, slots=True)
class Bundled:
    """Resources that came together: one list, and the same by the names they go by.

    A reference is only ever looked up here. It is never opened, whatever address it holds.
    """

    resources: tuple[Resource, ...]
    names: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    empty: int = 0

    @classmethod
    def of(cls, *bodies: Resource) -> Self:
        """The resources of one or several Bundles; a body that is no Bundle is itself one.

        Raises OutcomeError (400) for what is no R4 resource.

        >>> len(Bundled.of({"resourceType": "Patient"}).resources)
        1
        """
        found: list[Resource] = []
        names: dict[tuple[str, str], Resource] = {}
        empty = 0
        for body in bodies:
            for place, address, resource in _listed(body):
                kind = resource.get("resourceType")
                if not isinstance(kind, str):
                    empty += 1
                    continue
                check_release(resource, place)
                found.append(resource)
                for name in filter(None, (text(resource.get("id")), last_name(address))):
                    names[kind, name] = resource
        return cls(tuple(found), names, empty)

    def find(self, kind: str, reference: Resource, near: Resource) -> Resource | None:
        """The resource that a reference leads to: contained in ``near``, or in the Bundle."""
        told = text(reference.get("reference"), 2_000)
        if told.startswith("#"):
            inside = (each for each in parts(near, "contained") if each.get("id") == told[1:])
            return next(inside, None)
        return self.names.get((kind, last_name(told)))

    def of_kind(self, kind: str) -> list[Resource]:
        """All resources of one type."""
        return [resource for resource in self.resources if resource.get("resourceType") == kind]


def checked_body(body: object) -> Mapping[str, Any]:
    """A body that may be read: a resource, of plain JSON.

    Raises OutcomeError (400) otherwise.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("resourceType"), str):
        raise OutcomeError(400, "structure", "the body is no FHIR resource", at="resourceType")
    plain(body, at="$this")
    return body


def _listed(body: Resource) -> list[tuple[str, object, Resource]]:
    """Place, full address and resource of each entry."""
    if body.get("resourceType") != "Bundle":
        return [(str(body.get("resourceType"))[:64], None, body)]
    entries = body.get("entry", [])
    if not isinstance(entries, list):
        raise OutcomeError(400, "structure", "Bundle.entry is no list", at="Bundle.entry")
    if len(entries) > MOST_RESOURCES:
        what = f"{len(entries)} entries; at most {MOST_RESOURCES} are read"
        raise OutcomeError(400, "too-costly", what, at="Bundle.entry")
    return [
        (f"Bundle.entry[{number}].resource", *_opened(entry))
        for number, entry in enumerate(entries)
    ]


def _opened(entry: object) -> tuple[object, Resource]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("resource"), Mapping):
        return None, {}
    return entry.get("fullUrl"), entry["resource"]
