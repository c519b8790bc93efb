"""A real server on a free port, a real browser, and every request that it makes."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOKEN = "e" * 43
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CASE = "/solutions/conversion/demovel"
PAGES = {
    "home": "/",
    "list": CASE,
    "all": f"{CASE}?view=all&order=probability",
    "entity": f"{CASE}/entities/1000000001",
    "model": f"{CASE}/model",
    "decision": "",
    "alarms": "/alarms",
    "runs": "/runs",
    "run": "",
    "tables": "/tables",
    "table": "/tables/claims",
    "quarantine": "/quarantine/claims",
    "power": "/power",
    "patterns": "/-/patterns",
    "missing": "/nowhere",
    "empty": "/solutions/conversion/exemplix",
}
"""Every page; those that need an id are filled in by the fixture ``addresses``."""


def _builder():
    spec = importlib.util.spec_from_file_location(
        "console_project", HERE.parent / "console_project.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Served:
    """A project, served until the test session ends."""

    def __init__(self, project):
        import uvicorn

        from perdure.interfaces.http.app import create_app

        self.project = project
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = uvicorn.Config(create_app(project, TOKEN), log_level="error", access_log=False)
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)

    def stop(self):
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture(scope="session")
def serving():
    """How a project is served, for fixtures of single files."""
    return Served


@pytest.fixture(scope="session")
def browser():
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO BROWSER: {CHROMIUM} is not installed, so no page was looked at")
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="NO BROWSER: playwright is missing"
    )
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Shared by the tests that only look."""
    made = Served(_builder().make_project(tmp_path_factory.mktemp("e2e") / "clinic"))
    yield made
    made.stop()


@pytest.fixture
def own(tmp_path):
    """One's own, for tests that act."""
    made = Served(_builder().make_project(tmp_path / "clinic", people=40))
    yield made
    made.stop()
    shutil.rmtree(tmp_path / "clinic", ignore_errors=True)


@pytest.fixture
def serve():
    """Serves a project of the test's own until it ends."""
    made = []

    def started(project):
        made.append(Served(project))
        return made[-1]

    yield started
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def addresses(served):
    from sqlalchemy import select

    from perdure.platform.automation.records import RUNS
    from perdure.platform.decisions.records import DECISIONS

    with served.project.ops.connect() as connection:
        decision = connection.execute(select(DECISIONS.c.id).limit(1)).scalar_one()
        run = connection.execute(select(RUNS.c.id).where(RUNS.c.state == "finished")).scalar_one()
    return PAGES | {"decision": f"/decisions/{decision}", "run": f"/runs/{run}"}


class Seen:
    """What happened while a page was open: requests, errors of the page and of its script."""

    def __init__(self, page):
        self.requests, self.faults = [], []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on(
            "console",
            lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda e: self.faults.append(str(e)))


@pytest.fixture
def open_page(browser):
    """Opens a signed-in page of a server in a context of its own."""
    contexts = []

    def opened(server, path="/", *, width=1280, height=800, theme="light", sign_in=True, **options):
        context = browser.new_context(
            **{
                "viewport": {"width": width, "height": height},
                "color_scheme": theme,
                "reduced_motion": "reduce",
            }
            | options
        )
        contexts.append(context)
        page = context.new_page()
        page.seen = Seen(page)
        if sign_in:
            page.goto(f"{server.address}/?token={TOKEN}")
        page.goto(f"{server.address}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
