"""The day's work without a mouse: jump, walk the rows, accept, dismiss with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from perdure.platform.feedback.records import FEEDBACK

CASE = "/solutions/conversion/demovel"
pytestmark = pytest.mark.browser


def said(server):
    with server.project.ops.connect() as connection:
        return [(r.kind, r.reason, r.note) for r in connection.execute(select(FEEDBACK))]


def focused(page, what="document.activeElement.dataset.row || document.activeElement.id"):
    return page.evaluate(what)


def test_jump_to_anything(served, open_page):
    page = open_page(served)
    page.keyboard.press("/")
    page.keyboard.type("model of")
    page.wait_for_selector("#jump-list li[aria-selected=true]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(f"{CASE}/model")


def test_jump_finds_an_entity_by_its_id(served, open_page):
    page = open_page(served)
    page.keyboard.press("/")
    page.keyboard.type("1000000002")
    page.wait_for_selector("#jump-list li[aria-selected=true]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(f"{CASE}/entities/1000000002")


def test_escape_gives_focus_back(served, open_page):
    page = open_page(served)
    opener = page.get_by_role("button", name="Jump to")
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#jump[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#jump", state="hidden")
    assert opener.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize(
    ("key", "end"), [("p", "/"), ("a", "/alarms"), ("r", "/runs"), ("d", "/tables")]
)
def test_g_goes_places(served, open_page, key, end):
    page = open_page(served, f"{CASE}/model")
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press(key)
    assert page.url == served.address + end


def test_question_mark_shows_the_keys(served, open_page):
    page = open_page(served)
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog", name="Keyboard").is_visible()


def test_skip_link_comes_first(served, open_page):
    page = open_page(served)
    page.keyboard.press("Tab")
    assert focused(page, "document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert focused(page, "location.hash") == "#main"


def test_j_and_k_walk_the_rows_and_enter_opens(served, open_page):
    page = open_page(served, CASE)
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    second = focused(page)
    assert first != second
    page.keyboard.press("k")
    assert focused(page) == first
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == served.address + first


def test_letters_are_letters_while_typing(served, open_page):
    page = open_page(served, CASE)
    page.get_by_placeholder("Find physician").fill("")
    page.keyboard.type("jag?")
    assert page.get_by_placeholder("Find physician").input_value() == "jag?"


def test_accept_keeps_the_place(own, open_page):
    page = open_page(own, CASE)
    page.keyboard.press("j")
    row = focused(page)
    page.keyboard.press("a")
    page.wait_for_selector("tr .state:has-text('accepted')")
    assert said(own) == [("executed", None, None)]
    page.wait_for_function("row => document.activeElement.dataset.row === row", arg=row)
    page.keyboard.press("j")
    assert focused(page) != row
    assert page.seen.faults == []


def test_dismiss_with_a_reason_by_digits(own, open_page):
    page = open_page(own, CASE)
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_selector("#dismiss[open]")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr .state:has-text('dismissed')")
    assert said(own) == [("dismissed", "wrong-time", None)]
    assert not page.locator("#dismiss").is_visible()
    assert page.seen.faults == []


def test_other_needs_a_note(own, open_page):
    page = open_page(own, CASE)
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.keyboard.press("7")
    page.keyboard.press("Enter")
    assert page.locator("#dismiss").is_visible()
    assert said(own) == []
    page.get_by_label("Note (optional)").fill("Moved abroad")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr .state:has-text('dismissed')")
    assert said(own) == [("dismissed", "other", "Moved abroad")]


def test_filter_by_territory_without_losing_the_page(own, open_page):
    page = open_page(own, CASE)
    page.locator("select[name=territory]").select_option("PA-02")
    page.wait_for_function("() => document.querySelectorAll('tr.group').length === 1")
    assert "territory=PA-02" in page.url
    page.get_by_placeholder("Find physician").fill("1000000007")
    page.wait_for_function("() => document.querySelectorAll('tr[data-row]').length === 1")
    assert page.get_by_placeholder("Find physician").evaluate("e => e === document.activeElement")
    assert page.seen.faults == []


def test_a_refusal_is_said_and_the_row_stays(own, open_page):
    page = open_page(own, CASE)
    held = page.evaluate("""() => fetch("/solutions/conversion/demovel?view=holdout")
        .then(a => a.text()).then(t => t.match(/dec_[0-9a-f]{26}/)[0])""")
    page.evaluate(
        """held => { const form = document.querySelector("tr form");
        form.setAttribute("hx-post", `/decisions/${held}/feedback`); htmx.process(form); }""",
        held,
    )
    rows = page.locator("tr[data-row]").count()
    page.locator("tr form button").first.click()
    page.wait_for_selector(".toast")
    assert "held out" in page.locator(".toast").inner_text()
    assert page.locator("tr[data-row]").count() == rows


def test_promote_asks_why(own, open_page):
    page = open_page(own, f"{CASE}/model")
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_label("Why").fill("Too many false alerts")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "rolled back to version 1" in page.locator("main").inner_text()


def test_it_works_without_script(own, open_page):
    page = open_page(own, CASE, java_script_enabled=False)
    page.get_by_role("button", name="Accept").first.click()
    assert "/decisions/dec_" in page.url
    assert said(own) == [("executed", None, None)]
