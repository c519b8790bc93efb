"""The public files that the importer ``cms`` reads, at their owners' addresses.

Files whose address changes with each edition are named by their official page.
"""

from __future__ import annotations

from perdure.kernel.downloads import Download

_CMS = (
    "A work of the United States Government, in the public domain within the United States. "
    "Published by the Centers for Medicare & Medicaid Services; name them as the source. "
    "It names physicians: treat it with respect"
)
_NUCC = (
    "Copyright American Medical Association on behalf of the National Uniform Claim Committee; "
    "free to use under the conditions at https://www.nucc.org (unchanged, with the notice, as is); "
    "read them before you pass it on or sell a product with it"
)
_PART_D = (
    "https://data.cms.gov/provider-summary-by-type-of-service/medicare-part-d-prescribers/"
    "medicare-part-d-prescribers-by-provider"
)

DOWNLOADS = (
    Download(
        "partd-provider",
        "Medicare Part D Prescribers by Provider, one file a year",
        _PART_D,
        _CMS,
        importer="cms",
        page=True,
        note="choose the year, then the CSV (0.7 GB a year)",
    ),
    Download(
        "partd-provider-drug",
        "Medicare Part D Prescribers by Provider and Drug, one file a year",
        f"{_PART_D}-and-drug",
        _CMS,
        importer="cms",
        page=True,
        note="choose the year, then the CSV (about 3.5 GB a year); imports.markets names the drugs",
    ),
    Download(
        "open-payments",
        "Open Payments, general payments, one file a year",
        "https://openpaymentsdata.cms.gov/datasets/download",
        _CMS,
        importer="cms",
        page=True,
        note="the file OP_DTL_GNRL_PGYR…; where it is packed as a zip, unpack it",
    ),
    Download(
        "nppes",
        "NPPES, every provider with an NPI, monthly",
        "https://download.cms.gov/nppes/NPI_Files.html",
        _CMS,
        importer="cms",
        page=True,
        note="a zip (about 1 GB): unpack npidata_pfile_….csv",
    ),
    Download(
        "nucc",
        "NUCC Health Care Provider Taxonomy, version 25.1",
        "https://www.nucc.org/images/stories/CSV/nucc_taxonomy_251.csv",
        _NUCC,
        importer="cms",
        note="a newer edition has another number: give its address with --from",
    ),
)
