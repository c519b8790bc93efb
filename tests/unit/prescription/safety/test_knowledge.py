"""A knowledge base is in use or says loudly why not."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from perdure.solutions.prescription.safety import digests
from perdure.solutions.prescription.safety.alerts import CHECKS, Kind, Tier
from perdure.solutions.prescription.safety.check import SafetyCheck
from perdure.solutions.prescription.safety.files import Format, KnowledgeFile
from perdure.solutions.prescription.safety.knowledge import bundled_files, bundled_knowledge, load
from perdure.solutions.prescription.safety.prescribed import Context, Patient, prescribed

INTERACTIONS = "rule,left,right,tier,text,source,date\n"


def test_the_bundled_tables_are_ready_and_whole(knowledge) -> None:
    assert all(state.ready for state in knowledge.readiness)
    assert {state.check for state in knowledge.readiness} == set(CHECKS)
    assert not knowledge.not_checked
    assert not knowledge.set_aside
    assert knowledge.interactions.pairs == 1_159
    assert [s.rows for s in knowledge.readiness] == [15, 17, 27, 22, 43]
    assert bundled_knowledge().interactions.pairs >= 1_159


def test_the_digests_are_those_of_the_tables() -> None:
    folder = Path(digests.__file__).parent / "tables"
    tables = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.csv")}
    assert tables.pop("names.csv")
    assert tables == dict(digests.BUNDLED)


def test_nothing_given_is_nothing_checked() -> None:
    found = SafetyCheck(load(())).check(
        Context(Patient(40, "M", allergies=())), prescribed("aspirin")
    )
    assert not found.alerts
    assert found.not_checked == tuple(f"not checked: {k}: no table was given" for k in CHECKS)


def test_a_missing_file_is_a_visible_state(tmp_path) -> None:
    base = load([*bundled_files(), KnowledgeFile(Format.NDF_RT, tmp_path / "pairs.parquet")])
    (state,) = [s for s in base.readiness if not s.ready]
    assert state.check is Kind.INTERACTION
    assert state.state.startswith("not ready: pairs.parquet: cannot be read")
    assert state.as_dict()["source"] == "pairs.parquet"
    context = Context(Patient(40, "M", allergies=()), (prescribed("amiodarone"),))
    found = SafetyCheck(base).check(context, prescribed("simvastatin"))
    assert found.interrupts, "the tables that are there are used"
    assert found.not_checked[0].startswith("not checked: interaction: pairs.parquet: cannot")
    assert SafetyCheck(base).greyed(context, []).not_checked == found.not_checked


@pytest.mark.parametrize("place", [0, 1])
def test_a_changed_file_is_not_used(tmp_path, place) -> None:
    file = bundled_files()[0]
    both = [Path(shutil.copy(p, tmp_path)) for p in (file.path, file.companion)]
    with both[place].open("a") as changed:
        changed.write("\n")
    copy = KnowledgeFile(file.format, *both, file.sha256, file.companion_sha256)
    (state, *_) = load([copy]).readiness
    assert "the digest differs" in state.state
    assert load([copy]).interactions.pairs == 0


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("data", [b"", b"\x00\xff\xfe\x80", b"[1, 2]", b"[" * 100_000, b"{}"])
def test_no_file_content_raises(tmp_path, format_, data) -> None:
    for name in ("broken", "broken.gz", "broken.csv"):
        path = tmp_path / name
        path.write_bytes(data)
        state = load([KnowledgeFile(format_, path, path)]).readiness[0]
        assert not state.ready
        assert state.check is format_.check
        assert "not ready" in str(state)


def test_rows_are_kept_or_set_aside_with_the_reason(tmp_path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        INTERACTIONS + "own.1,Aspirin|@statin,warfarin,interrupt,bleeds,board,2026-01\n"
        "own.2,aspirin,,passive,x,board,2026-01\nown.3,a,b,loud,x,board,2026-01\n"
        "own.4,a,@nogroup,passive,x,board,2026-01\nown.5,a,b,passive,x,,2026-01\n"
    )
    base = load([KnowledgeFile(Format.INTERACTIONS, path)])
    state = base.readiness[0]
    assert (state.rows, state.set_aside, state.source, state.edition) == (1, 4, "board", "2026-01")
    assert base.interactions.rules("warfarin", "rosuvastatin")[0].tier is Tier.INTERRUPT
    reasons = [s.reason for s in base.set_aside["board"].set_aside]
    assert ["no molecule" in reasons[0], "loud" in reasons[1], "nogroup" in reasons[2]] == [
        True
    ] * 3
    assert "source" in reasons[3]


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        (
            Format.AGES,
            "rule,molecules,from,below,tier,text,source,date\na,x,young,8,passive,t,s,d\n",
        ),
        (Format.PREGNANCY, "rule,molecules,tier,text,source,date\na,,passive,t,s,d\n"),
        (Format.ALLERGIES, "rule,words,from,to,tier,text,source,date\na,w,x,,passive,t,s,d\n"),
        (Format.CLASSES, "class,members,duplicate,source,date\nx,a|b,maybe,s,d\n"),
        (Format.CLASSES, "class,nothing\n"),
    ],
)
def test_a_table_without_a_usable_row_is_not_ready(tmp_path, format_, text) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)
    assert not load([KnowledgeFile(format_, path)]).readiness[0].ready


def test_own_tables_of_every_kind(tmp_path) -> None:
    rows = {
        Format.AGES: "rule,molecules,from,below,tier,text,source,date\no.a,x,0,8,passive,t,s,d\n",
        Format.PREGNANCY: "rule,molecules,tier,text,source,date\no.p,x,passive,t,s,d\n",
        Format.ALLERGIES: "rule,words,from,to,tier,text,source,date\no.l,w,y,x,passive,t,s,d\n",
        Format.CLASSES: "class,members,duplicate,source,date\nxz,x|z,interrupt,s,d\n",
        Format.INTERACTIONS: INTERACTIONS + "o.i,x,z,passive,t,s,d\n",
    }
    for name, text in rows.items():
        (tmp_path / f"{name}.csv").write_text(text)
    base = load([KnowledgeFile(name, tmp_path / f"{name}.csv") for name in rows])
    patient = Patient(3, "F", pregnant=True, allergies=("W",))
    found = SafetyCheck(base).check(Context(patient, (prescribed("z"),)), prescribed("X"))
    told = {(a.rule, a.tier.value) for a in found.alerts}
    assert told == {
        ("o.a", "passive"), ("o.p", "passive"), ("o.l", "passive"), ("o.i", "passive"),
        ("duplicate.xz", "interrupt"),
    }  # fmt: skip
    assert not found.not_checked
