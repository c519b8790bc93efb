"""The assistant's own monitors: does it still help, does it still know the words, does it steer?

Read from the journal (what was shown, saved and answered) and the tables, of the newest week or
the newest four. Limits come from the later visits of the training run: see ``watch.limits``.
Only visits after that run are replayed, since the model has counted the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import polars as pl

from perdure.platform.inference.predictor import OpenModel, open_model
from perdure.platform.monitoring.reading import Reading
from perdure.platform.registry.registry import Registry, model_name
from perdure.platform.storage.journal import Entry, Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.frames import Frames, frames
from perdure.solutions.prescription.memory import SAVED, SHOWN, TAKEN
from perdure.solutions.prescription.settings import PrescriptionSettings
from perdure.solutions.prescription.watch.brands import moved
from perdure.solutions.prescription.watch.limits import (
    FEWEST,
    Question,
    Usual,
    from_profile,
    read,
    share_error,
    usual,
)
from perdure.solutions.prescription.watch.seen import of_journal, of_tables

DAYS = 28
MOST = 20_000
"""Newest entries of each kind of the journal that are looked at."""

TABLES = ("prescription_visit", "prescription_entry", "prescription_term")
HIT, UNKNOWN, ITEMS, OVERRIDE, BRANDS = 0.05, 0.05, 0.05, 0.10, 0.02
"""The changes that matter: points of a share; items relative to their mean; bits of divergence."""

_ANSWER: Mapping[str, type[pl.DataType] | pl.DataType] = {
    "at": pl.Datetime("us"), "against": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recent:
    """What happened up to a moment: prescriptions by field, answers to pills, brands entered."""

    seen: pl.DataFrame
    answers: pl.DataFrame
    brands: Mapping[str, Mapping[str, int]]


def monitors(
    project: Project,
    settings: PrescriptionSettings,  # noqa: ARG001 - the form of every solution
    case: str,
    at: datetime,
) -> list[Reading]:
    """All readings of a case that can be made at that moment; none without a champion."""
    from perdure.solutions.prescription.solution import SOLUTION

    champion = Registry(project).champion(model_name(SOLUTION.name, case))
    if champion is None:
        return []
    model = open_model(project, SOLUTION, champion.reference)
    profile = model.bundle.profiles()
    return readings(profile, recent(project, model, case, at)) if "weeks" in profile else []


def recent(project: Project, model: OpenModel, case: str, at: datetime) -> Recent:
    """What the journal and the tables tell of the time after the champion was trained."""
    engine: Engine = model.predictor.engine  # type: ignore[attr-defined]
    since = datetime.fromisoformat(model.bundle.profiles()["until"])
    with Journal(project, "prescription", case) as journal:
        kept = {kind: _kept(journal, kind, at) for kind in (SAVED, SHOWN, TAKEN)}
    written = sorted(kept[SAVED] + kept[SHOWN], key=lambda entry: entry.sequence)
    saved = of_journal(written, engine.terms)
    found = _frames(project, at)
    if found is not None:
        # A prescription that was saved here and came back with the tables counts once.
        replays = of_tables(found, engine, since).join(saved, on="visit", how="anti")
        saved = pl.concat([replays, saved])
    return Recent(saved, _answers(kept[TAKEN]), _brands(kept[SAVED], found, engine, at, since))


def readings(profile: Mapping[str, Any], found: Recent) -> list[Reading]:
    """Every reading that the numbers allow, held against a stored profile."""
    weeks = profile["weeks"]
    return list(
        chain(
            _by_week(weeks["one@8"], found.seen),
            _by_doctor(from_profile(profile["doctors"]), _newest(found.seen)),
            _by_specialty(profile["specialties"], _newest(found.seen)),
            _unknown(weeks["unknown"], found.seen),
            _items(from_profile(weeks["items"]), found.seen),
            _overrides(found.answers),
            _steering(profile, found.brands),
        )
    )


def _by_week(reference: Mapping[str, Any], seen: pl.DataFrame) -> Iterator[Reading]:
    for field in SERVED:
        before = from_profile(reference.get(field))
        judged = seen.filter((pl.col("field") == field) & pl.col("hit").is_not_null())
        weeks = _weekly(judged, pl.col("hit").mean())
        if before is None or not weeks:
            continue
        week, value, n = weeks[-1]
        text = f"{value:.1%} of {n} visits had an entry among the 8 pills, week of {week:%Y-%m-%d}"
        asked = Question("one@8 by week", field, HIT, +1)
        told = {"n": n, "course": [[f"{w:%Y-%m-%d}", v, m] for w, v, m in weeks[-12:]]}
        yield read(asked, value, share_error(before, n), before, text, told)


def _by_doctor(before: Usual | None, seen: pl.DataFrame) -> Iterator[Reading]:
    """The doctor whom the pills help least, among those with enough visits."""
    rows = _grouped(seen, "doctor")
    if before is None or not rows:
        return
    doctor, value, n = min(rows, key=lambda row: (row[1], row[0]))
    text = f"of {len(rows)} doctors the least helped one had an entry among 8 pills in {value:.1%}"
    asked = Question("one@8 by doctor", "least helped", HIT, +1, looks=len(rows))
    told = {"doctor": doctor, "n": n, "doctors": len(rows)}
    yield read(asked, value, share_error(before, n), before, text, told)


def _by_specialty(reference: Mapping[str, Any], seen: pl.DataFrame) -> Iterator[Reading]:
    rows = _grouped(seen, "specialty")
    for name, value, n in sorted(rows):
        before = from_profile(reference.get(name))
        if before is not None:
            text = f"{value:.1%} of the fields of {n} visits had an entry among the 8 pills"
            asked = Question("one@8 by specialty", name, HIT, +1, looks=len(rows))
            yield read(asked, value, share_error(before, n), before, text, {"n": n})


def _unknown(reference: Mapping[str, Any], seen: pl.DataFrame) -> Iterator[Reading]:
    share = pl.col("unknown").sum() / pl.col("entries").sum()
    for field in SERVED:
        before = from_profile(reference.get(field))
        weeks = _weekly(seen.filter((pl.col("field") == field) & (pl.col("entries") > 0)), share)
        if before is None or not weeks:
            continue
        week, value, n = weeks[-1]
        text = f"{value:.1%} of the entries are unknown to the model, week of {week:%Y-%m-%d}"
        asked = Question("unknown entries", field, UNKNOWN, -1)
        yield read(asked, value, share_error(before, n), before, text, {"visits": n})


def _items(before: Usual | None, seen: pl.DataFrame) -> Iterator[Reading]:
    """More entries a prescription than before: do suggestions make doctors write more?"""
    whole = (
        seen.filter(pl.col("field") != "molecule").group_by("visit", "at")
        .agg(pl.col("entries").sum())
    )  # fmt: skip
    mean = _weekly(whole, pl.col("entries").mean())
    if before is None or not mean:
        return
    week, value, n = mean[-1]
    error = _weekly(whole, pl.col("entries").std())[-1][1] / n**0.5
    text = f"{value:.2f} entries a prescription, usual {before.mean:.2f}; week of {week:%Y-%m-%d}"
    asked = Question("items per prescription", "all", ITEMS * before.mean, -1)
    yield read(asked, value, error, before, text, {"n": n})


def _overrides(answers: pl.DataFrame) -> Iterator[Reading]:
    """Pills that were ignored or replaced; the weeks before are the reference."""
    weeks = _weekly(answers, pl.col("against").mean())
    if not weeks:
        return
    week, value, n = weeks[-1]
    before = usual([share for _, share, _ in weeks[:-1]])
    text = f"{value:.1%} of {n} answered pills were ignored or replaced, week of {week:%Y-%m-%d}"
    if before.weeks < 3:
        yield Reading("override rate", "all", "ok", text, value, evidence={"n": n})
        return
    asked = Question("override rate", "all", OVERRIDE, -1)
    yield read(asked, value, share_error(before, n), before, text, {"n": n})


def _steering(
    profile: Mapping[str, Any], brands: Mapping[str, Mapping[str, int]]
) -> Iterator[Reading]:
    before = from_profile(profile["brand_weeks"])
    value, by = moved(profile["brands"], brands)
    if before is None or not by:
        return
    most = sorted(by, key=lambda name: -by[name])[:5]
    text = f"brand shares within {len(by)} molecules are {value:.4f} bits from those learned from"
    told = {"molecules": len(by), "most": {name: by[name] for name in most}}
    yield read(Question("brand share moved", "all", BRANDS, -1), value, 0.0, before, text, told)


def _weekly(rows: pl.DataFrame, value: pl.Expr) -> list[tuple[datetime, float, int]]:
    """(week, value, visits) of the weeks with enough visits, oldest first."""
    weeks = rows.group_by(pl.col("at").dt.truncate("1w").alias("week")).agg(
        value.alias("value"), pl.len().alias("n")
    )
    return list(weeks.filter(pl.col("n") >= FEWEST).sort("week").iter_rows())


def _grouped(seen: pl.DataFrame, by: str) -> list[tuple[str, float, int]]:
    """(group, share of hits over all fields, visits) of the groups with enough visits."""
    judged = seen.filter(pl.col("hit").is_not_null() & pl.col(by).is_not_null())
    found = judged.group_by(by).agg(
        pl.col("hit").mean().alias("value"), pl.col("visit").n_unique().alias("n")
    )
    return list(found.filter(pl.col("n") >= FEWEST).iter_rows())


def _newest(seen: pl.DataFrame) -> pl.DataFrame:
    """The four weeks up to the newest visit."""
    if seen.is_empty():
        return seen
    return seen.filter(pl.col("at") > pl.col("at").max() - timedelta(days=DAYS))


def _kept(journal: Journal, kind: str, at: datetime) -> list[Entry]:
    return [entry for entry in journal.newest(kind, most=MOST) if entry.at <= at]


def _answers(taken: list[Entry]) -> pl.DataFrame:
    rows = [(entry.at, entry.body["outcome"] != "accepted") for entry in taken]
    return pl.DataFrame(rows, schema=_ANSWER, orient="row")


def _frames(project: Project, at: datetime) -> Frames | None:
    """The tables as they were known at the moment."""
    if not all(project.lake.exists(name) for name in TABLES):
        return None
    read_, entries, terms = (pl.DataFrame(project.lake.dataset(n).to_table()) for n in TABLES)
    known = read_.filter((pl.col("event_time") <= at) & (pl.col("known_at") <= at))
    return frames(known, entries.join(known, on="visit", how="semi"), terms)


def _brands(
    saved: list[Entry], found: Frames | None, engine: Engine, at: datetime, since: datetime
) -> dict[str, dict[str, int]]:
    """Entries by molecule and brand of the newest four weeks."""
    start = max(at - timedelta(days=DAYS), since)
    made: dict[str, dict[str, int]] = {}
    for brand in chain(_saved_brands(saved, start), _table_brands(found, start)):
        molecule = engine.terms.molecule_of.get(brand)
        if molecule:
            counts = made.setdefault(molecule, {})
            counts[brand] = counts.get(brand, 0) + 1
    return made


def _saved_brands(saved: list[Entry], start: datetime) -> Iterator[str]:
    for entry in saved:
        if entry.at > start:
            yield from (told["code"] for told in entry.body["entries"].get("medicine", ()))


def _table_brands(found: Frames | None, start: datetime) -> Iterator[str]:
    if found is None:
        return
    fresh = found.visits.filter(pl.col("event_time") > start).select("visit")
    medicines = found.entries.filter(pl.col("field") == "medicine")
    yield from medicines.join(fresh, on="visit", how="semi")["code"].to_list()
