"""The return probability as rows and verdicts of a benchmark, on a file in UCI's format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from perdure.kernel.evidence import Measured, Verdict
from perdure.solutions.donor.importers.transfusion import read_frame
from perdure.solutions.donor.propensity.candidates import Donors
from perdure.solutions.donor.propensity.choosing import Choice, choose
from perdure.solutions.donor.propensity.published import PUBLISHED, published_split
from perdure.solutions.donor.settings import DonorSettings

CASE = "return"
"""Before the name of the split in ``case``."""
_UCI = (748, 178)
"""Rows and donations of the data set that the published figures belong to."""


def donors_of(path: Path, settings: DonorSettings) -> Donors:
    """Recency, frequency, time and outcome of a file, or of the one RFMT file of a folder.

    Raises ContractError for a row that breaks the contract, or without an outcome.
    """
    frame = read_frame(path, settings, labelled=True)
    columns = ("recency_months", "frequency", "time_months", "donated")
    return Donors(*(frame[name].cast(float).to_numpy() for name in columns))


def return_report(path: Path, settings: DonorSettings) -> tuple[list[Measured], list[Verdict]]:
    """How every model of return did, and whether the served one reaches its target.

    The published split is measured where the file is UCI transfusion itself.
    """
    donors = donors_of(path, settings)
    chosen = choose(donors, settings.propensity)
    rows, verdicts = [*_rows(chosen)], [_target(chosen)]
    if (chosen.donors, chosen.returned) == _UCI:
        found = published_split(donors)
        asked = round(chosen.donors / 4)
        rows += [
            Measured(f"{CASE}, published split", f"logistic-{name}", "auc", value, n=asked)
            for name, value in found.items()
        ]
        verdicts.append(_published(found))
    return rows, verdicts


def _rows(chosen: Choice) -> Iterator[Measured]:
    """Means over the repeats; the standard deviation over them is a metric of its own."""
    for score in chosen.scores:
        case = f"{CASE}, {score.split}"
        for metric in ("auc", "log_loss", "brier"):
            for suffix in ("", "_sd"):
                name = (metric + suffix).replace("_", "-")
                value = getattr(score, metric + suffix)
                yield Measured(case, score.model, name, value, n=chosen.donors)


def _target(chosen: Choice) -> Verdict:
    reached = chosen.score(chosen.name).log_loss
    return Verdict(
        "the served model of return reaches its target",
        f"log loss at most {chosen.target:g}, {chosen.repeated} repeated donors kept together",
        f"{chosen.name}: {reached:.4f}; best of all: {chosen.best}",
        chosen.holds,
    )


def _published(found: Mapping[str, float]) -> Verdict:
    return Verdict(
        "the published split gives the published figures",
        ", ".join(f"{name} {value:.4f}" for name, value in PUBLISHED.items()),
        ", ".join(f"{name} {value:.4f}" for name, value in found.items()),
        all(round(found[name], 4) == value for name, value in PUBLISHED.items()),
    )
