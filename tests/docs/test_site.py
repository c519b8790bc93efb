"""The documentation site: built without a warning, complete, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from tools.build_docs import build
from tools.reference.commands import each_command
from tools.reference.errors import each_error
from tools.reference.features import feature_set
from tools.reference.metrics import METRICS
from tools.reference.monitors import MONITORS
from tools.reference.python_api import PARTS, each_module, package, public_members
from tools.reference.routes import each_route, policy_of
from tools.reference.settings import project_rows, setting_names, setting_rows, variables_of

from perdure.kernel.discovery import solutions
from perdure.platform.monitoring.health import PARTS as PARTS_OF_HEALTH
from perdure.platform.training.evidence import SERVED, Answered, measure
from perdure.platform.training.settings import TrainingSettings

ROOT = Path(__file__).parents[2]
ASSETS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
}


class Links(HTMLParser):
    """What a page loads, where it leads, and which anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.assets: list[str] = []
        self.targets: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors.update(found[name] for name in ("id", "name") if name in found)
        if tag == "link" and not {"canonical", "prev", "next"} & set(found.get("rel", "").split()):
            self.assets.append(found.get("href", ""))
        if tag in ASSETS and ASSETS[tag] in found:
            self.assets.append(found[ASSETS[tag]])
        if tag == "a" and found.get("href"):
            self.targets.append(found["href"])


def read(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def shown(path: Path) -> str:
    """The words of a page, without scripts and the marks of syntax colours."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.S)
    return unescape(re.sub(r"<[^>]+>", "", text))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documentation") / "site"
    build(folder)
    return folder


def missing(site: Path, page: str, names: Iterator[str] | list[str]) -> list[str]:
    text = shown(site / page)
    wanted = list(names)
    assert wanted, "nothing was looked for"
    return [name for name in wanted if name not in text]


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    loaded = {(page.name, asset) for page in pages for asset in read(page).assets}
    assert loaded
    assert not {(page, a) for page, a in loaded if urlsplit(a).scheme or a.startswith("//")}
    styles = "".join(p.read_text() for p in site.rglob("*.css"))
    styles += "".join(re.findall(r"<style.*?</style>", "".join(p.read_text() for p in pages), re.S))
    assert not re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//[^;]*;", styles)


def test_every_link_inside_the_site_leads_somewhere(site: Path) -> None:
    pages = {path: read(path) for path in site.rglob("*.html") if path.name != "404.html"}
    anchors = {path: links.anchors | {"__skip"} for path, links in pages.items()}

    def leads(page: Path, target: str) -> bool:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            return True
        file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        named = not parts.fragment or unquote(parts.fragment) in anchors.get(file, set())
        return file.exists() and named

    broken = [(p.name, t) for p, links in pages.items() for t in links.targets if not leads(p, t)]
    assert not broken


def test_the_built_pages_hold_no_leftovers(site: Path) -> None:
    marks = re.compile(r"\bnan\b|\bNone\b, None|:\w+:`|\{\{|\}\}")
    pages = [p for folder in ("solutions", "explanation") for p in (site / folder).glob("*.html")]
    assert not [p.name for p in pages if marks.search(shown(p))]


def test_every_command_and_option_is_documented(site: Path) -> None:
    names = [name for name, _command in each_command()]
    options = [o for _n, c in each_command() for p in c.params for o in p.opts if o[:2] == "--"]
    assert not missing(site, "reference/commands.html", names + options)


def test_every_setting_and_variable_is_documented(site: Path) -> None:
    names = [n for found in solutions().values() for n in setting_names(found)]
    assert not missing(site, "reference/settings.html", names)
    assert not missing(
        site, "reference/settings.html", sorted(variables_of(ROOT / "src" / "perdure"))
    )


def test_every_setting_says_what_it_means(site: Path) -> None:
    rows = [*project_rows(), *(row for s in solutions().values() for row in setting_rows(s))]
    silent = [row[0] for row in rows if not row[3]]
    assert not silent


def test_every_route_and_its_policy_is_documented(site: Path) -> None:
    routes = list(each_route())
    assert all(policy_of(route) for route in routes)
    assert not missing(site, "reference/routes.html", [route.path for route in routes])


def test_every_table_and_column_is_documented(site: Path) -> None:
    tables = [t for found in solutions().values() for t in found.code("tables")]
    names = [t.name for t in tables] + [c.name for t in tables for c in t]
    assert not missing(site, "reference/tables.html", names)


def test_every_feature_is_documented(site: Path) -> None:
    names = [
        name
        for found in solutions().values()
        if found.features
        for name in feature_set(found).feature_names()
    ]
    assert not missing(site, "reference/features.html", names)


def test_every_solution_is_documented(site: Path) -> None:
    for name, found in solutions().items():
        facts = [found.title, found.question, f"perdure run {name}", *found.importers]
        facts += list(found.baselines) + ([found.use.intended_use] if found.use else [])
        assert not missing(site, f"solutions/{name}.html", facts)


def test_every_monitor_is_documented(site: Path) -> None:
    names = [name for part in PARTS_OF_HEALTH.values() for name in part]
    assert set(names) == set(MONITORS)
    assert not missing(site, "reference/monitors.html", names)


def test_every_check_of_the_gate_is_explained(site: Path) -> None:
    registry = ROOT / "src" / "perdure" / "platform" / "registry"
    source = "".join((registry / name).read_text() for name in ("gate.py", "release.py"))
    names = set(re.findall(r"Check\(\s*\"([a-z-]+)\"", source))
    assert {"baselines", "smoke"} <= names
    assert not missing(site, "explanation/release-gate.html", sorted(names))


def test_every_metric_is_documented(site: Path) -> None:
    draw = np.random.default_rng(0)
    y, score = draw.integers(0, 2, 400).astype(float), draw.random(400)
    answered = Answered(
        "case",
        y,
        np.arange(400),
        {SERVED: score, "volume": draw.random(400)},
        {SERVED: score},
        np.array(["north", "south"] * 200),
        "territory",
    )
    rows = measure(answered, TrainingSettings(replicates=50))
    names = {re.sub(r"^precision@.*", "precision@N/GROUP", row.metric) for row in rows}
    assert names == set(METRICS)
    assert not missing(site, "reference/metrics.html", sorted(names))


def test_every_error_is_documented(site: Path) -> None:
    assert not missing(site, "reference/errors.html", [e.__name__ for e in each_error()])


def test_every_public_name_is_documented(site: Path) -> None:
    for title, path in PARTS.items():
        modules = list(each_module(package()[path.partition(".")[2]]))
        names = [m.path for m in modules] + [n.name for m in modules for n in public_members(m)]
        assert not missing(site, f"reference/python-{title}.html", names)


def test_the_first_page_links_to_pages_that_are_there_before_the_site_is_built():
    page = ROOT / "docs" / "index.md"
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if not (page.parent / link).is_file()] == []
