"""What the policy plans over, how careful it is, and how it must show its worth."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from perdure.kernel.config import Settings
from perdure.solutions.donor.priors import Priors, priors

Factor = Annotated[float, Field(gt=0, le=10)]
Form = Literal["plan", "tree-8", "tree-16", "tree-32"]


class SimulatorSettings(Settings):
    """The simulated months, and changes to the priors (``priors.yaml``), each with its source.

    ``hazard`` turns the chance to return at the next drive into one month's; 1 where the label
    is one month. A policy is chosen on ``chosen_on`` worlds and shown in ``worlds`` others.
    """

    months: int = Field(ge=3, le=60)
    hazard: float = Field(gt=0, le=1)
    defer_months: int = Field(ge=1, le=12)
    donors: int = Field(ge=500, le=200_000)
    worlds: int = Field(ge=2, le=64)
    chosen_on: int = Field(ge=2, le=256)
    priors: dict[str, Any] = Field(default_factory=dict)

    def prior(self) -> Priors:
        """The priors with the project's changes. Raises ValueError for one out of its range."""
        return priors(self.priors)


class PolicySettings(Settings):
    """How the policy is made.

    ``caution``: by name, the factors on what is believed of effects, opt-outs and recovery.
    ``choose_by``: which of them is served, among those that lose to never-contact in no world it
    is chosen on: that with the best mean over these worlds, the best worst world, or the best
    worst tenth of donors. ``form``: the plan itself, or a readable tree of it. ``signed_off_by``:
    who read the tree; a tree that nobody signed is not served. ``minimum_log``: randomised
    decisions without which the log is not asked; ``log_months``: how far back it is.
    """

    caution: dict[str, tuple[Factor, Factor, Factor]] = Field(min_length=1)
    choose_by: Literal["mean", "worst", "cvar"]
    form: Form
    signed_off_by: str | None = None
    minimum_log: int = Field(ge=100)
    log_months: int = Field(ge=1, le=240)
