"""Invented files in the forms of official ones, and settings to read them with."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

import perdure.solutions.conversion as solution
from perdure.kernel.config import load_settings
from perdure.methods.npi import numbers
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import TABLES

FOLDER = Path(solution.__file__).parent
CONTRACTS = {contract.name: contract for contract in TABLES}

PANEL = tuple(
    re.findall(
        r"\w+",
        """drug_class target_brand year NPI doc_specialty doc_city doc_cred doc_gender doc_state
        doc_bene_count doc_total_claims doc_total_drug_cost doc_total_day_supply doc_bene_count_65
        doc_total_claims_65 doc_total_drug_cost_65 doc_total_day_supply_65 doc_brand_claims
        doc_brand_cost doc_generic_claims doc_generic_cost doc_other_count doc_other_cost
        doc_mapd_claims doc_mapd_cost doc_lis_claims doc_lis_cost doc_grad_year doc_group_size
        doc_id total_payment_dollars total_class_bene total_target_bene total_class_claims
        total_target_claims total_class_day_supply total_target_day_supply total_class_drug_cost
        total_target_drug_cost total_target_payment_dollars total_target_payment_number
        doc_zip5""",
    )
)


def settings_of(template: str, **changes: object) -> ConversionSettings:
    """The defaults with a template on top, and whole parts replaced."""
    layers = [FOLDER / "defaults.yaml", FOLDER / "conf" / f"{template}.yaml"]
    loaded = load_settings(ConversionSettings, "conversion", layers, {}).value
    parts = {
        name: getattr(loaded, name).model_copy(update=values)
        if isinstance(values, dict)
        else values
        for name, values in changes.items()
    }
    return loaded.model_copy(update=parts)


def invented_npis(count: int, start: int = 900_000_000) -> list[str]:
    """Numbers that pass the check but belong to nobody: they begin with 9."""
    return numbers(np.arange(start, start + count)).tolist()


def panel_row(**values: object) -> dict[str, object]:
    """One panel row: sensible values where none are given, ``npi`` for ``NPI``."""
    row: dict[str, object] = {
        "drug_class": "democlass",
        "target_brand": "DEMOBRAND",
        "year": 2013,
        "NPI": invented_npis(1)[0],
        "doc_specialty": "Family Practice",
        "doc_city": "SPRINGFIELD",
        "doc_cred": "M.D.",
        "doc_gender": "F",
        "doc_state": "IA",
        "doc_bene_count": 300,
        "doc_total_claims": 5000,
        "doc_total_drug_cost": 250000.5,
        "doc_total_day_supply": 150000,
        "doc_total_claims_65": 4000,
        "doc_brand_claims": 1000,
        "doc_brand_cost": 200000.0,
        "doc_generic_claims": 4000,
        "doc_mapd_claims": 1500,
        "doc_lis_claims": 1200,
        "doc_grad_year": 1995,
        "doc_group_size": 12,
        "total_class_bene": 80,
        "total_target_bene": 0,
        "total_class_claims": 400,
        "total_target_claims": 0,
        "total_class_day_supply": 12000,
        "total_target_day_supply": 0,
        "total_class_drug_cost": 8000.0,
        "total_target_drug_cost": 0.0,
    }
    return row | values


def write_table(
    path: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None = None
) -> Path:
    """The rows as CSV, or TSV by the name; packed when the name ends in .gz."""
    names = list(columns or dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", delimiter="\t" if ".tsv" in path.name else ",")
    writer.writeheader()
    writer.writerows({name: row.get(name, "") for name in names} for row in rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def invented_panel(
    path: Path, size: int = 900, seed: int = 0, brands: int = 2, level: float = -2.8
) -> Path:
    """A panel of two years in which openness to brands, volume and place decide who converts."""
    rng = np.random.default_rng(seed)
    rows = [row for brand in range(brands) for row in _brand_rows(rng, brand, size, level)]
    return write_table(path, rows, PANEL)


def _brand_rows(
    rng: np.random.Generator, brand: int, size: int, level: float
) -> Iterator[dict[str, object]]:
    npis = invented_npis(size, 910_000_000 + 10_000 * brand)
    state = rng.integers(0, 6, size)
    open_ = rng.normal(0, 1, size)
    size_of = rng.normal(0, 1, size)
    odds = level + 1.8 * open_ + 1.1 * size_of + rng.normal(0, 0.5, 6)[state]
    volume = (300 * np.exp(0.5 * size_of) + 100).round()
    share = 1 / (1 + np.exp(1.3 - 0.5 * open_ + rng.normal(0, 0.2, size)))
    writer = rng.random(size) < 1 / (1 + np.exp(1 - odds))
    later = writer | (rng.random(size) < 1 / (1 + np.exp(-odds)))
    gone = rng.random(size) < 0.1
    for i in range(size):
        same = {
            "drug_class": f"class{brand}",
            "target_brand": f"BRAND{brand}",
            "NPI": npis[i],
            "doc_state": f"S{state[i]}",
            "doc_city": f"CITY {rng.integers(0, 4)}",
            "doc_specialty": ("Family Practice", "Cardiology")[int(rng.random() < 0.3)],
            "doc_gender": "M" if rng.random() < 0.6 else "F",
            "doc_grad_year": int(rng.integers(1970, 2010)),
            "doc_group_size": int(rng.integers(1, 40)),
            "doc_total_claims": int(volume[i] * 12),
            "doc_brand_claims": int(volume[i] * 12 * share[i]),
        }
        for year, writes in ((2013, writer[i]), (2014, later[i])):
            if year == 2014 and gone[i]:
                continue
            own = int(volume[i] * 0.4) + 100 if writes else 0
            dear = 2.0 if year == 2014 and writes and not writer[i] else 1.0
            cost = (volume[i] + own) * 20 * dear * float(np.exp(rng.normal(0, 0.1)))
            yield panel_row(
                **same
                | {
                    "year": year,
                    "total_target_claims": own,
                    "total_class_claims": int(volume[i]) + own,
                    "total_class_drug_cost": round(cost, 2),
                }
            )


def frame(rows: object) -> pl.DataFrame:
    """An importer's rows (a table or a stream) as a frame."""
    table = rows if isinstance(rows, pa.Table) else rows.read_all()
    return pl.DataFrame(table)
