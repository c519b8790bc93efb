"""How many visits with a medicine would be interrupted, or carry a quiet alert, by source.

All office visits of the folder ``namcs`` with at least one medicine; each is reviewed as one
prescription with age and sex (pregnancy and allergies are not in the data, so those two checks
are not measured). A visit counts once for a source however many pairs of it stand there; of the
thesaurus also by level. Interactions come from all tables of the folder ``ddi``; what comes with
perdure is counted apart, and its interruptions must stay at or under 1 % of the visits.

``python -m benchmarks.safety_alerts [--data FOLDER] [--year YEAR] [--json]``
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from perdure.solutions.prescription.safety.alerts import Alert, Tier
from perdure.solutions.prescription.safety.check import SafetyCheck
from perdure.solutions.prescription.safety.files import Format, KnowledgeFile
from perdure.solutions.prescription.safety.knowledge import bundled_files, load
from perdure.solutions.prescription.safety.names import molecules_of
from perdure.solutions.prescription.safety.prescribed import (
    FEMALE,
    MALE,
    Context,
    Patient,
    Prescribed,
    prescribed,
    spread,
)

MOST_INTERRUPTED = 0.01
MICROSECONDS = 50.0
FORMATS = {
    Format.ONC_HIGH: ("ONC_High_Priority_Mapped.csv", None),
    Format.ONC_PASSIVE: ("ONC_Non_Interuptive_Mapped.csv", None),
    Format.NDF_RT: ("us_onc_ndfrt_pairs.parquet", None),
    Format.ANSM: ("ansm_thesaurus_2020_10.json.gz", "ansm_substances_2020_10.json"),
}
Visit = tuple[Patient, tuple[Prescribed, ...]]


def place() -> Path:
    """The folder with ``namcs`` and ``ddi``: beside the repository, or PERDURE_SHARED_DATA."""
    told = os.environ.get("PERDURE_SHARED_DATA")
    return Path(told) if told else Path(__file__).parents[2] / "shared" / "data"


def other_files(folder: Path) -> list[KnowledgeFile]:
    """The tables that do not come with perdure."""
    return [
        KnowledgeFile(kind, folder / name, folder / second if second else None)
        for kind, (name, second) in FORMATS.items()
    ]


def visits(folder: Path, year: int | None) -> Iterator[Visit]:
    """Every visit with a medicine: the patient and the medicines."""
    import polars as pl

    names = dict(pl.read_parquet(folder / "molecules.parquet").select("molecule", "name").rows())
    known = {code: prescribed(name or "") for code, name in names.items()}
    items = pl.read_parquet(folder / "items.parquet").filter(
        (pl.col("field") == "medicine") & pl.col("molecule").is_not_null()
    )
    listed = items.group_by("visit_id", maintain_order=True).agg("molecule")
    people = pl.read_parquet(folder / "visits.parquet", columns=["visit_id", "year", "age", "sex"])
    told = pl.lit(value=True) if year is None else pl.col("year") == year
    for row in people.filter(told).join(listed, on="visit_id").iter_rows(named=True):
        patient = Patient(row["age"], {1: FEMALE, 2: MALE}.get(row["sex"]))
        codes = dict.fromkeys(row["molecule"])
        yield patient, tuple(known[code] for code in codes if code in known)


def kinds(alerts: Iterable[Alert]) -> set[str]:
    """The rows of the table that a visit with these alerts counts for."""
    found = set()
    for alert in alerts:
        if alert.rule.startswith("ansm."):
            level = int(alert.rule.rpartition(".")[2])
            found |= {f"interaction: ANSM level >= {least}" for least in range(1, level + 1)}
        elif alert.kind == "interaction":
            found.add(f"interaction: {alert.source}")
        else:
            found.add(f"{alert.kind} ({alert.tier})")
    return found


def shares(asked: list[Visit], safety: SafetyCheck) -> dict[str, float]:
    """The share of visits that count for each row."""
    counted: Counter[str] = Counter()
    for patient, medicines in asked:
        found = safety.review(Context(patient, medicines)).alerts
        if found:
            counted.update(kinds(found) | {f"any {tier}" for tier in {a.tier for a in found}})
    return {name: round(n / len(asked), 5) for name, n in sorted(counted.items())}


def microseconds(asked: list[Visit], safety: SafetyCheck) -> dict[str, float]:
    """Times of checking the last medicine of a visit against the others, of the longest visits."""
    times = []
    long = sorted(asked, key=lambda visit: -len(visit[1]))[:2_000]
    for patient, medicines in long:
        context = Context(patient, medicines[:-1])
        start = time.perf_counter()
        safety.check(context, medicines[-1])
        times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    return {f"p{p}": round(times[len(times) * p // 100], 1) for p in (50, 95, 99)}


def mapped(asked: list[Visit], file: KnowledgeFile) -> float:
    """The share of molecules of these visits that the table names."""
    table = load([file]).interactions
    found = {molecule for _, medicines in asked for molecule, _ in spread(medicines)}
    return round(sum(m in table for m in found) / max(len(found), 1), 3)


def pairs_of(files: Iterable[KnowledgeFile]) -> dict[str, int]:
    """How many pairs each table holds after its classes are taken apart."""
    tables = [load([file]) for file in files]
    return {t.readiness[0].source: t.interactions.pairs for t in tables}


def measure(folder: Path, year: int | None) -> dict[str, Any]:
    """Both measurements: what comes with perdure, and all tables together."""
    asked = list(visits(folder / "namcs", year))
    others = other_files(folder / "ddi")
    own = SafetyCheck(load(bundled_files()))
    every = SafetyCheck(load([*bundled_files(), *others]))
    bundled = shares(asked, own)
    times = microseconds(asked, every)
    interrupted = bundled.get(f"any {Tier.INTERRUPT}", 0.0)
    return {
        "benchmark": "safety_alerts",
        "visits": len(asked),
        "pairs": pairs_of([*bundled_files()[:1], *others]),
        "named_by_ansm": mapped(asked, others[-1]),
        "bundled": bundled,
        "all tables": shares(asked, every),
        "microseconds": times,
        "not_ready": [str(r) for r in every.knowledge.readiness if not r.ready],
        "aims": {"interrupted": MOST_INTERRUPTED, "p50_microseconds": MICROSECONDS},
        "aims_kept": interrupted <= MOST_INTERRUPTED and times["p50"] <= MICROSECONDS,
    }


def table(result: dict[str, Any]) -> str:
    """The result for a person."""
    lines = [f"{result['visits']:,} visits with a medicine", *result["not_ready"]]
    lines += [f"{n:>8,} pairs of {source}" for source, n in result["pairs"].items()]
    for name in ("bundled", "all tables"):
        lines.append(f"-- {name}: share of visits with at least one")
        lines += [f"{share:>8.2%} {row}" for row, share in result[name].items()]
    lines.append(f"one medicine checked in {result['microseconds']} us (2,000 longest visits)")
    lines.append(f"molecules that the thesaurus names: {result['named_by_ansm']:.0%}")
    return "\n".join([*lines, f"aims kept: {result['aims_kept']}"])


def main() -> int:
    """Measure and print; status 1 when an aim was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=place())
    parser.add_argument("--year", type=int)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (options.data / "namcs").is_dir():
        print("NO VISITS: set PERDURE_SHARED_DATA, or use --data")
        return 0
    molecules_of("warm")  # the tables of names are read once, not in the first visit's time
    result = measure(options.data, options.year)
    print(json.dumps(result) if options.json else table(result))
    return 0 if result["aims_kept"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
