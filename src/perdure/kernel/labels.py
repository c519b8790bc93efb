"""The label contract: one declarative answer to "what exactly is being predicted?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from perdure.kernel.names import digest


@dataclass(frozen=True, slots=True)
class LabelContract:
    """Who is asked about, at which dates, what event counts, and when it cannot be known.

    At index date t:

    * *eligible*: a row of ``source`` satisfies ``market`` within ``lookback_months`` before t
      (at least ``minimum_market`` of ``amount`` in all), and the sum of ``amount`` over rows that
      satisfy ``event`` there is below ``minimum_volume`` (never a writer in the lookback),
      unless the event is ``repeatable``: then whoever had it before is asked as well.
    * *positive*: the sum of ``amount`` over rows with ``event`` in the outcome window
      ``(t + gap, t + gap + window]`` (months) reaches ``minimum_volume``.
    * *censored* (label NULL, never 0): the window is not over at the data horizon, or, when
      ``observed_by`` is ``"activity"``, the entity has no row with ``market`` in the window;
      or a row that satisfies ``suppressed`` there leaves the answer open.

    ``gap`` must cover the data lag. Expressions are SQL over the source's columns and may use
    ``:name`` placeholders. Outcome rows count once they are known (``known_at <= as_of``).

    >>> LabelContract("first-rx", "physician", "npi", "claims", "claims", "product = :brand",
    ...               "market = :market").span_months()
    6
    """

    name: str
    entity: str
    entity_key: str
    source: str
    amount: str
    event: str
    market: str
    lookback_months: int = 12
    gap_months: int = 0
    window_months: int = 6
    minimum_volume: float = 1
    minimum_market: float = 1
    observed_by: Literal["activity", "horizon"] = "horizon"
    suppressed: str | None = None
    repeatable: bool = False
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)

    def span_months(self) -> int:
        """Months from the index date until the outcome is complete."""
        return self.gap_months + self.window_months

    def digest(self) -> str:
        """SHA-256 of the contract."""
        return digest(repr(self))
