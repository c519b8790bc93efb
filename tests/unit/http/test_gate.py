"""Token, cookie, host, origin, size: who gets in, and what comes with each answer."""

from __future__ import annotations

import stat

import pytest

from perdure.interfaces.guard.gate import COOKIE, Gate, access_token
from perdure.interfaces.guard.headers import SECURITY_HEADERS

TOKEN = "t" * 43
BEARER = {"authorization": f"Bearer {TOKEN}"}


def test_token_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    first = access_token(tmp_path / "var")
    assert len(first) >= 43
    assert access_token(tmp_path / "var") == first
    assert stat.S_IMODE((tmp_path / "var" / "token").stat().st_mode) == 0o600


def test_a_token_file_that_others_can_read_is_closed_again(tmp_path):
    access_token(tmp_path)
    (tmp_path / "token").chmod(0o644)
    access_token(tmp_path)
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_the_link_sets_a_cookie_and_hides_the_token(locked):
    answer = locked.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert locked.get("/").status_code == 200


@pytest.mark.parametrize("token", ["", "t" * 42, "T" * 43, "é", "t" * 5000])
def test_a_wrong_link_opens_nothing(locked, token):
    answer = locked.get("/", params={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        f"Basic {TOKEN}",
        f"bearer{TOKEN}",
        f"Bearer {TOKEN}x",
        "Bearer \xe9",
    ],
)
def test_a_wrong_bearer_opens_nothing(locked, header):
    headers = {"authorization": header.encode("latin-1")}
    assert locked.get("/api/v1/solutions", headers=headers).status_code == 401


def test_bearer_opens_the_api_and_may_write(locked):
    assert locked.get("/api/v1/solutions", headers=BEARER).status_code == 200
    answer = locked.post("/api/v1/alarms/none/acknowledge", headers=BEARER)
    assert answer.status_code == 404


def test_the_cookie_is_no_token(locked):
    cookie = Gate(TOKEN).cookie()
    assert (
        locked.get("/api/v1/solutions", headers={"authorization": f"Bearer {cookie}"}).status_code
        == 401
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 404),
        ({"origin": "http://127.0.0.1"}, 404),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"}, 403),
    ],
)
def test_a_cookie_writes_only_from_our_own_pages(locked, headers, status):
    locked.cookies.set(COOKIE, Gate(TOKEN).cookie())
    answer = locked.post("/api/v1/alarms/none/acknowledge", headers=headers)
    assert answer.status_code == status


def test_without_a_token_a_page_from_elsewhere_still_cannot_write(client):
    answer = client.post(
        "/api/v1/alarms/none/acknowledge", headers={"origin": "http://evil.example"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil"])
def test_other_hosts_are_refused(client, host):
    assert client.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
def test_this_machine_is_known_by_its_names(client, host):
    assert client.get("/api/v1/health", headers={"host": host}).status_code == 200


def test_bodies_above_one_mebibyte_are_refused(client):
    answer = client.post("/api/v1/score", content=b" " * (1 << 20) + b"{}",
                         headers={"content-type": "application/json"})  # fmt: skip
    assert answer.status_code == 413
    assert answer.json()["what"] == "the request is larger than 1 MiB"


def test_bodies_without_a_stated_length_are_counted(client):
    def endless():
        for _ in range(40):
            yield b"x" * 65_536

    answer = client.post("/api/v1/score", content=endless(),
                         headers={"content-type": "application/json"})  # fmt: skip
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/nothing", "/static/console.js"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "access-control-allow-origin" not in headers


def test_nothing_but_assets_may_be_cached(client):
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.get("/api/v1/solutions").headers["cache-control"] == "no-store"


def test_policy_of_content_allows_nothing_inline():
    policy = SECURITY_HEADERS["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_there_is_no_preflight_for_others(client):
    answer = client.options("/api/v1/feedback", headers={"origin": "http://evil.example",
                            "access-control-request-method": "POST"})  # fmt: skip
    assert answer.status_code == 405
