"""The policy as the platform's predictor: features of donors in, chances and worths out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from perdure.kernel.decisions import Reason
from perdure.methods.contact.actions import ACTIONS, NONE, Bools, Floats, Ints
from perdure.platform.registry.bundle import ModelBundle
from perdure.solutions.donor.chooser import Chooser
from perdure.solutions.donor.history import (
    RFT,
    contact_columns,
    contacted_of,
    donors_of,
    temper_of,
)
from perdure.solutions.donor.intervals import WHO
from perdure.solutions.donor.priors import SIMULATED
from perdure.solutions.donor.variants import Variants


class DonorPredictor:
    """Answers with the chance of a donation in the coming month when nobody contacts the donor.

    ``values`` says what each action is worth over the months that the plan looks ahead; that
    depends on priors of what contacts do, so every reason carries the word simulated.
    """

    def __init__(self, chooser: Chooser, variants: Variants | None = None) -> None:
        self.chooser = chooser
        self.variants = variants or Variants({})

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return (*RFT, *WHO, *contact_columns(self.chooser.contact_months))

    @property
    def actions(self) -> tuple[str, ...]:
        """none, sms, email, incentive."""
        return ACTIONS

    def predict(self, table: pa.Table) -> Floats:
        """The chance to donate within the month, (n,), without a contact."""
        donors, world = donors_of(table), self.chooser.world
        chance = world.returns.probability(donors.recency, donors.donations, donors.months)
        return np.asarray(world.hazard * chance * self.chooser.intervals.open_share(table))

    def values(self, table: pa.Table) -> Floats:
        """The expected return of each action, (n, actions), in donations; NaN where barred.

        A signed tree that chooses otherwise than the plan gets its choice put first by a hair.
        """
        donors = donors_of(table)
        temper = self._temper(table)
        worth = self.chooser.worth(donors, temper)
        if self.chooser.tree is not None:
            rows = np.arange(len(worth))
            chosen = self.chooser.best(donors, temper)
            worth[rows, chosen] = np.nanmax(worth, axis=1) + 1e-6
        return worth

    def why(self, table: pa.Table) -> list[tuple[Reason, ...]]:
        """What the action adds over no contact, the chance without one, and the history."""
        values = self.values(table)
        best = np.nan_to_num(values, nan=-np.inf).argmax(axis=1)
        gain = values[np.arange(len(best)), best] - values[:, NONE]
        chance, donors = self.predict(table), donors_of(table)
        contacted = self._contacted(table)
        months = self.chooser.world.months
        return [
            (*_reasons(ACTIONS[a], g, p, int(r), f, c, months), *variant)
            for a, g, p, r, f, c, variant in zip(
                best.tolist(), gain.tolist(), chance.tolist(), donors.recency.tolist(),
                donors.donations.tolist(), contacted, self.variants.reasons(table), strict=True,
            )
        ]  # fmt: skip

    def _contacted(self, table: pa.Table) -> list[tuple[int, int]]:
        history = contacted_of(table, self.chooser.contact_months)
        first = np.where(history.any(axis=1), history.argmax(axis=1) + 1, 0)
        return list(zip(history.sum(axis=1).tolist(), first.tolist(), strict=True))

    def _temper(self, table: pa.Table) -> Ints:
        history: Bools = contacted_of(table, self.chooser.contact_months)
        return temper_of(history, self.chooser.tempers)


def _reasons(
    action: str, gain: float, chance: float, recency: int, donations: int,
    contacts: tuple[int, int], months: int,
) -> tuple[Reason, ...]:  # fmt: skip
    count, latest = contacts
    plan = f"{_PLAN[action]} is worth {gain:+.3f} donations over {months} months ({SIMULATED})"
    if action == ACTIONS[NONE]:
        plan = f"Leaving alone is best now ({SIMULATED})"
    rest = (
        "Not contacted in the last months"
        if not count
        else (f"{count} contact{'s' * (count > 1)} lately, the last {_months(latest)} ago")
    )
    return (
        Reason("plan", action, gain, plan),
        Reason("chance", chance, 0.0, f"{chance:.1%} give within a month without a contact"),
        Reason("recency", float(recency), 0.0,
               f"Last donation {_months(recency)} ago, {donations} so far"),
        Reason("contacts", float(count), 0.0, rest),
    )  # fmt: skip


_PLAN = {"none": "No contact", "sms": "An SMS now", "email": "An e-mail now",
         "incentive": "An incentive now"}  # fmt: skip


def _months(count: int) -> str:
    return f"{count} month{'s' * (count != 1)}"


def load(bundle: ModelBundle) -> DonorPredictor:
    """The policy of a stored version."""
    files = bundle.files()
    return DonorPredictor(Chooser.from_files(files), Variants.from_files(files))
