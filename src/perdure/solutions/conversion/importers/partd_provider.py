"""CMS Medicare Part D Prescribers by Provider, names since 2021 and before.

Providers with 10 claims or fewer are not in the file. ``*`` marks a cell below the threshold,
``#`` one hidden to protect it; both are read as "not known".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.tables import TableContract
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, prescribers, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import PHYSICIAN, PRACTICE

NEEDS_YEAR = True
MAIN = "practice"
_MEASURES = (
    # In a combined file the provider's own totals are the second columns of that name.
    Field("claims", ("tot_clms", "total_claim_count.1", "total_claim_count"), needed=True),
    Field("patients", ("tot_benes", "bene_count.1", "bene_count")),
    Field("cost", ("tot_drug_cst", "total_drug_cost.1", "total_drug_cost")),
    Field("days_supply", ("tot_day_suply", "total_day_supply.1", "total_day_supply")),
    Field("claims_65", ("ge65_tot_clms", "total_claim_count_ge65.1", "total_claim_count_ge65")),
    Field("brand_claims", ("brnd_tot_clms", "brand_claim_count"), needed=True),
    Field("brand_cost", ("brnd_tot_drug_cst", "brand_drug_cost")),
    Field("generic_claims", ("gnrc_tot_clms", "generic_claim_count")),
    Field("generic_cost", ("gnrc_tot_drug_cst", "generic_drug_cost")),
    Field("lis_claims", ("lis_tot_clms", "lis_claim_count")),
    Field("mapd_claims", ("mapd_tot_clms", "mapd_claim_count")),
    Field("risk_score", ("bene_avg_risk_scre", "beneficiary_average_risk_score")),
)
FIELDS = (*prescribers.WHO, *_MEASURES)


def recognises(header: Sequence[str]) -> bool:
    """Whether the file has a prescriber, all claims and the claims of brands."""
    return present(header, FIELDS)


def read(
    path: Path,
    settings: ConversionSettings,
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, Iterator[pa.Table], str]]:
    """The tables ``physician`` and ``practice``."""
    # The file is read once per table; what it lacks is told once.
    told = refusals or Refusals(path.name)
    for contract, aside in ((PHYSICIAN, Refusals(path.name)), (PRACTICE, told)):
        yield contract.name, _rows(path, settings, contract, progress, aside), path.name


def _rows(
    path: Path,
    settings: ConversionSettings,
    contract: TableContract,
    progress: Progress,
    refusals: Refusals,
) -> Iterator[pa.Table]:
    year = values.year_of(path, settings.imports.year)
    wanted = columns(files.header(path), FIELDS, path.name)
    done = 0
    for frame in files.batches(path, wanted, refusals):
        chosen = prescribers.selected(prescribers.texts(frame), settings.imports, refusals)
        single = prescribers.once(chosen)
        refusals.pass_over("further rows of a prescriber", chosen.height - single.height)
        dated = prescribers.years(single, year, settings.imports.lag_months)
        done += frame.height
        progress.step(f"{path.name}: {contract.name}", done)
        yield values.as_table(contract, dated)
