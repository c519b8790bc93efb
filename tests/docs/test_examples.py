"""Every example in the README and the documentation runs as it is written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow.compute as pc
import pytest
from pyarrow import csv
from tools.examples import Console, Wrong, evaluate

from perdure.interfaces.cli.main import run
from perdure.kernel.discovery import solution

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SLOW = ("$ perdure run", "$ perdure demo", "$ a-scored-project", "$ perdure bench")
CASE = ("--case", "demovel", "--as-of", "2025-08-31")
OWN_PHYSICIANS = 8_000
"""Enough for a model in a few seconds; the words below stand in hidden blocks of the pages."""


def marked(path: Path) -> object:
    slow = any(word in path.read_text() for word in SLOW)
    name = str(path.relative_to(ROOT))
    return pytest.param(path, id=name, marks=[pytest.mark.slow] if slow else [])


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored") / "my-project"
    for words in (
        ["init", str(folder), "--from", "sample"],
        ["data", "sample", "--size", "10000", "--project", str(folder)],
        ["run", "conversion", *CASE, "--project", str(folder)],
    ):
        assert run(words) == 0, words
    return folder


@pytest.mark.parametrize("path", [marked(path) for path in PAGES])
def test_the_examples_of_the_page_run(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.delenv("PERDURE_PROJECT", raising=False)

    def a_scored_project(folder: Path) -> None:
        shutil.copytree(request.getfixturevalue("scored"), folder / "my-project")

    special = {
        "a-scored-project": a_scored_project,
        "my-files": own_files,
        "forget-local-settings": lambda f: (f / "conf/local/conversion.yaml").unlink(),
    }
    evaluate(path, Console(tmp_path, special))


def own_files(folder: Path) -> None:
    """Extracts as a company would have them: the sample world under other names."""
    world = solution("conversion").code("sample")(0, OWN_PHYSICIANS)
    tables = world.tables(world.horizon)
    csv.write_csv(tables["physician"], folder / "physicians.csv")
    claims = tables["claims"]
    for column, old, new in (
        ("product", "DEMOVEL", "MYBRAND"),
        ("market", "demolipids", "my market"),
    ):
        renamed = pc.replace_substring(claims[column], old, new)
        claims = claims.set_column(claims.column_names.index(column), column, renamed)
    csv.write_csv(claims, folder / "claims.csv")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("$ perdure --version\nperdure 9.9.9\n", "did not print"),
        ("$ perdure convertion\n", "ended with 2"),
        ("$ perdure --version\nerror: it cannot\n", "ended with 0"),
        ("$ rm -rf everything\n", "no command that examples may use"),
        ("$ perdure up --no-such-option\n", "No such option"),
    ],
)
def test_a_wrong_example_is_found(text: str, why: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```console\n{text}```\n")
    with pytest.raises(Wrong, match=why):
        evaluate(page, Console(tmp_path, {}))


GOOD = """\
# A page

```yaml title="conf/base/project.yaml"
name: it
```

```python
from pathlib import Path

seen = Path("conf/base/project.yaml").read_text()
```

```python
>>> seen
'name: it\\n'
```

```console
$ perdure --version   # exit code 0
perdure …
$ perdure config nothing
error: no solution named 'nothing'. …
```

<!-- skip: next -->

```console
$ rm never-run
```
"""


def test_blocks_share_a_folder_and_their_names(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(GOOD)
    assert evaluate(page, Console(tmp_path, {})) == 6


def test_links_of_the_papers_lead_somewhere() -> None:
    papers = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    links = {
        (paper.name, link)
        for paper in papers
        for link in re.findall(r"\]\(([^)#\s]+)", paper.read_text())
        if "://" not in link
    }
    assert links
    assert not [(paper, link) for paper, link in links if not (ROOT / link).exists()]


def test_every_page_is_looked_at() -> None:
    assert len(PAGES) >= 25
    assert not [path for path in PAGES if not path.read_text().startswith("# ")]
