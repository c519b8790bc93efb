"""Search as you type over 74,724 ICD-10-CM codes: how fast, and whether known names are found.

700 billable codes are drawn with their real usage as weight (a code without usage counts 0.05).
Of each, one known name is typed: the official name, or an own inclusion term, simple name or
synonym, one half each where there are any; long names up to the fourth word, or to the end where
four words name more than ten codes. Queries are the beginnings of 1, 3, 6 and 12 letters and the
whole. For a quarter an edit is asked (insert, delete, replace, swap) inside a word of five or more
letters, after its first letter. hit@10 is counted on the whole: the code, or for a name that more
codes share one of those, is among the first ten. Peer: FTS5 with bm25 over the same rows.

``python -m benchmarks.search [--table FILE] [--targets 700] [--json]``
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perdure.solutions.prescription.search.build import build_index
from perdure.solutions.prescription.search.fts import FtsIndex
from perdure.solutions.prescription.search.icd10 import KIND, read_icd10_table
from perdure.solutions.prescription.search.protocol import Term, folded

SEED = 20_260_131
LETTERS = (1, 3, 6, 12)
AIMS = {"clean": 0.99, "typo": 0.98, "p50_ms": 0.6, "p99_ms": 9.0}
Search = Callable[[str], list[str]]


@dataclass(frozen=True)
class Target:
    """A name that is typed, the codes it may mean, and whether an edit was made."""

    typed: str
    codes: frozenset[str]
    edited: bool


def place() -> Path:
    """The search table: beside the repository, or where PERDURE_SHARED_DATA says."""
    told = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(told) if told else Path(__file__).parents[2] / "shared" / "data"
    return root / "icd10" / "icd10cm_search.parquet"


def own_names(path: Path) -> dict[str, list[str]]:
    """The further names that a code has itself, not by inheritance."""
    import polars as pl

    lists = ("inclusion_terms", "simple_names", "mesh_synonyms")
    rows = pl.read_parquet(path, columns=["code", *lists]).iter_rows(named=True)
    return {row["code"]: [name for column in lists for name in row[column]] for row in rows}


def edited(typed: str, rng: random.Random) -> str | None:
    """The text with one edit inside a longer word; ``None`` when it has none."""
    words = typed.split()
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return None
    at = rng.choice(long)
    word = words[at]
    i = rng.randrange(1, len(word) - 1)
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    swapped = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    kinds = [word[:i] + letter + word[i:], word[:i] + word[i + 1 :]]
    kinds += [word[:i] + letter + word[i + 1 :], swapped]
    words[at] = rng.choice([k for k in kinds if k != word])
    return " ".join(words)


def targets(path: Path, terms: list[Term], count: int) -> list[Target]:
    """The drawn targets; the same count gives the same ones."""
    rng = random.Random(SEED)
    further = own_names(path)
    holders: dict[str, set[str]] = defaultdict(set)
    for term in terms:
        for name in (term.name, *term.simple_names, *term.aliases):
            holders[folded(name)].add(term.code)
    starts: dict[str, set[str]] = defaultdict(set)
    for name, codes in holders.items():
        starts[" ".join(name.split()[:4])] |= codes
    found = []
    for term in rng.choices(terms, [max(t.popularity, 0.05) for t in terms], k=count):
        others = [n for n in further[term.code] if folded(n)]
        name = folded(rng.choice(others) if others and rng.random() < 0.5 else term.name)
        short = " ".join(name.split()[:4])
        typed = short if len(starts[short]) <= 10 else name
        wrong = edited(typed, rng) if rng.random() < 0.25 else None
        found.append(Target(wrong or typed, frozenset(holders[name]), wrong is not None))
    return found


def measured(search: Search, asked: list[Target]) -> dict[str, Any]:
    """Times of all queries and hits of the whole ones."""
    times, hits = [], {True: [0, 0], False: [0, 0]}
    for target in asked:
        beginnings = [target.typed[:n] for n in LETTERS if n < len(target.typed)]
        for text in [*beginnings, target.typed]:
            start = time.perf_counter()
            codes = search(text)
            times.append(time.perf_counter() - start)
        hits[target.edited][0] += bool(target.codes & set(codes))
        hits[target.edited][1] += 1
    times.sort()
    share = {edit: n / max(all_, 1) for edit, (n, all_) in hits.items()}
    return {
        "queries": len(times),
        "edited": hits[True][1],
        "clean": round(share[False], 4),
        "typo": round(share[True], 4),
        **{f"p{p}_ms": round(times[len(times) * p // 100] * 1e3, 2) for p in (50, 95, 99)},
    }


def bm25(path: Path) -> Search:
    """The same rows ordered by bm25 and popularity, without any help with typing errors."""
    connection = sqlite3.connect(path)

    def search(text: str) -> list[str]:
        words = folded(text).split()
        question = " ".join([*(f'"{w}"' for w in words[:-1]), f'"{words[-1]}"*']) if words else ""
        rows = connection.execute(
            "SELECT t.code FROM words w JOIN term t ON t.id = w.rowid WHERE words MATCH ? "
            "ORDER BY bm25(words) LIMIT 10",
            (question,),
        )
        return [str(row[0]) for row in rows] if question else []

    return search


def compare(path: Path, count: int) -> dict[str, Any]:
    """Build the index and measure both methods on it."""
    terms = read_icd10_table(path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "icd10.index"
        start = time.perf_counter()
        build_index(file, terms)
        seconds = time.perf_counter() - start
        index = FtsIndex(file, Path(folder) / "additions")
        asked = targets(path, terms, count)
        found = measured(lambda text: [h.code for h in index.search(text, KIND)], asked)
        peer = measured(bm25(file), asked[: max(count // 10, 1)])
        size = file.stat().st_size / 1e6
    kept = all(found[k] >= v if k in {"clean", "typo"} else found[k] <= v for k, v in AIMS.items())
    return {
        "benchmark": "search",
        "terms": len(terms),
        "targets": count,
        "build_seconds": round(seconds, 1),
        "megabytes": round(size),
        "perdure": found,
        "fts5 bm25": peer,
        "aims": AIMS,
        "aims_kept": kept,
    }


def main() -> int:
    """Measure and print; status 1 when an aim was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", type=Path, default=place())
    parser.add_argument("--targets", type=int, default=700)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.table.is_file():
        print(f"NO SEARCH TABLE at {options.table.name}: set PERDURE_SHARED_DATA, or use --table")
        return 0
    result = compare(options.table, options.targets)
    if options.json:
        print(json.dumps(result))
        return 0 if result["aims_kept"] else 1
    print(
        f"{result['terms']:,} codes, built in {result['build_seconds']} s, {result['megabytes']} MB"
    )
    head = ("queries", "p50_ms", "p95_ms", "p99_ms", "clean", "typo")
    print(f"{'method':<12}" + "".join(f"{name:>9}" for name in head))
    for method in ("perdure", "fts5 bm25"):
        print(f"{method:<12}" + "".join(f"{result[method][name]:>9}" for name in head))
    print(
        f"hit@10 typo over {result['perdure']['edited']} edited; aims kept: {result['aims_kept']}"
    )
    return 0 if result["aims_kept"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
