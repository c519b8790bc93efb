"""Pages of donor engagement in Chromium: accessible, fitting, usable by keys, and quick."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLACE = "/solutions/donor/default/pages"
NAMES = ("today", "policy", "worlds", "off-policy")
SMALL_TARGETS = """() => [...document.querySelector("main")
    .querySelectorAll("button, select, input, summary, .button, .tab")]
    .filter(e => e.offsetParent && !["hidden", "radio"].includes(e.type))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""
CHANGED = "() => document.querySelectorAll('[data-map] .dn-changed').length"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("donor_project", HERE.parent / "donor_project.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def service(builder, browser, serving, tmp_path_factory):
    """A blood service, served until the tests of this file end."""
    _ = browser  # without one nothing needs to be made
    made = serving(builder.make_project(tmp_path_factory.mktemp("donors") / "service"))
    yield made
    made.stop()


def opened(open_page, service, name, **options):
    """The page once everything that is worked out beside it has come."""
    page = open_page(service, f"{PLACE}/{name}", **options)
    page.wait_for_selector("main h1")
    page.wait_for_function(
        "() => !document.querySelector('[data-being-worked-out]')", timeout=120_000
    )
    if name.startswith("policy"):
        page.wait_for_selector("policy-map[data-ready]", timeout=120_000)
    return page


def faults_of(page):
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES)
    return [(f["id"], [n["html"][:160] for n in f["nodes"][:3]]) for f in found["violations"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_in_both_themes_and_sizes(service, open_page, name):
    page = opened(open_page, service, name)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert faults_of(page) == [], (width, theme)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_says_simulated_and_is_alone(service, open_page, name):
    page = opened(open_page, service, name, width=390)
    small = page.evaluate(SMALL_TARGETS)
    for width in (768, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(50)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.wait_for_load_state("networkidle")
    assert small == []
    assert [url for url in page.seen.requests if not url.startswith(service.address)] == []
    assert page.seen.faults == []
    assert name == "off-policy" or "simulated" in page.locator("main").inner_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_without_script(service, open_page, browser, name):
    page = open_page(service, f"{PLACE}/{name}")
    context = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    try:
        bare = context.new_page()
        bare.goto(f"{service.address}{PLACE}/{name}")
        assert bare.locator("main h1").count() == 1
        assert bare.locator("main table, main [role=status]").count() > 0
        if name == "policy":
            assert bare.locator("[data-map] tbody td[data-a]").count() == 143
            assert "need JavaScript" in bare.locator("noscript").all_inner_texts()[-1]
    finally:
        context.close()


def test_the_solution_opens_with_todays_contacts(service, open_page):
    page = open_page(service, "/solutions/donor")
    assert page.url.endswith(f"{PLACE}/today")
    assert page.get_by_role("heading", name="Today's contacts").is_visible()


def test_a_contact_is_accepted_and_another_dismissed_by_keys(service, open_page):
    page = opened(open_page, service, "today")
    rows = page.locator("tr[data-row]")
    page.keyboard.press("j")
    page.keyboard.press("a")
    rows.nth(0).get_by_text("accepted").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    rows.nth(1).get_by_text("dismissed").wait_for()
    assert "Wrong time" in rows.nth(1).inner_text()
    assert rows.nth(1).locator("td").count() == 6
    page.reload()
    assert page.get_by_text("accepted", exact=True).count() == 0


def test_a_slider_redraws_from_planned_tables(service, open_page):
    page = opened(open_page, service, "policy")
    assert page.evaluate(CHANGED) == 0
    before, asked = page.locator("[data-now=contacts]").inner_text(), len(page.seen.requests)
    price = page.get_by_label("Contact cap, by a price on each")
    price.focus()
    page.keyboard.press("End")
    assert page.locator("[data-now=contacts]").inner_text() != before
    assert page.locator("[data-then=contacts]").inner_text() == before
    assert page.evaluate(CHANGED) > 0
    assert "donations each" in price.get_attribute("aria-valuetext")
    assert len(page.seen.requests) == asked
    page.get_by_role("button", name="As believed").click()
    assert page.evaluate(CHANGED) == 0


def test_the_map_follows_its_choices_without_a_request(service, open_page):
    page = opened(open_page, service, "policy")
    asked = len(page.seen.requests)
    page.get_by_label("Incentives").select_option("closed")
    assert page.locator("[data-map] td[data-a=incentive]").count() == 0
    page.get_by_label("First donation").select_option("0")
    assert page.locator("[data-map] td[data-a=off]").count() > 0
    assert len(page.seen.requests) == asked


def test_a_signature_shows_the_lines_to_keep(service, open_page):
    page = opened(open_page, service, "policy")
    page.get_by_label("Name and role").fill("Dr A, donor services")
    page.keyboard.press("Enter")
    page.wait_for_selector("pre.dn-lines")
    assert 'signed_off_by: "Dr A, donor services"' in page.locator("pre.dn-lines").inner_text()
    assert page.url.endswith("#sign")
