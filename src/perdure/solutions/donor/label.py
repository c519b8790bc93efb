"""What counts as a return: the label contract of donor engagement."""

from __future__ import annotations

from perdure.kernel.labels import LabelContract
from perdure.solutions.donor.settings import DonorSettings


def label(settings: DonorSettings, case: str) -> LabelContract:  # noqa: ARG001 - one for all cases
    """Whoever gave before gives again in the window; nobody is left out for having returned.

    Deferred donors are asked about as well: that they do not return is an outcome.
    """
    stated = settings.label
    return LabelContract(
        name="return",
        entity="donor",
        entity_key="donor",
        source="donation",
        amount="1",
        event="true",
        market="true",
        lookback_months=stated.lookback_months,
        window_months=stated.window_months,
        observed_by="horizon",
        repeatable=True,
    )
