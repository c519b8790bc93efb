"""Settings and templates: what a project starts from is complete, and mistakes point at lines."""

import pytest
from conversion_made import FOLDER

from perdure.kernel.errors import ConfigError
from perdure.kernel.refs import load
from perdure.platform.storage.project import Project
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.solution import SOLUTION

PARTS = ("settings", "tables", "features", "label", "train", "propose", "sentence", "sample",
         "timeline", "bench")  # fmt: skip


def project_with(tmp_path, template):
    project = Project.create(tmp_path / template)
    text = (FOLDER / "conf" / f"{template}.yaml").read_text()
    (project.root / "conf" / "base" / "conversion.yaml").write_text(text)
    return project


@pytest.mark.parametrize(
    ("template", "cases"),
    [
        ("cms", {"VOLTAREN", "LOTEMAX", "PROLIA"}),
        ("own", {"YOUR BRAND"}),
        ("sample", {"DEMOVEL", "EXEMPLIX"}),
    ],
)
def test_each_template_makes_a_whole_project(tmp_path, template, cases):
    project = project_with(tmp_path, template)
    settings = project.settings(SOLUTION)
    assert isinstance(settings, ConversionSettings)
    assert set(project.cases(SOLUTION)) == cases
    for case in cases:
        made = SOLUTION.code("features")(settings, case)
        contracts = project.contracts(SOLUTION)
        assert set(made.sources()) <= set(contracts)
        assert SOLUTION.code("label")(settings, case).source in contracts


def test_a_bare_project_has_the_sample_brands(tmp_path):
    project = Project.create(tmp_path / "p")
    assert project.cases(SOLUTION) == ("DEMOVEL", "EXEMPLIX")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("features:\n  windows: [12mo, 3weeks]\n", "3weeks"),
        ("label:\n  windw_months: 3\n", "window_months"),
        ("decision:\n  holdout_share: 2\n", "holdout_share"),
        ("features:\n  protected: [age]\n", "gender"),
    ],
)
def test_a_wrong_setting_points_at_its_line(tmp_path, text, word):
    project = Project.create(tmp_path / "p")
    (project.root / "conf" / "base" / "conversion.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"conversion\.yaml:2") as caught:
        project.settings(SOLUTION)
    assert word in str(caught.value)


@pytest.mark.parametrize("part", PARTS)
def test_the_manifest_names_code_that_is_there(part):
    assert SOLUTION.code(part) is not None


@pytest.mark.parametrize("name", sorted(SOLUTION.importers))
def test_the_manifest_names_importers_that_are_there(name):
    assert callable(load(SOLUTION.importers[name]))


def test_the_promotion_table_is_marked_for_the_firewall():
    marked = {contract.name for contract in SOLUTION.code("tables") if contract.promotional}
    assert marked == {"promotion"}
