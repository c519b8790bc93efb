"""Variants inside a contact: learned from the log, drawn with chances that are logged."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from donor_service import always, tables_of

from perdure.kernel.config import load_settings
from perdure.kernel.errors import IntegrityError, PerdureError
from perdure.methods.contact.actions import ACTIONS, EMAIL, NONE
from perdure.platform.inference.batch import VALUE
from perdure.solutions.donor.decide import propose
from perdure.solutions.donor.own_rows import known_at
from perdure.solutions.donor.predictor import DonorPredictor
from perdure.solutions.donor.sample.world import sample
from perdure.solutions.donor.settings import DonorSettings, VariantSettings
from perdure.solutions.donor.variants import CHANCES, FILE, Variants, learned

CASE, DONORS = "default", 2_000
NAMED = VariantSettings(subjects=("A", "B"), hours=(10, 18))


@pytest.fixture(scope="module")
def trying(settings) -> DonorSettings:
    return settings.model_copy(update={"variants": {"email": NAMED}})


def predictions(told: str | None = None) -> pa.Table:
    """Everybody is worth an e-mail; ``told`` are the reasons of each."""
    worth = {VALUE + a: np.full(DONORS, float(a == "email")) for a in ACTIONS}
    at = pa.array([np.datetime64("2026-03-01", "us")] * DONORS)
    names = [f"d{n}" for n in range(DONORS)]
    return pa.table({"entity": names, "at": at, "reasons": [told or "[]"] * DONORS, **worth})


def said(made: pl.DataFrame, name: str) -> list:
    read = (json.loads(text) for text in made["reasons"])
    return [next((r["value"] for r in one if r["feature"] == name), None) for one in read]


def test_without_variants_nothing_changes(settings) -> None:
    made = propose(settings, CASE, predictions())
    assert settings.variants == {}
    assert set(made["reasons"]) == {"[]"}
    assert set(made["send_at"].dt.hour()) == {settings.decision.send_hour}
    assert made["propensity"].max() > 0.9


def test_a_draw_tells_its_variant_its_hour_and_the_whole_chance(settings, trying) -> None:
    chances = {"email": {"A@10": 0.1, "A@18": 0.2, "B@10": 0.0, "B@18": 0.7}}
    told = json.dumps([{"feature": CHANCES, "value": json.dumps(chances), "effect": 0, "text": ""}])
    plain = propose(settings, CASE, predictions(told)).sort("entity")
    made = propose(trying, CASE, predictions(told)).sort("entity")
    # The action is drawn as before; the variant is a draw of its own.
    assert made["action"].to_list() == plain["action"].to_list()
    mails = made.filter(pl.col("action") == "email")
    before = plain.filter(pl.col("action") == "email")["propensity"]
    pairs = [
        f"{s}@{h:.0f}" for s, h in zip(said(mails, "variant"), said(mails, "hour"), strict=True)
    ]
    share = np.array([chances["email"][pair] for pair in pairs])
    np.testing.assert_allclose(mails["propensity"].to_numpy(), before.to_numpy() * share)
    assert mails["send_at"].dt.hour().to_list() == [int(p.split("@")[1]) for p in pairs]
    often = {pair: pairs.count(pair) / len(pairs) for pair in chances["email"]}
    assert often["B@10"] == 0
    assert often["B@18"] == pytest.approx(0.7, abs=0.05)
    assert set(said(made.filter(pl.col("action") != "email"), "variant")) <= {None}
    assert said(made, CHANCES) == [None] * made.height


def test_a_model_that_knows_no_variants_draws_alike(trying) -> None:
    made = propose(trying, CASE, predictions()).filter(pl.col("action") == "email")
    assert made["propensity"].max() == pytest.approx(0.25, abs=0.02)


def test_what_was_opened_is_learned(trying) -> None:
    world = sample(seed=2, size=400)
    tables = tables_of(world)
    sent = tables["donor_contact"]
    # Every hour becomes one of the two; only B in the evening is ever opened.
    hour = pl.when(pl.int_range(pl.len()) % 2 == 0).then(10).otherwise(18).cast(pl.Int64)
    tables["donor_contact"] = sent.with_columns(hour=hour)
    liked = tables["donor_contact"].filter((pl.col("variant") == "B") & (pl.col("hour") == 18))[
        "contact"
    ]
    kept = (pl.col("kind") != "opened") | pl.col("contact").is_in(liked.implode())
    tables["donor_response"] = tables["donor_response"].filter(kept & (pl.col("kind") != "donated"))
    made = learned(tables, trying, CASE, world.horizon)
    at = np.full(50, np.datetime64(world.horizon - timedelta(days=40), "us"))
    known = known_at(tables, trying, CASE, world.names()[:50], at)
    (reason,) = made.reasons(known)[0]
    chances = json.loads(reason.value)["email"]
    assert set(chances) == set(NAMED.names())
    assert max(chances, key=chances.get) == "B@18"
    assert min(chances.values()) >= NAMED.explore / 4 - 1e-6


def test_the_predictor_tells_the_chances_and_the_files_come_back(trying) -> None:
    world = sample(seed=2, size=60)
    tables = tables_of(world)
    variants = learned(tables, trying, CASE, world.horizon)
    files = always(EMAIL).to_files() | variants.to_files()
    again = Variants.from_files(files)
    at = np.full(20, np.datetime64(world.horizon, "us"))
    known = known_at(tables, trying, CASE, world.names()[:20], at)
    assert again.reasons(known) == variants.reasons(known)
    told = DonorPredictor(always(EMAIL), again).why(known)
    assert all(reasons[-1].feature == CHANCES for reasons in told)
    assert Variants.from_files(always(NONE).to_files()).reasons(known) == [()] * 20
    with pytest.raises(IntegrityError, match="variants"):
        Variants.from_files({FILE: b'{"email": {}}'})


@pytest.mark.parametrize("text", [
    "{subjects: [A], hours: [10]}", "{subjects: [A, A], hours: [9]}",
    "{subjects: [A, B], hours: [24]}", "{subjects: [], hours: [9]}",
])  # fmt: skip
def test_variants_that_are_none_are_refused(tmp_path, text) -> None:
    from pathlib import Path

    from perdure.solutions import donor

    own = tmp_path / "donor.yaml"
    own.write_text(f"variants:\n  email: {text}\n")
    defaults = Path(donor.__file__).parent / "defaults.yaml"
    with pytest.raises(PerdureError):
        load_settings(DonorSettings, "donor", [defaults, own], {})
