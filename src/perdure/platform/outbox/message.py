"""What goes out for one decision, what a receiver said, and what an outbox must be able to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from perdure.kernel.decisions import Decision

VARIANT, HOUR = "variant", "hour"
"""Names of the reasons by which a proposal says which variant goes out, and at which hour."""
Outcome = Literal["sent", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Message:
    """One decided action. ``decision`` is the key by which a receiver tells a repeat.

    ``hour``: the hour of the entity's own day at which it should arrive; None: any open one.
    """

    decision: str
    solution: str
    case: str
    entity: str
    action: str
    channel: str
    variant: str
    hour: int | None
    valid_to: datetime
    policy: str
    model: str

    @classmethod
    def of(cls, made: Decision) -> Message:
        """The message of a decision."""
        told = {r.feature: r.value for r in made.reasons}
        hour = told.get(HOUR)
        return cls(
            made.id, made.solution, made.case, made.entity, made.action, made.channel,
            str(told.get(VARIANT, "")), int(hour) if isinstance(hour, float) else None,
            made.valid_to, made.policy, made.model,
        )  # fmt: skip

    def as_dict(self) -> Mapping[str, Any]:
        """The fields as JSON can hold them."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"valid_to": self.valid_to.isoformat()}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message.

    ``refused``: surely not delivered. ``unknown``: it may have arrived, nobody said so.
    """

    decision: str
    outcome: Outcome
    detail: str = ""


class Outbox(Protocol):
    """A way out.

    ``repeatable``: the receiver knows a message again by its decision, so that one whose fate is
    unknown may be sent once more.
    """

    @property
    def name(self) -> str:
        """How settings and reports call it."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether a repeat is harmless."""
        ...

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """One receipt a message, in order; what a receiver does is no exception."""
        ...
