"""The rules of a decision, as data: how many, how often, for how long, and who is held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from perdure.kernel.decisions import Arm
from perdure.kernel.errors import UsageError
from perdure.kernel.names import digest

HOLDOUT: Arm = "holdout"
TREATED: Arm = "treated"


@dataclass(frozen=True, slots=True)
class DecisionPolicy:
    """What a solution may do at most.

    ``capacity``: open actions per territory (``capacities`` for single ones; None: no limit).
    ``contact_cap`` contacts within ``cap_days``, and ``minimum_gap_days`` between two, per entity;
    ``across`` says whose earlier decisions count for that: all solutions', this solution's or this
    case's (contacts that took place count always). ``actions_per_entity`` at most at one time.
    ``consent_channels`` need a consent on file. ``quiet_hours`` (from, to) in the entity's own
    hours are closed for ``quiet_channels``. ``null_actions`` touch nobody: no limit applies.
    ``holdout_share`` of the entities are never acted upon within ``experiment``; ``salt`` keys
    that draw. ``exploration_share`` of each capacity goes to entities drawn by lot.
    ``minimum_effect`` is the relative lift that the experiment should be able to see.

    >>> DecisionPolicy(capacity=25).digest() == DecisionPolicy(capacity=26).digest()
    False
    """

    name: str = "default"
    capacity: int | None = None
    capacities: Mapping[str, int] = field(default_factory=dict)
    contact_cap: int | None = None
    cap_days: float = 30
    minimum_gap_days: float = 0
    across: Literal["all", "solution", "case"] = "all"
    actions_per_entity: int = 1
    valid_days: float = 30
    channel: str = ""
    consent_channels: tuple[str, ...] = ()
    quiet_hours: tuple[int, int] | None = None
    quiet_channels: tuple[str, ...] = ()
    minimum_score: float | None = None
    null_actions: tuple[str, ...] = ("none",)
    holdout_share: float = 0.1
    experiment: str = ""
    salt: str = "perdure"
    exploration_share: float = 0.0
    minimum_effect: float = 0.25

    def __post_init__(self) -> None:
        for name in ("holdout_share", "exploration_share"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}", expected="0 or more, below 1")
        for name in ("cap_days", "minimum_gap_days", "valid_days"):
            if not 0 <= getattr(self, name) <= 36_525:
                raise UsageError(f"{name} is {getattr(self, name)}", expected="0 to 36525 days")
        if self.actions_per_entity < 1:
            raise UsageError(
                f"actions_per_entity is {self.actions_per_entity}", expected="1 or more"
            )
        rooms = (self.contact_cap, self.capacity, *self.capacities.values())
        if any(room is not None and room < 0 for room in rooms):
            raise UsageError("a capacity or contact cap is below 0", expected="0 or more")
        if self.quiet_hours and not all(0 <= hour <= 24 for hour in self.quiet_hours):
            raise UsageError(f"quiet_hours is {self.quiet_hours}", expected="two hours, 0 to 24")

    def digest(self) -> str:
        """SHA-256 of all rules."""
        return digest(asdict(self))

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> DecisionPolicy:
        """The policy that was written as JSON; unknown names are left out.

        >>> DecisionPolicy.from_dict(asdict(DecisionPolicy(capacity=3))).capacity
        3
        """
        known = {f.name: form[f.name] for f in fields(cls) if f.name in form}
        for name, value in known.items():
            if isinstance(value, list):
                known[name] = tuple(value)
        return cls(**known)

    def version(self) -> str:
        """Name and the start of the digest: what each decision carries.

        >>> DecisionPolicy().version().partition("@")[0]
        'default'
        """
        return f"{self.name}@{self.digest()[:12]}"

    def room(self, territory: str) -> int | None:
        """How many open actions the territory may hold; None: no limit."""
        return self.capacities.get(territory, self.capacity)

    def limits(self) -> tuple[str, ...]:
        """The limits in words, as they are written into each decision.

        >>> DecisionPolicy(capacity=25, contact_cap=4, minimum_gap_days=14).limits()[1:]
        ('at most 4 contacts in 30 days', 'at least 14 days between contacts', 'at most 25 open')
        """
        texts = ["restrictions and consent"]
        if self.contact_cap is not None:
            texts.append(f"at most {self.contact_cap} contacts in {self.cap_days:g} days")
        if self.minimum_gap_days:
            texts.append(f"at least {self.minimum_gap_days:g} days between contacts")
        if self.quiet_hours:
            texts.append("none from {}:00 to {}:00".format(*self.quiet_hours))
        if self.minimum_score is not None:
            texts.append(f"score of at least {self.minimum_score:g}")
        if self.capacity is not None or self.capacities:
            texts.append(f"at most {self.capacity} open" if not self.capacities else "open places")
        return tuple(texts)
