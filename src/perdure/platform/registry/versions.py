"""What a model version is, and how its rows are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.platform.registry.records import ALIASES, MODEL_VERSIONS, PROMOTIONS

State = Literal["candidate", "challenger", "champion", "retired"]
CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One immutable model version; ``metrics`` are those of the product on unseen rows.

    ``state``: ``champion`` serves, ``challenger`` is compared with it, ``retired`` has served,
    ``candidate`` has not.
    """

    name: str
    version: int
    digest: str
    created_at: datetime
    metrics: dict[str, float]
    feature_digest: str
    training_table: str
    training_version: int
    run: str
    state: State

    @property
    def reference(self) -> str:
        """The text that names it, e.g. ``conversion/voltaren@3``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One change of champion: from ``previous`` (None: the first) to ``version``, by whom, why."""

    name: str
    kind: Literal["promote", "rollback"]
    version: int
    previous: int | None
    actor: str
    reason: str
    gate: Mapping[str, Any] | None
    at: datetime


def alias(connection: Connection, name: str, which: str) -> int | None:
    """The version that an alias of a name points to."""
    rows = ALIASES.c
    query = select(rows.version).where(rows.name == name, rows.alias == which)
    return connection.scalar(query)


def version_of(connection: Connection, name: str, digest: str) -> int | None:
    """The version of a name that holds these very bytes."""
    rows = MODEL_VERSIONS.c
    query = select(rows.version).where(rows.name == name, rows.digest == digest)
    return connection.scalar(query)


def newest(connection: Connection, name: str) -> int:
    """The greatest version number of a name; 0 when there is none."""
    rows = MODEL_VERSIONS.c
    found = connection.scalar(select(func.max(rows.version)).where(rows.name == name))
    return found or 0


def changes(connection: Connection, name: str) -> Sequence[Row[Any]]:
    """Every promotion and rollback of a name, oldest first."""
    rows = PROMOTIONS.c
    query = select(PROMOTIONS).where(rows.name == name).order_by(rows.sequence)
    return connection.execute(query).all()


def serving(history: Sequence[Row[Any]]) -> list[int]:
    """The champions that a rollback would pass through, the present one last.

    A promotion puts its version on top; a rollback takes the top one off.
    """
    stack: list[int] = []
    for change in history:
        if change.kind == "promote":
            stack.append(change.version)
        else:
            stack.pop()
    return stack


def read_versions(
    connection: Connection, name: str, number: int | None = None
) -> list[ModelVersion]:
    """All versions of a name, or the one of that number, newest first."""
    rows = MODEL_VERSIONS.c
    query = select(MODEL_VERSIONS).where(rows.name == name).order_by(rows.version.desc())
    if number is not None:
        query = query.where(rows.version == number)
    found = connection.execute(query).all()
    champion, challenger = alias(connection, name, CHAMPION), alias(connection, name, CHALLENGER)
    served = {change.version for change in changes(connection, name)}

    def state(version: int) -> State:
        if version == champion:
            return "champion"
        if version == challenger:
            return "challenger"
        return "retired" if version in served else "candidate"

    return [
        ModelVersion(
            name=row.name,
            version=row.version,
            digest=row.digest,
            created_at=row.created_at,
            metrics=dict(row.metrics),
            feature_digest=row.feature_digest,
            training_table=row.training_table,
            training_version=row.training_version,
            run=row.run,
            state=state(row.version),
        )
        for row in found
    ]


def promotion(row: Row[Any]) -> Promotion:
    """A row of the promotions table."""
    return Promotion(
        name=row.name,
        kind=row.kind,
        version=row.version,
        previous=row.previous,
        actor=row.actor,
        reason=row.reason,
        gate=row.gate,
        at=row.at,
    )


def unknown(connection: Connection, reference: str, name: str) -> UsageError:
    """The error for a reference that names no version, with the nearest that does."""
    if not name and read_versions(connection, reference):
        return UsageError(
            f"{reference[:80]!r} names no version",
            expected=f"{reference[:80]}@ and {CHAMPION}, {CHALLENGER} or a number",
            hint=f"perdure models {reference[:80]}",
        )
    found = read_versions(connection, name)
    if not found:
        known = connection.scalars(select(MODEL_VERSIONS.c.name).distinct()).all()
        hint = did_you_mean(name or reference, known) or "train one: perdure run SOLUTION"
        return UsageError(f"no model named {(name or reference)[:80]!r}", hint=hint)
    numbers = [str(version.version) for version in found]
    return UsageError(
        f"{reference[:80]!r} names no version",
        expected=f"{name}@ and {CHAMPION}, {CHALLENGER} or one of {', '.join(numbers[:10])}",
    )
