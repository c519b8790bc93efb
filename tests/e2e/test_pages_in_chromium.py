"""Every page in Chromium: accessible, fitting, quiet, and alone with its own server."""

from __future__ import annotations

from pathlib import Path

import pytest

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
NAMES = ("home", "list", "all", "entity", "model", "decision", "alarms", "runs", "run", "tables",
         "table", "quarantine", "power", "patterns", "missing", "empty")  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHARTS = ("entity", "model", "patterns")

pytestmark = pytest.mark.browser


def faults_of(page):
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES
    )["violations"]
    return [(f["id"], [node["html"][:160] for node in f["nodes"][:3]]) for f in found]


def settled(page):
    if page.locator("data-chart").count():
        page.wait_for_selector("data-chart[data-drawn]")
    return page


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(served, open_page, addresses, name, theme, width):
    page = settled(open_page(served, addresses[name], width=width, theme=theme))
    assert faults_of(page) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_sticks_out(served, open_page, addresses, name, width):
    page = settled(open_page(served, addresses[name], width=width))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", NAMES)
def test_no_request_leaves_and_nothing_is_refused(served, open_page, addresses, name):
    page = settled(open_page(served, addresses[name]))
    page.wait_for_load_state("networkidle")
    assert [url for url in page.seen.requests if not url.startswith(served.address)] == []
    refused = [text for text in page.seen.faults if "404" not in text or name != "missing"]
    assert refused == []


@pytest.mark.parametrize("name", NAMES)
def test_targets_are_large_enough(served, open_page, addresses, name):
    page = open_page(served, addresses[name], width=390)
    small = page.evaluate("""() => [...document.querySelectorAll("button, select, input, .button, .tab")]
        .filter(e => e.offsetParent && e.type !== "hidden" && e.type !== "radio")
        .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)""")
    assert small == []


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
    page.wait_for_function("old => document.querySelector('data-chart svg').innerHTML !== old", arg=before)
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
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--motion')").strip() == "0ms"


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
