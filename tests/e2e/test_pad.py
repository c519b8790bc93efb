"""The pad in Chromium: written with keys alone, warned in time, honest when something is down."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from perdure.platform.storage.project import Project
from perdure.solutions.prescription import solution

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = "/solutions/prescription/default/pages"
HOSTILE = "<img src=x onerror=alert(1)>"
HINT = "() => /^Enter/.test(document.querySelector('[data-hint]:not(:empty)')?.textContent)"
SMALL = """() => [...document.querySelectorAll("rx-pad button, rx-pad input, rx-pad select")]
    .filter(e => e.offsetParent).map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""

pytestmark = pytest.mark.browser


def stand_in():
    """The module of the stand-in; the same one for manifest and tests."""
    name = "pad_stand_in"
    if name not in sys.modules:
        path = HERE.parents[1] / "benchmarks" / "pad_stand_in.py"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def clinic(monkeypatch, browser, serve, tmp_path):
    """A served project whose assistant is the stand-in."""
    module = stand_in()
    monkeypatch.setattr(solution, "SOLUTION", module.manifest("pad_stand_in:StandIn"))
    return serve(Project.create(tmp_path / "clinic"))


@pytest.fixture
def pad(clinic, open_page):
    """The open pad of a doctor, and the assistant behind it."""
    page = open_page(clinic, f"{PAGES}/pad?doctor=dr-demo")
    page.wait_for_selector("[data-section=complaint] .rx-pill")
    page.assistant = stand_in().OPENED[-1]
    return page


def typed(page, text, shown=True):
    """Types as a person does, and waits until the answer is on the page."""
    page.keyboard.type(text)
    if shown:
        page.wait_for_function(HINT)


def entered(page, section):
    return [
        chip.inner_text().split("\n")[0].strip()
        for chip in page.locator(f"[data-section={section}] .rx-chip-name").all()
    ]


def saved(page):
    return [written for _, _, written in page.assistant.memory.saved()]


def state(page):
    return page.locator("[data-state]").inner_text()


def faults_of(page):
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES)
    return [(f["id"], [n["html"][:160] for n in f["nodes"][:3]]) for f in found["violations"]]


def warned(page):
    """A loud warning is open."""
    page.locator("[name=medicine]").focus()
    for text in ("ecos", "warf"):
        typed(page, text)
        page.keyboard.press("Enter")
    page.wait_for_selector("[data-stop]:not([hidden])")


def test_the_example_is_written_with_keys_alone(pad):
    typed(pad, "fev")
    pad.keyboard.press("Enter")
    pad.keyboard.press("Tab")
    pad.keyboard.press("Alt+1")
    pad.keyboard.press("Tab")
    typed(pad, "dolo 650")
    pad.keyboard.press("Enter")
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    (written,) = saved(pad)
    names = {s: [e.name for e in found] for s, found in written.entries.items() if found}
    assert names == {
        "complaint": ["Fever"],
        "diagnosis": ["Viral fever"],
        "medicine": ["DOLO 650MG TAB 8's"],
    }
    assert written.of("medicine")[0].molecule == "paracetamol"
    # 3 letters, 8 letters, 2 Enter, 2 Tab, 1 pill, 1 save.
    assert "17 keys, 0 clicks" in state(pad)
    assert pad.seen.faults == []


def test_the_whole_text_of_a_medicine_can_be_typed(pad):
    pad.locator("[name=medicine]").focus()
    typed(pad, "DOLO 650MG TAB 8's")
    pad.keyboard.press("Enter")
    assert entered(pad, "medicine") == ["DOLO 650MG TAB 8'sparacetamol"]


def test_tab_goes_from_section_to_section(pad):
    names = []
    for _ in range(6):
        names.append(pad.evaluate("document.activeElement.name"))
        pad.keyboard.press("Tab")
    assert names == ["complaint", "diagnosis", "medicine", "lab", "advice", "notes"]


def test_nothing_jumps_while_pills_change(pad):
    tops = """() => [...document.querySelectorAll(".rx-place, .rx-input")]
        .map(e => Math.round(e.getBoundingClientRect().top + scrollY))"""
    before = pad.evaluate(tops)
    for text in ("fev", "er", "qqq"):
        pad.keyboard.type(text)
        pad.wait_for_timeout(120)
        assert pad.evaluate(tops) == before
    pad.keyboard.press("Escape")
    pad.keyboard.press("Alt+1")
    pad.keyboard.press("Alt+1")
    pad.wait_for_timeout(120)
    assert pad.evaluate(tops) == before


def test_a_new_term_takes_one_key_and_stays_text(pad):
    typed(pad, HOSTILE)
    assert "new term" in pad.locator("[data-section=complaint] [data-hint]").inner_text()
    pad.keyboard.press("Enter")
    assert entered(pad, "complaint")[0].startswith(HOSTILE)
    pad.wait_for_function("() => !document.querySelector('rx-pad img')")
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    (term,) = saved(pad)[0].of("complaint")
    assert (term.name, term.code[:4]) == (HOSTILE, "new:")


def test_shift_enter_takes_what_is_typed_although_something_matches(pad):
    typed(pad, "fev")
    pad.keyboard.press("Shift+Enter")
    assert entered(pad, "complaint")[0].startswith("fev")
    assert pad.evaluate("document.activeElement.name") == "complaint"


def test_backspace_takes_the_last_entry_out(pad):
    pad.keyboard.press("Alt+1")
    pad.keyboard.press("Alt+1")
    assert entered(pad, "complaint") == ["Fever", "Cough"]
    pad.keyboard.type("a")
    pad.keyboard.press("Backspace")
    assert entered(pad, "complaint") == ["Fever", "Cough"]
    pad.keyboard.press("Backspace")
    assert entered(pad, "complaint") == ["Fever"]


def test_a_late_answer_is_dropped(pad):
    pad.assistant.delays["search"] = [0.6]
    pad.keyboard.type("c")
    pad.wait_for_timeout(100)
    pad.keyboard.press("Escape")
    typed(pad, "head")
    pad.wait_for_timeout(800)
    asked = [text for what, text in pad.assistant.asked if what == "search"]
    shown = pad.locator("[data-section=complaint] .rx-first").all_inner_texts()
    assert (asked[0], asked[-1], len(asked)) == ("c", "head", 2)
    assert shown == ["Headache"]
    assert pad.evaluate("document.querySelector('rx-pad').lines.search.dropped") == 1


def test_a_fast_doctor_never_mixes_two_entries(pad):
    pad.assistant.delays["search"] = [0.4, 0.4, 0.4]
    pad.keyboard.type("Body ache")
    pad.keyboard.press("Enter")
    pad.keyboard.type("of its own kind")
    pad.keyboard.press("Enter")
    pad.wait_for_timeout(1_500)
    assert entered(pad, "complaint") == ["Body ache", "of its own kindnew term"]
    codes = pad.evaluate("document.querySelector('rx-pad').written().entries.complaint")
    assert codes[0]["code"] == "body-ache"
    assert codes[1]["code"].startswith("new:")


def test_one_question_is_in_flight_and_the_latest_wins(pad):
    before = len([1 for what, _ in pad.assistant.asked if what == "suggest"])
    pad.assistant.delays["suggest"] = [0.5]
    for _ in range(4):
        pad.keyboard.press("Alt+1")
    pad.wait_for_function("() => document.querySelectorAll('.rx-chip').length === 4")
    pad.wait_for_timeout(900)
    asked = [w for what, w in pad.assistant.asked if what == "suggest"][before:]
    assert [len(w.of("complaint")) for w in asked] == [1, 4]


def test_without_suggestions_it_is_a_form_that_saves(pad):
    pad.assistant.down = {"suggest", "search", "add_term"}
    pad.keyboard.press("Alt+1")
    pad.wait_for_selector("[data-down]:not([hidden])")
    assert "paused: no model is in service" in pad.locator("[data-down]").inner_text()
    pad.keyboard.press("Tab")
    typed(pad, "Some fever of its own")
    pad.keyboard.press("Enter")
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    assert [e.name for e in saved(pad)[0].of("diagnosis")] == ["Some fever of its own"]
    assert faults_of(pad) == []


def test_without_a_server_nothing_is_lost(pad, clinic):
    pad.keyboard.press("Alt+1")
    pad.context.set_offline(True)
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=alarm]")
    assert "Nothing is lost" in state(pad)
    assert entered(pad, "complaint") == ["Fever"]
    pad.context.set_offline(False)
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    assert len(saved(pad)) == 1


def test_saving_twice_keeps_one_and_a_change_another(pad):
    pad.keyboard.press("Alt+1")
    for count in (1, 1):
        pad.keyboard.press("Control+Enter")
        pad.wait_for_selector("[data-state][data-level=ok]")
        pad.wait_for_timeout(100)
        assert len(saved(pad)) == count
    pad.keyboard.press("Alt+1")
    assert "second one" in state(pad)
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    assert [len(w.of("complaint")) for w in saved(pad)] == [1, 2]


def test_a_loud_warning_wants_an_answer(pad):
    warned(pad)
    assert pad.evaluate("document.activeElement.hasAttribute('data-stop')")
    text = pad.locator("[data-stop]").inner_text()
    assert "higher risk of bleeding" in text
    assert "invented for tests, 2026-01" in text
    pad.keyboard.press("Enter")
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=watch]")
    assert saved(pad) == []
    pad.keyboard.press("Tab")
    pad.keyboard.press("Enter")
    assert pad.locator("[data-stop]").is_visible()
    pad.keyboard.type("Tolerated before")
    pad.keyboard.press("Enter")
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    assert saved(pad)[0].notes.endswith("(invented for tests): Tolerated before")
    assert ("take", ("ignored", "alert", "demo.01", "dr-demo")) in pad.assistant.asked


def test_escape_takes_the_cause_of_a_warning_out(pad):
    warned(pad)
    pad.keyboard.press("Escape")
    assert entered(pad, "medicine") == ["ECOSPRIN 75MG TAB 14'sacetylsalicylic acid"]
    assert pad.locator("[data-stop]").is_hidden()
    assert pad.evaluate("document.activeElement.name") == "medicine"
    pad.wait_for_timeout(200)
    assert ("take", ("accepted", "alert", "demo.01", "dr-demo")) in pad.assistant.asked


def test_a_slow_assistant_is_waited_for_in_place(pad):
    pad.assistant.delays["suggest"] = [2.5]
    top = pad.locator("[name=lab]").bounding_box()["y"]
    pad.keyboard.press("Alt+1")
    pad.wait_for_selector("[data-state]:has-text('on their way')")
    assert pad.locator("[name=lab]").bounding_box()["y"] == top
    assert entered(pad, "complaint") == ["Fever"]
    pad.wait_for_selector("[data-state]:has-text('on their way')", state="detached")


def test_a_quiet_warning_stands_beside_and_stops_nobody(pad):
    pad.locator("[name=medicine]").focus()
    typed(pad, "brufen")
    pad.keyboard.press("Enter")
    pad.wait_for_selector(".rx-alert[data-tier=passive]")
    assert pad.locator("[data-stop]").is_hidden()
    assert pad.evaluate("document.activeElement.name") == "medicine"
    assert "Not checked: limits of age" in pad.locator("[data-unchecked]").inner_text()
    pad.get_by_label("Age in years").fill("40")
    pad.get_by_label("Age in years").blur()
    pad.wait_for_selector("[data-unchecked]", state="hidden")


def test_a_check_that_does_not_answer_is_no_all_clear(pad):
    pad.assistant.down = {"check"}
    pad.keyboard.press("Alt+1")
    pad.wait_for_selector("[data-unchecked]:not([hidden])")
    assert "Not checked: anything at all" in pad.locator("[data-unchecked]").inner_text()


def test_what_is_never_used_stays_visible_and_is_not_taken_by_chance(pad):
    pad.locator("[name=medicine]").focus()
    pad.keyboard.press("Alt+Shift+Digit1")
    panel = pad.get_by_role("dialog", name="About DOLO 650MG TAB 8's")
    assert "of 100 visits" in panel.inner_text()
    assert "your own entry in 14 of 22 visits" in panel.inner_text()
    panel.get_by_role("button", name="Never").press("Enter")
    pill = pad.locator("[data-section=medicine] .rx-pill[aria-disabled]").first
    pill.wait_for()
    assert "you said: never" in pill.inner_text()
    pad.keyboard.press("Alt+1")
    pad.keyboard.press("Enter")
    assert entered(pad, "medicine") == []
    pad.get_by_role("button", name="Take it all the same").press("Enter")
    assert entered(pad, "medicine") == ["DOLO 650MG TAB 8'sparacetamol"]
    assert ("say", ("dr-demo", "paracetamol", "never", "")) in pad.assistant.asked


def test_an_answer_does_not_close_what_is_being_read(pad):
    pad.assistant.delays["suggest"] = [0.3]
    pad.keyboard.press("Alt+1")
    pad.keyboard.press("Alt+Shift+Digit1")
    pad.wait_for_timeout(500)
    assert pad.get_by_role("dialog", name="About Cough").is_visible()
    pad.keyboard.press("Escape")
    assert pad.locator(".rx-panel").count() == 0
    assert pad.evaluate("document.activeElement.name") == "complaint"


def test_arrows_walk_the_pills_and_focus_comes_back(pad):
    pad.keyboard.press("ArrowDown")
    pad.keyboard.press("ArrowDown")
    assert "Cough" in pad.evaluate("document.activeElement.textContent")
    pad.keyboard.press("Enter")
    assert entered(pad, "complaint") == ["Cough"]
    assert pad.evaluate("document.activeElement.name") == "complaint"
    pad.wait_for_timeout(100)
    assert ("take", ("accepted", "complaint", "cough", "dr-demo")) in pad.assistant.asked


def test_a_template_keeps_entries_and_no_patient(pad):
    pad.get_by_label("Age in years").fill("41")
    pad.locator("[name=notes]").fill("private")
    pad.locator("[name=complaint]").focus()
    pad.keyboard.press("Alt+1")
    pad.get_by_label("Name of a new template").fill("Fever, adult")
    pad.keyboard.press("Enter")
    pad.wait_for_function("() => document.querySelector('[data-names]').value === 'Fever, adult'")
    kept = str(list(pad.assistant.memory.journal.read("template")))
    assert "Fever" in kept
    assert not re.search("'age'|private|patient", kept)
    assert "Fever" not in str(
        pad.evaluate("localStorage.getItem('perdure.prescription.templates')")
    )
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-state][data-level=ok]")
    pad.keyboard.press("Alt+n")
    assert entered(pad, "complaint") == []
    pad.wait_for_function("() => document.querySelector('[data-names]').value === 'Fever, adult'")
    pad.get_by_role("button", name="Insert").click()
    assert entered(pad, "complaint") == ["Fever"]


def test_templates_of_this_browser_are_brought_to_the_server(pad):
    kept = {"dr-demo": {"Old": {"lab": [{"code": "cbc", "name": "Count"}]}}}
    place = "perdure.prescription.templates"
    pad.evaluate("([p, t]) => localStorage.setItem(p, JSON.stringify(t))", [place, kept])
    pad.reload()
    pad.wait_for_function("() => document.querySelector('[data-names]').value === 'Old'")
    pad.wait_for_function("p => localStorage.getItem(p) === '{\"dr-demo\":{}}'", arg=place)
    assert list(pad.assistant.memory.templates("dr-demo")) == ["Old"]


def test_what_is_saved_can_be_printed(pad, clinic, open_page):
    pad.keyboard.press("Alt+1")
    pad.keyboard.press("Control+Enter")
    pad.wait_for_selector("[data-print-link]:not([hidden])")
    page = open_page(clinic, pad.locator("[data-print-link]").get_attribute("href"), theme="dark")
    assert "Fever" in page.locator(".rx-sheet").inner_text()
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".side").is_visible()
    ground = page.locator(".rx-sheet").evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_a_curator_merges_a_term(pad, clinic, open_page):
    typed(pad, "fevver hi")
    pad.keyboard.press("Shift+Enter")
    pad.wait_for_timeout(200)
    page = open_page(clinic, f"{PAGES}/curate")
    page.get_by_label("Your name").fill("curator-1")
    page.get_by_label("fevver hi means").fill("feve")
    page.get_by_role("button", name="Fever").click()
    page.wait_for_selector("[data-said]:has-text('now means')")
    assert ("alias", ("complaint", "new:fevver hi", "fever")) in pad.assistant.asked
    page.get_by_role("link", name="Merged").click()
    assert "stands for fever" in page.locator("main").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pad_is_accessible_in_every_state(pad, theme, width):
    pad.set_viewport_size({"width": width, "height": 800})
    pad.emulate_media(color_scheme=theme)
    assert faults_of(pad) == []
    warned(pad)
    assert faults_of(pad) == []
    pad.keyboard.press("Escape")
    pad.keyboard.press("Alt+Shift+Digit2")
    pad.wait_for_selector(".rx-panel", timeout=5_000)
    assert faults_of(pad) == []
    assert pad.evaluate(SMALL) == []


@pytest.mark.parametrize("name", ["print", "curate"])
def test_the_pages_around_it_are_accessible(clinic, open_page, name):
    page = open_page(clinic, f"{PAGES}/{name}")
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert faults_of(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_pad_fits_and_is_alone(pad, clinic):
    warned(pad)
    pad.keyboard.press("Escape")
    pad.keyboard.press("Alt+Shift+Digit1")
    for width in (1280, 1000, 768, 390, 320):
        pad.set_viewport_size({"width": width, "height": 800})
        pad.wait_for_timeout(50)
        assert pad.evaluate("() => document.documentElement.scrollWidth") <= width
    assert [url for url in pad.seen.requests if not url.startswith(clinic.address)] == []
    assert pad.seen.faults == []


def test_without_a_script_the_pad_is_a_plain_form(clinic, open_page):
    page = open_page(clinic, "/", java_script_enabled=False)
    page.goto(f"{clinic.address}{PAGES}/pad")
    assert "This is a plain form now" in page.locator("main").inner_text()
    page.locator("[name=doctor]").fill("dr-demo")
    page.locator("[name=complaint]").fill("Fever; Lame left toe")
    # Enter must not post what the script may be about to take.
    page.keyboard.press("Enter")
    assert page.url.endswith("/pages/pad")
    page.get_by_role("button", name="Save as a plain form").click()
    page.wait_for_url("**/pages/print?id=*")
    assert "Lame left toe" in page.locator(".rx-sheet").inner_text()
