"""Every page is made, says what it should, and loads nothing that the policy forbids."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser

import pytest

CASE = "/solutions/conversion/demovel"
PAGES = (
    "/",
    CASE,
    f"{CASE}?view=accepted",
    f"{CASE}?view=holdout",
    f"{CASE}?view=all&order=probability",
    f"{CASE}/entities/1000000001",
    f"{CASE}/model",
    f"{CASE}/model?version=1",
    "/alarms",
    "/alarms?view=closed",
    "/runs",
    "/tables",
    "/tables/claims",
    "/tables/predictions.conversion.demovel",
    "/quarantine/claims",
    "/quarantine/physician",
    "/power",
    "/power?base=2.2&effect=25&arm=20000",
    "/-/patterns",
)
EMPTY = (
    "/",
    CASE,
    f"{CASE}/model",
    "/alarms",
    "/runs",
    "/tables",
    "/tables/claims",
    "/quarantine/claims",
)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the texts of scripts."""

    def __init__(self, text):
        super().__init__()
        self.found, self.inline, self._inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._inside = tag in ("script", "style")

    def handle_data(self, data):
        if self._inside and data.strip():
            self.inline.append(data)
        self._inside = False


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_made(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[-400:]
    elements = Elements(answer.text)
    assert elements.inline == []
    for tag, attributes in elements.found:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        for name in ("href", "src", "action", "hx-get", "hx-post"):
            assert not re.match(r"[a-z]+:|//", attributes.get(name) or "/"), attributes


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_heading_and_labelled_parts(client, path):
    elements = Elements(client.get(path).text).found
    tags = [tag for tag, _ in elements]
    assert tags.count("h1") == 1
    assert tags.count("main") == 1
    assert dict(elements)["html"]["lang"] == "en"


def test_ids_are_unique(client):
    for path in PAGES:
        names = [a["id"] for _, a in Elements(client.get(path).text).found if a.get("id")]
        assert sorted(names) == sorted(set(names)), path


@pytest.mark.parametrize("path", EMPTY)
def test_an_empty_project_says_what_will_appear(make_client, builder, tmp_path, path):
    answer = make_client(builder.empty_project(tmp_path / "new")).get(path)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "command"),
    [
        (CASE, "perdure run conversion --case DEMOVEL"),
        (f"{CASE}/model", "perdure run conversion"),
        ("/runs", "perdure run"),
        ("/alarms", "perdure monitor"),
    ],
)
def test_an_empty_page_names_the_command_that_fills_it(
    make_client, builder, tmp_path, path, command
):
    assert command in make_client(builder.empty_project(tmp_path / "new")).get(path).text


def test_texts_from_data_stay_texts(client, builder):
    text = client.get(f"{CASE}?view=all&order=probability").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_home_shows_what_waits_and_how_things_are(client):
    text = client.get("/").text
    assert re.search(r"\d+ decisions wait", text)
    assert "A run failed" in text
    assert "Feature drift peer_share" in text
    assert "perdure run conversion" in text


def test_list_by_territory_has_a_row_for_each_decision(client):
    text = client.get(f"{CASE}?territory=NJ-01").text
    assert text.count('data-arm="treated"') == 15
    assert "NJ-02</strong>" not in text


def test_list_finds_by_id_and_by_description(client):
    assert "1000000007" in client.get(f"{CASE}?text=1000000007").text
    found = client.get(f"{CASE}?view=all&text=CARDIOLOGY").text
    assert "Cardiology" in found
    assert "Family practice" not in found


def test_hold_outs_are_marked_and_cannot_be_acted_upon(client):
    text = client.get(f"{CASE}?view=holdout").text
    assert text.count('data-arm="holdout"') > 0
    assert "hold-out" in text
    assert 'data-do="accept"' not in text


def test_pages_of_all_are_walked_without_gaps(client):
    seen = []
    for page in (1, 2, 3):
        text = client.get(f"{CASE}?view=all&order=probability&page={page}").text
        seen += re.findall(r"entities/(\d+)\" data-arm", text)
    assert seen == [f"10000{n:05d}" for n in range(120)]


def test_entity_shows_claims_reasons_and_decisions(client):
    text = client.get(f"{CASE}/entities/1000000001").text
    assert "Timeline" in text
    assert "Why this score" in text
    assert "prescriptions" in text
    assert "/decisions/dec_" in text


def test_an_unknown_entity_is_missing(client):
    assert client.get(f"{CASE}/entities/4242").status_code == 404


def test_model_shows_evidence_card_and_versions(client):
    text = client.get(f"{CASE}/model").text
    for expected in (
        "conversion/demovel@2 · champion",
        "Gain",
        "Calibration",
        "Beside simple rules",
        "Intended use",
        "31. Correction process",
        "Promote",
        "Roll back",
        "beats volume",
    ):
        assert expected in text, expected


def test_decision_says_why_and_under_which_limits(client):
    text = client.get(f"{CASE}?territory=NJ-01").text
    decision = re.search(r"dec_[0-9a-f]{26}", text)[0]
    page = client.get(f"/decisions/{decision}").text
    for expected in (
        "What else was possible",
        "at least 14 days between contacts",
        "conversion/demovel@2",
    ):
        assert expected in page


def test_rows_set_aside_are_shown_by_rule(client):
    text = client.get("/quarantine/claims").text
    assert "not-a-number" in text
    assert "claims_2025.csv" in text
    only = client.get("/quarantine/claims?rule=npi:wrong-pattern").text
    assert "74</td>" not in only


def test_runs_lead_to_their_steps(client):
    text = client.get("/runs").text
    assert "the table went away" in text
    run = re.findall(r'data-row="(/runs/run_[^"]+)"', text)[-1]
    assert "15" in client.get(run).text


def test_theme_is_kept_by_a_cookie(client):
    text = client.get("/", headers={"cookie": "theme=dark"}).text
    assert '<html lang="en" data-theme="dark">' in text
    assert (
        'data-theme="'
        not in client.get("/", headers={"cookie": "theme=x"}).text.partition("<body")[0]
    )


def test_choosing_a_case_goes_to_its_list(client):
    answer = client.get("/solutions/conversion?case=exemplix")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/solutions/conversion/exemplix",
    )


def test_a_page_without_charts_stays_below_100_kb(client):
    for path in ("/", CASE, "/alarms", "/tables"):
        text = client.get(path).text
        assets = {
            a.get("href") or a.get("src")
            for t, a in Elements(text).found
            if t in ("link", "script")
        }
        assets |= {"/static/jump-box.js"}
        sent = len(gzip.compress(text.encode(), 5))
        for address in assets:
            answer = client.get(address, headers={"accept-encoding": "gzip"})
            sent += int(answer.headers["content-length"])
        assert sent < 100_000, (path, sent)
        assert "echarts" not in text
