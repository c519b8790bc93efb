"""Every page in Chromium: accessible, fitting, quiet, and alone with its own server."""

from __future__ import annotations

from pathlib import Path

import pytest

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
NAMES = (
    "home",
    "list",
    "all",
    "entity",
    "model",
    "decision",
    "alarms",
    "runs",
    "run",
    "tables",
    "table",
    "quarantine",
    "power",
    "patterns",
    "missing",
    "empty",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHARTS = ("entity", "model", "patterns")

SMALL_TARGETS = """() => [...document
    .querySelectorAll("button, select, input, summary, .button, .tab")]
    .filter(e => e.offsetParent && !["hidden", "radio"].includes(e.type))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""

pytestmark = pytest.mark.browser


def faults_of(page):
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES)
    return [(f["id"], [n["html"][:160] for n in f["nodes"][:3]]) for f in found["violations"]]


def settled(page):
    if page.locator("data-chart").count():
        page.wait_for_selector("data-chart[data-drawn]")
    return page


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_in_both_themes_and_sizes(served, open_page, addresses, name):
    page = settled(open_page(served, addresses[name]))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert faults_of(page) == [], (width, theme)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_and_is_alone(served, open_page, addresses, name):
    page = settled(open_page(served, addresses[name], width=390))
    small = page.evaluate(SMALL_TARGETS)
    for width in (768, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(50)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.wait_for_load_state("networkidle")
    assert small == []
    assert [url for url in page.seen.requests if not url.startswith(served.address)] == []
    assert [text for text in page.seen.faults if "404" not in text or name != "missing"] == []


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_chart_is_drawn_and_has_its_table(served, open_page, addresses, name, theme):
    page = settled(open_page(served, addresses[name], theme=theme))
    figures = page.locator("figure")
    assert figures.count() > 0
    for index in range(figures.count()):
        figure = figures.nth(index)
        assert figure.locator("data-chart svg path").count() > 3
        assert figure.locator("details table tbody tr").count() > 0
        assert figure.locator(".sentence").inner_text().endswith(".")


def test_charts_follow_the_theme(served, open_page, addresses):
    page = settled(open_page(served, addresses["model"]))
    before = page.locator("data-chart svg").first.inner_html()
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function(
        "old => document.querySelector('data-chart svg').innerHTML !== old", arg=before
    )
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("name", ["home", "list", "alarms", "tables"])
def test_pages_without_charts_are_light(served, open_page, addresses, name):
    context = open_page(served, addresses[name]).context
    page, sent = context.new_page(), []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    page.goto(served.address + addresses[name])
    page.wait_for_load_state("networkidle")
    assert 40_000 < sum(sent) < 100_000


def test_motion_is_off_when_asked(served, open_page):
    page = open_page(served, "/", reduced_motion="reduce")
    assert (
        page.evaluate(
            "getComputedStyle(document.documentElement).getPropertyValue('--motion')"
        ).strip()
        == "0ms"
    )


def test_without_the_link_there_is_only_a_sign(served, open_page):
    page = open_page(served, "/", sign_in=False)
    assert page.get_by_role("heading", name="Please sign in").is_visible()
    assert "perdure up" in page.locator("main").inner_text()


def test_the_link_leaves_no_token_in_the_address(served, open_page):
    page = open_page(served)
    assert "token" not in page.url
    assert page.evaluate("document.cookie") == ""


def test_the_menu_opens_on_a_small_screen(served, open_page):
    page = open_page(served, "/", width=390)
    link = page.get_by_role("link", name="Runs", exact=True)
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert faults_of(page) == []
    link.click()
    assert page.url.endswith("/runs")
