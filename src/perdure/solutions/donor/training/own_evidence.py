"""What the service's own log says of a candidate, as evidence rows beside the simulated ones."""

from __future__ import annotations

from collections.abc import Iterator

from perdure.kernel.clock import add_months
from perdure.kernel.evidence import Measured
from perdure.methods.offpolicy.estimate import Answer, Estimate
from perdure.methods.offpolicy.uplift import difference as apart
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.evidence import OWN_LOG, difference
from perdure.solutions.donor.own_log import RETURN, own_values
from perdure.solutions.donor.own_policies import LOGGED, NEVER, SERVED
from perdure.solutions.donor.own_rows import own_rows, read_tables
from perdure.solutions.donor.own_sequences import Sequences, sequences
from perdure.solutions.donor.predictor import DonorPredictor

CHAMPION = "champion"
LONGEST = 3


def own_evidence(
    context: TrainingContext, served: DonorPredictor
) -> tuple[list[Measured], dict[str, object]]:
    """Rows ``... (own log)`` of the candidate, the logged policy, never contacting, the champion.

    Outcomes count as far as the newest index date's window. The difference to the champion is of
    the most months in a row that the log can tell, because a single month sees neither that
    contacts tire nor that who gave again keeps giving. Gives the rows, and notes for the report:
    ``refusal`` says why there are none.
    """
    if context.project is None:
        return [], {"refusal": "no project, so no log"}
    settings, case = context.settings, context.case
    at = add_months(max(context.training_set.index_dates), settings.label.window_months)
    named = {SERVED: served}
    if context.champion and isinstance(context.champion.predictor, DonorPredictor):
        named[CHAMPION] = context.champion.predictor
    tables = read_tables(context.project)
    rows = own_rows(tables, settings, case, at)
    told = own_values(rows, settings, case, at, named)
    if told.refusal:
        return [], {"refusal": told.refusal}
    one = {v.policy: v.best for v in told.values if v.outcome == RETURN}
    found = list(_values(case, 1, one))
    over: Measured | None = None
    for months in range(LONGEST, 1, -1):
        several = sequences(tables, rows, settings, case, at, months, named)
        found += _values(case, months, _doubly_robust(several))
        over = over or _over(case, months, _doubly_robust(several))
    over = over or _over(case, 1, one)
    notes = {"decisions": told.decisions, "donors": told.donors, "caveats": list(told.caveats)}
    return [*found, *([over] if over else [])], notes


def _doubly_robust(told: Sequences) -> dict[str, Answer]:
    """Of each policy the answer that a model helps; of the log itself its mean."""
    return {
        name: next((a for a in answers if a.method == "wdr"), answers[0])
        for name, answers in told.answers.items()
    }


def _values(case: str, months: int, answers: dict[str, Answer]) -> Iterator[Measured]:
    names = {SERVED: SERVED, CHAMPION: CHAMPION, LOGGED: "logged", NEVER: "never"}
    for policy, told in answers.items():
        if isinstance(told, Estimate):
            yield Measured(case, names[policy] + OWN_LOG, _metric(months), told.value, told.low,
                           told.high, told.support.n)  # fmt: skip


def _over(case: str, months: int, answers: dict[str, Answer]) -> Measured | None:
    mine, theirs = answers.get(SERVED), answers.get(CHAMPION)
    if not isinstance(mine, Estimate) or not isinstance(theirs, Estimate):
        return None
    made = apart(mine, theirs)
    return Measured(case, difference(CHAMPION) + OWN_LOG, _metric(months), made.value, made.low,
                    made.high, made.n)  # fmt: skip


def _metric(months: int) -> str:
    return f"return in {months} month{'s' * (months > 1)}"
