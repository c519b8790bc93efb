"""Priors of the simulator: each a value with its range and source, read from ``priors.yaml``."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import log
from typing import Any, Self

import yaml
from pydantic import Field, model_validator

from perdure.kernel.config import Settings
from perdure.methods.contact.actions import ACTIONS
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld

SIMULATED = "simulated"
"""The word that stands beside every value that depends on a prior."""


class Prior(Settings):
    """One number that is believed, between ``low`` and ``high``, and why."""

    value: float = Field(ge=0)
    low: float = Field(ge=0)
    high: float = Field(ge=0)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value:g} is not between {self.low:g} and {self.high:g}")
        return self

    @property
    def assumed(self) -> bool:
        """Whether no study stands behind the very value."""
        return "assumption" in self.source


class Priors(Settings):
    """All numbers of the simulator that donation records cannot tell."""

    odds_ratio: dict[str, Prior]
    opt_out: dict[str, Prior]
    cost: dict[str, Prior]
    displaced: Prior
    fading: Prior
    recovery: Prior
    opt_out_loss: Prior

    @model_validator(mode="after")
    def _of_actions_and_in_bounds(self) -> Self:
        for name, held in (
            ("odds_ratio", self.odds_ratio), ("opt_out", self.opt_out), ("cost", self.cost),
        ):  # fmt: skip
            if strange := set(held) - set(ACTIONS[1:]):
                known = ", ".join(ACTIONS[1:])
                raise ValueError(f"{name}: no contact is called {min(strange)!r}; known: {known}")
        if any(prior.low <= 0 for prior in self.odds_ratio.values()):
            raise ValueError("odds_ratio: an odds ratio is above 0; 1 changes nothing")
        shares = {f"opt_out.{name}": prior for name, prior in self.opt_out.items()}
        shares |= {"displaced": self.displaced, "recovery": self.recovery}
        for name, prior in shares.items():
            if prior.high > 1:
                raise ValueError(f"{name}: a share is at most 1, not {prior.high:g}")
        return self

    def each(self) -> Iterator[tuple[str, Prior]]:
        """Every prior with its name, for pages and exports."""
        for name in type(self).model_fields:
            held = getattr(self, name)
            if isinstance(held, Prior):
                yield name.replace("_", " "), held
            else:
                yield from ((f"{name.replace('_', ' ')}, {key}", one) for key, one in held.items())

    def world(
        self, returns: ReturnModel, *, hazard: float, months: int, defer_months: int
    ) -> ContactWorld:
        """The world of these priors around a model of return."""
        by_action = [(self.odds_ratio, 1.0), (self.opt_out, 0.0), (self.cost, 0.0)]
        ratio, opt_out, cost = (
            tuple(held[a].value if a in held else none for a in ACTIONS) for held, none in by_action
        )
        return ContactWorld(
            returns=returns,
            hazard=hazard,
            effect=tuple(log(r) for r in ratio),
            fading=self.fading.value,
            opt_out=opt_out,
            cost=cost,
            displaced=tuple(self.displaced.value * (a == "incentive") for a in ACTIONS),
            opt_out_loss=self.opt_out_loss.value,
            recovery=self.recovery.value,
            defer_months=defer_months,
            months=months,
        )


def priors(changes: Mapping[str, Any] | None = None) -> Priors:
    """The priors that perdure brings, with the project's changes laid over them."""
    return Priors.model_validate(_laid_over(_shipped(), changes or {}))


def _laid_over(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(base)
    for name, value in changes.items():
        known = made.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        made[name] = _laid_over(known, value) if both else value  # type: ignore[arg-type]
    return made


@lru_cache
def _shipped() -> dict[str, Any]:
    text = importlib.resources.files(__package__).joinpath("priors.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
