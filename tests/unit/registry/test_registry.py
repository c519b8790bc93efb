"""Versions, promotion and rollback: one champion always, the same bytes again, never half done."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from registry_made import (
    CASE,
    NAME,
    SOLUTION,
    Trained,
    candidate,
    passing,
    register,
    rows,
    serve,
)

from perdure.kernel.errors import GateRefused, IntegrityError, StoreError, UsageError
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.loading import load_model
from perdure.platform.registry.registry import Registry


def test_a_registered_candidate_can_be_read_back_whole(registry):
    made = register(registry)
    assert (made.name, made.version, made.state) == (NAME, 1, "challenger")
    assert made.metrics["ap"] == 0.10
    assert made.training_version == 3
    bundle = registry.open(made.reference)
    given = candidate()
    assert bundle.files() == given.files
    assert bundle.evidence() == given.evidence
    assert bundle.card() == given.card
    assert bundle.smoke().equals(given.smoke)
    assert bundle.report()["nothing"] is None
    assert bundle.about()["index_dates"] == ["2024-01-01T00:00:00", "2024-07-01T00:00:00"]
    assert bundle.card_text().startswith("# Model card: Demo")


def test_the_same_bytes_keep_their_version(registry):
    assert register(registry).version == register(registry).version == 1
    assert register(registry, seed=1).version == 2
    assert register(registry).version == 1
    assert [v.version for v in registry.versions(NAME)] == [2, 1]


def test_promotion_moves_both_aliases(registry):
    first, second = serve(registry, 0), serve(registry, 1)
    assert registry.champion(NAME) == second
    assert second.state == "champion"
    assert registry.get(f"{NAME}@challenger").version == first.version
    third = register(registry, seed=2)
    assert third.state == "challenger"
    assert registry.get(first.reference).state == "retired"
    assert [p.kind for p in registry.history(NAME)] == ["promote", "promote"]
    assert registry.history(NAME)[0].actor == "ann"
    assert registry.history(NAME)[0].gate["passed"] is True


def test_promoting_the_champion_again_changes_nothing(registry):
    made = serve(registry, 0)
    registry.promote(made.reference, actor="bob", reason="again", gate=passing(made.reference))
    assert len(registry.history(NAME)) == 1


def test_rollback_brings_the_same_scores_back(registry):
    table, _ = rows(200, seed=9)
    before = load_model(registry.open(serve(registry, 0).reference)).predict(table)
    changed = load_model(registry.open(serve(registry, 1).reference)).predict(table)
    assert not np.array_equal(before, changed)
    back = registry.rollback(NAME, actor="bob", reason="worse")
    assert np.array_equal(load_model(registry.open(back.reference)).predict(table), before)
    assert (back.version, back.state) == (1, "champion")
    assert registry.get(f"{NAME}@challenger").version == 2
    assert registry.history(NAME)[0].reason == "worse"


def test_rollback_goes_further_back_and_promotion_starts_anew(registry):
    for seed in range(3):
        serve(registry, seed)
    assert registry.rollback(NAME, actor="a", reason="r").version == 2
    assert registry.rollback(NAME, actor="a", reason="r").version == 1
    with pytest.raises(UsageError, match="no earlier champion"):
        registry.rollback(NAME, actor="a", reason="r")
    assert serve(registry, 2).version == 3
    assert registry.rollback(NAME, actor="a", reason="r").version == 1


def test_the_gate_must_have_let_this_version_pass(registry):
    made = register(registry)
    failed = GateReport(made.reference, None, (Check("card", "failed", "complete", "2 missing"),))
    with pytest.raises(GateRefused, match="2 missing"):
        registry.promote(made.reference, actor="a", reason="r", gate=failed)
    with pytest.raises(GateRefused, match=f"judged {NAME}@7"):
        registry.promote(made.reference, actor="a", reason="r", gate=passing(f"{NAME}@7"))
    assert registry.champion(NAME) is None
    assert registry.history(NAME) == []


def test_a_gate_against_a_former_champion_is_stale(registry):
    register(registry, 0)
    register(registry, 1)
    stale = passing(f"{NAME}@2", champion=None)
    serve(registry, 0)
    with pytest.raises(StoreError, match="changed since"):
        registry.promote(f"{NAME}@2", actor="a", reason="r", gate=stale)
    assert registry.champion(NAME).version == 1


def test_a_damaged_version_is_neither_promoted_nor_rolled_back_to(registry, project):
    first = serve(registry, 0)
    serve(registry, 1)
    third = register(registry, 2)
    for made in (first, third):
        file = project.artifacts.root / made.digest / "model-learner.logistic.json"
        file.chmod(0o600)
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    with pytest.raises(IntegrityError):
        registry.promote(third.reference, actor="a", reason="r", gate=passing(third.reference))
    with pytest.raises(IntegrityError):
        registry.rollback(NAME, actor="a", reason="r")
    assert registry.champion(NAME).version == 2
    assert len(registry.history(NAME)) == 2


@pytest.mark.parametrize(
    "reference",
    [
        "demo/brand-y@1",
        f"{NAME}@9",
        f"{NAME}@champion",
        NAME,
        "",
        "@",
        f"{NAME}@²",
        f"{NAME}@{9**25}",
    ],
)
def test_an_unknown_reference_is_told_what_is_known(registry, reference):
    register(registry)
    with pytest.raises(UsageError) as error:
        registry.get(reference)
    assert "demo/brand-x" in str(error.value)
    assert f"no model named '{NAME}'" not in str(error.value)


def test_two_promotions_at_once_leave_one_champion(registry, project):
    serve(registry, 0)
    wanted = [register(registry, seed).reference for seed in (1, 2)]
    told: list[object] = []

    def promote(reference: str) -> None:
        try:
            gate = passing(reference, champion=f"{NAME}@1")
            told.append(Registry(project).promote(reference, actor="a", reason="r", gate=gate))
        except StoreError as error:
            told.append(error)

    threads = [threading.Thread(target=promote, args=(reference,)) for reference in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [t for t in told if not isinstance(t, StoreError)]
    assert len(won) == 1
    assert registry.champion(NAME).version == won[0].version
    assert registry.get(f"{NAME}@challenger").version == 1
    assert len(registry.history(NAME)) == 2


def test_models_of_cases_do_not_mix(registry):
    register(registry)
    registry.register(candidate(1), SOLUTION, "Brand Y", training=Trained())
    assert registry.names() == ("demo/brand-x", "demo/brand-y")
    assert registry.get("demo/brand-y@1").digest != registry.get("demo/brand-x@1").digest
    assert len(registry.digests()) == 2


def test_a_candidate_without_files_is_refused(registry):
    with pytest.raises(UsageError, match="model file"):
        registry.register(candidate(files={}), SOLUTION, CASE, training=Trained())
