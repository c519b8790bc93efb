"""What was shown against what was saved, and visits of tables replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from perdure.methods.recommend.ranker import RankerSettings
from perdure.platform.storage.journal import Entry as Kept
from perdure.solutions.prescription.engine.encoding import encode, learn_vocabulary
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.frames import frames
from perdure.solutions.prescription.engine.parts import fit_parts
from perdure.solutions.prescription.engine.stack import StackSettings, fit_stack
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.memory import SAVED, SHOWN, as_body
from perdure.solutions.prescription.prescription import Entry, Prescription
from perdure.solutions.prescription.watch.seen import SCHEMA, of_journal, of_tables

NOON = datetime(2026, 1, 5, 12)
WORDS = dict.fromkeys((*SERVED, "molecule-new"), ("a", "b"))
TERMS = Vocabulary(WORDS, (), ())


def kept(sequence, kind, doctor, body):
    return Kept(sequence, str(sequence), kind, doctor, doctor, NOON, body)


def shown(sequence, doctor, pills, entered=()):
    body = {"entered": {"lab": list(entered)}, "shown": {"lab": [[pill, 0.5] for pill in pills]}}
    return kept(sequence, SHOWN, doctor, body)


def saved(sequence, doctor, *labs):
    written = Prescription(doctor, entries={"lab": tuple(Entry(lab) for lab in labs)})
    return kept(sequence, SAVED, doctor, as_body(written))


def hits(*entries):
    found = of_journal(entries, TERMS).filter(pl.col("field") == "lab")
    return found["hit"].to_list()


def test_the_pills_before_the_field_was_written_count():
    assert hits(shown(1, "d", "a"), shown(2, "d", "b", entered="a"), saved(3, "d", "a")) == [True]
    assert hits(shown(1, "d", "b"), shown(2, "d", "a", entered="b"), saved(3, "d", "a")) == [False]


def test_pills_of_another_doctor_or_an_earlier_prescription_do_not_count():
    assert hits(shown(1, "e", "a"), saved(2, "d", "a")) == [None]
    assert hits(shown(1, "d", "a"), saved(2, "d", "a"), saved(3, "d", "a")) == [True, None]


def test_a_field_without_entries_is_no_miss_and_the_ninth_pill_no_hit():
    assert hits(shown(1, "d", "a"), saved(2, "d")) == [None]
    assert hits(shown(1, "d", [*"cdefghij", "a"]), saved(2, "d", "a")) == [False]


def test_unknown_entries_are_counted():
    found = of_journal([saved(1, "d", "a", "new:x")], TERMS).filter(pl.col("field") == "lab")
    assert found.select("entries", "unknown").row(0) == (2, 1)


def tables(n=240, seed=0):
    """Visits in which the complaint tells everything; one a day."""
    rng = np.random.default_rng(seed)
    visits, entries = [], []
    for number in range(n):
        at, kind = datetime.fromordinal(NOON.toordinal() + number), int(rng.integers(12))
        visit = f"v{number:03}"
        visits.append((visit, at, f"d{number % 5}", number, "GP", 40, "female", None))
        codes = {"complaint": "c", "diagnosis": "d", "medicine": "b", "lab": "l", "advice": "a"}
        entries += [(visit, field, f"{letter}{kind:02}", f"m{kind:02}" if letter == "b" else None,
                     "new") for field, letter in codes.items()]  # fmt: skip
    listed = ["visit", "event_time", "doctor", "sequence", "specialty", "age", "sex", "notes"]
    entered = ["visit", "field", "code", "molecule", "status"]
    names = [(field, f"{field[0]}{kind:02}", f"{field} number {kind}", None)
             for field in ("complaint", "diagnosis") for kind in range(12)]  # fmt: skip
    named = {"field": pl.String, "code": pl.String, "name": pl.String, "simple_names": pl.String}
    schema = {name: pl.String if name == "notes" else None for name in listed}
    return frames(
        pl.DataFrame(visits, schema=schema, orient="row"),
        pl.DataFrame(entries, schema=entered, orient="row"),
        pl.DataFrame(names, schema=named, orient="row"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def practice():
    found = tables()
    terms = learn_vocabulary(found.visits, found.entries, found.names)
    visits = encode(found.visits, found.entries, terms)
    parts = fit_parts(visits.take(np.arange(120)), terms, 24_300.0, fields=list(SERVED))
    few = StackSettings(ranker=RankerSettings(rounds=20, least=5))
    rankers = {name: fit_stack(parts, visits, np.arange(120, 200), name, few) for name in SERVED}
    return found, Engine(parts, rankers)


def test_only_visits_after_the_training_are_replayed(practice):
    found, engine = practice
    after = found.visits["event_time"].sort()[199]
    seen = of_tables(found, engine, after)
    assert seen.height == 40 * len(SERVED)
    assert seen["at"].min() > after
    assert seen.filter(pl.col("field") == "diagnosis")["hit"].mean() > 0.95
    assert seen["unknown"].sum() == 0
    assert of_tables(found, engine, found.visits["event_time"].max()).schema == pl.Schema(SCHEMA)


def test_what_the_model_does_not_know_is_a_miss(practice):
    found, engine = practice
    broken = found.entries.with_columns(
        pl.when(pl.col("field") == "diagnosis").then(pl.lit("new ") + pl.col("code"))
        .otherwise("code").alias("code")
    )  # fmt: skip
    seen = of_tables(replace(found, entries=broken), engine, found.visits["event_time"].sort()[199])
    lost = seen.filter(pl.col("field") == "diagnosis")
    assert lost["hit"].to_list() == [False] * 40
    assert (lost["unknown"] == lost["entries"]).all()
