"""What is known of each prescription: its entries, how many are unknown, whether a pill hit.

One row a prescription and field. Those that were saved here are held against the pills that were
shown; those of the tables are replayed: asked about as they were when the field was written, with
nothing but the doctor's strictly earlier visits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from perdure.methods.recommend.accuracy import best_of_candidates, shown
from perdure.methods.recommend.membership import Ints
from perdure.platform.storage.journal import Entry as Kept
from perdure.solutions.prescription.engine.batches import as_written, batches
from perdure.solutions.prescription.engine.candidates import candidates
from perdure.solutions.prescription.engine.encoding import encode
from perdure.solutions.prescription.engine.fields import PILLS, SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.frames import Frames
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.memory import SAVED, from_body
from perdure.solutions.prescription.prescription import Prescription, Section

SAMPLE = 200
"""Visits of a week that are replayed: the error of a share is then about 3 points."""

SCHEMA: Mapping[str, type[pl.DataType] | pl.DataType] = {
    "visit": pl.String, "at": pl.Datetime("us"), "doctor": pl.String, "specialty": pl.String,
    "field": pl.String, "hit": pl.Boolean, "entries": pl.Int64, "unknown": pl.Int64,
}  # fmt: skip
_SECTION: Mapping[str, Section] = {
    "complaint": "complaint", "diagnosis": "diagnosis", "molecule": "medicine",
    "brand": "medicine", "lab": "lab", "advice": "advice",
}  # fmt: skip


def of_journal(kept: Iterable[Kept], terms: Vocabulary) -> pl.DataFrame:
    """Saved prescriptions, each with the pills that its doctor was shown before, oldest first."""
    open_: dict[str, list[Mapping[str, Any]]] = {}
    rows: list[dict[str, Any]] = []
    for entry in kept:
        if entry.kind != SAVED:
            open_.setdefault(entry.subject, []).append(entry.body)
            continue
        rows += _saved(entry, open_.pop(entry.subject, []), terms)
    return pl.DataFrame(rows, schema=SCHEMA)


def _saved(
    entry: Kept, before: list[Mapping[str, Any]], terms: Vocabulary
) -> Iterable[dict[str, Any]]:
    written = from_body(entry.body)
    for field in SERVED:
        codes = _codes(written, field)
        yield {
            "visit": f"rx-{entry.sequence}", "at": entry.at, "doctor": written.doctor,
            "specialty": written.specialty or None, "field": field,
            "hit": _hit(before, field, codes) if codes else None, "entries": len(codes),
            "unknown": sum(code not in terms.number[field] for code in codes),
        }  # fmt: skip


def _codes(written: Prescription, field: str) -> list[str]:
    entries = written.of(_SECTION[field])
    found = [e.molecule if field == "molecule" else e.code for e in entries]
    return sorted({code for code in found if code})


def _hit(before: list[Mapping[str, Any]], field: str, codes: list[str]) -> bool | None:
    """Whether the pills held one of them when the field was about to be written."""
    for body in reversed(before):
        if not body["entered"].get(_SECTION[field]):
            pills = [code for code, _ in body["shown"].get(field, ())][:PILLS]
            return bool(set(pills) & set(codes))
    return None


def of_tables(found: Frames, engine: Engine, after: datetime, seed: int = 0) -> pl.DataFrame:
    """Visits of the tables after a moment; some of every week are replayed through the engine."""
    visits = found.visits.with_row_index("row")
    recent = visits.filter(pl.col("event_time") > after)
    if recent.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    table = encode(found.visits, found.entries, engine.terms)
    rows = _some(recent, seed)
    names = pl.Series(found.doctors, dtype=pl.String)
    who = recent.select(
        "row", "visit", pl.col("event_time").cast(pl.Datetime("us")).alias("at"),
        names.gather(recent["doctor"]).alias("doctor"), "specialty",
    )  # fmt: skip
    made = [_of_field(who, found, engine, table, rows, field) for field in SERVED]
    return pl.concat(made).select(list(SCHEMA))


def _of_field(
    who: pl.DataFrame, found: Frames, engine: Engine, table: Visits, rows: Ints, field: str
) -> pl.DataFrame:
    counted = _counted(found.entries, field, engine.terms)
    hits = pl.DataFrame({"row": rows, "hit": replayed(engine, table, rows, field)}).cast(
        {"row": pl.UInt32}
    )
    told = who.join(counted, on="visit", how="left").join(hits, on="row", how="left")
    zero = pl.col("entries", "unknown").fill_null(0).cast(pl.Int64)
    # Where nothing was entered there is nothing to hit; what is unknown is missed.
    hit = pl.when(pl.col("entries") > 0).then("hit").alias("hit")
    return told.with_columns(zero).with_columns(hit, pl.lit(field).alias("field"))


def _counted(entries: pl.DataFrame, field: str, terms: Vocabulary) -> pl.DataFrame:
    """Entries of a field by visit, and how many of them the engine does not know."""
    section, column = _SECTION[field], "molecule" if field == "molecule" else "code"
    held = entries.filter((pl.col("field") == section) & pl.col(column).is_not_null())
    known = pl.Series(list(terms.number[field]), dtype=pl.String)
    return held.group_by("visit").agg(
        pl.len().alias("entries"), (~pl.col(column).is_in(known.implode())).sum().alias("unknown")
    )


def replayed(engine: Engine, table: Visits, rows: Ints, field: str) -> np.ndarray:
    """Whether eight pills hold an entry of each visit, asked as the field was written."""
    hit = np.zeros(len(rows), dtype=bool)
    asked = as_written(table, rows, field)
    place = np.searchsorted(rows, asked.rows)
    for part, here, scores in batches(engine.parts, table, asked, field):
        found = candidates(engine.parts, scores, here)
        raw = engine.rankers[field].raw(found.numbers)
        top = best_of_candidates(found.row, found.item, raw, len(here.visits), PILLS)
        truth = asked.truth.take(np.arange(part.start, part.stop))
        hit[place[part]] = shown(top, truth).one
    return hit


def _some(recent: pl.DataFrame, seed: int) -> Ints:
    """Up to ``SAMPLE`` visits of every week, evenly drawn, in order."""
    week = pl.col("event_time").dt.truncate("1w")
    mixed = recent.select("row", week.alias("week")).sample(fraction=1.0, shuffle=True, seed=seed)
    kept = mixed.filter(pl.int_range(pl.len()).over("week") < SAMPLE)
    return np.sort(kept["row"].to_numpy().astype(np.int64))
