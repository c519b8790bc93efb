"""A candidate that lies, crashes, hangs or is damaged is a failed check, never a failed parent."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from registry_made import CASE, NAME, SOLUTION, Trained, candidate, passing, register, serve

from perdure.kernel.errors import GateRefused
from perdure.methods.boosting import Boosting
from perdure.platform.registry.registry import Registry
from perdure.platform.registry.release import assess
from perdure.platform.registry.smoke import smoke_score
from perdure.platform.training.settings import GateSettings


def asked(project, made, **changes):
    stored = Registry(project).register(made, SOLUTION, CASE, training=Trained())
    return smoke_score(project.artifacts, stored.digest, SOLUTION, changes.get("seconds", 60))


def test_a_good_model_answers_to_the_last_bit(project):
    told = asked(project, candidate(learner=lambda: Boosting(rounds=5)))
    assert told.ok, told.words
    assert told.words == "20 rows answered, to the last bit"


def test_a_model_that_answers_otherwise_is_caught(project):
    smoke = candidate().smoke
    other = smoke.column("_expected").to_numpy().copy()
    other[3] += 1e-15
    lying = smoke.set_column(smoke.num_columns - 1, "_expected", pa.array(other))
    told = asked(project, candidate(smoke=lying))
    assert not told.ok
    assert "1 differ" in told.words


@pytest.mark.parametrize("cut", [10, 400])
def test_a_native_file_that_crashes_its_parser_kills_only_the_child(project, cut):
    made = candidate(learner=lambda: Boosting(rounds=5))
    name = "learner.bag0.txt"
    text = made.files[name].decode()
    broken = text.replace("num_leaves=", "num_leaves=999999", 1) if cut == 10 else text[:cut]
    told = asked(project, candidate(files={**made.files, name: broken.encode()}))
    assert not told.ok
    assert told.words


def test_a_model_that_names_foreign_code_is_refused(project):
    made = candidate()
    form = json.loads(made.files["model.json"]) | {"learner": "subprocess:Popen"}
    told = asked(project, candidate(files={**made.files, "model.json": json.dumps(form).encode()}))
    assert not told.ok
    assert "outside perdure.methods" in told.words


def test_a_model_that_hangs_is_ended(project):
    told = asked(project, candidate(), seconds=0.01)
    assert not told.ok
    assert "no answer within" in told.words


def test_damaged_bytes_are_found_before_they_are_parsed(project):
    stored = register(Registry(project))
    file = project.artifacts.root / stored.digest / "model-model.json"
    file.chmod(0o600)
    file.write_bytes(b"{" + file.read_bytes()[1:] + b" ")
    told = smoke_score(project.artifacts, stored.digest, SOLUTION, 60)
    assert not told.ok
    assert "is not what was stored" in told.words


def test_the_whole_gate_lets_a_good_candidate_serve(project, registry):
    made = register(registry)
    report = assess(project, SOLUTION, made.reference)
    assert report.passed, report.refusal()
    assert {c.name for c in report.checks} >= {"baselines", "calibration", "card", "smoke"}
    served = registry.promote(made.reference, actor="ann", reason="first", gate=report)
    assert served.state == "champion"
    assert registry.history(NAME)[0].gate["checks"][0]["name"] == "outcomes"


def test_the_gate_names_the_champion_it_judged_against(project, registry):
    serve(registry, 0)
    made = register(registry, 1)
    report = assess(project, SOLUTION, made.reference, GateSettings(champion_rule="better"))
    assert report.champion == f"{NAME}@1"
    assert "champion" in report.refusal()
    with pytest.raises(GateRefused):
        registry.promote(made.reference, actor="a", reason="r", gate=report)
    assert passing(made.reference).passed
