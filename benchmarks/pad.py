"""Time from a key on the pad to its pills, painted, in Chromium against a real server.

A doctor types the seed's example and other entries, letter by letter. Each key is timed in the
page itself: from ``keydown`` to the first frame after the answer is in the places. The server is
the application with the journal and the search of a practice; suggestions are fixed and as large
as those of a model, so the time of the model is not in it (``--address`` measures a running
server with its own champion).

``python -m benchmarks.pad [--rounds 3] [--address http://127.0.0.1:8000/?token=…] [--json]``
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
PAGE = "/solutions/prescription/default/pages/pad?doctor=dr-benchmark"
AIM_MS = 50.0
TYPED = (
    ("complaint", ("fever", "cough", "headache")),
    ("diagnosis", ("viral fever", "hypertension")),
    ("medicine", ("dolo 650mg", "azithral")),
    ("lab", ("complete blood", "malaria")),
    ("advice", ("plenty of fluids", "spicy")),
)
CLOCK = """() => {
  const pad = document.querySelector("rx-pad");
  const times = { key: [], entry: [] };
  let start = 0, kind = "key", want = 0;
  document.addEventListener("keydown", (event) => {
    start = performance.now();
    kind = event.key === "Enter" || event.altKey ? "entry" : "key";
  }, true);
  const painted = (at, of) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { times[of].push(performance.now() - at); };
    channel.port2.postMessage(0);
  });
  for (const line of [pad.lines.search, pad.lines.suggest]) {
    const kindOf = line === pad.lines.search ? "key" : "entry";
    const ask = line.ask.bind(line);
    line.ask = (body, use, fail) => {
      const at = start;
      return ask(body, (answer) => { use(answer); painted(at, kindOf); }, fail);
    };
  }
  window.padTimes = times;
}"""
Times = dict[str, list[float]]


@contextmanager
def stand_in() -> Iterator[str]:
    """The address of a served project whose assistant is the stand-in."""
    import uvicorn

    import perdure.solutions.prescription.solution as module
    from benchmarks.pad_stand_in import manifest
    from perdure.interfaces.http.app import create_app
    from perdure.platform.storage.project import Project

    vars(module)["SOLUTION"] = manifest("benchmarks.pad_stand_in:StandIn")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(Project.create(Path(folder) / "clinic"))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(10)


def round_of(browser: Any, address: str) -> tuple[Times, int]:
    """One prescription, typed at about ten keys a second; its times, and the bytes sent first."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    sent: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    page.goto(address)
    sent.clear()
    page.goto(address.split("?")[0].rstrip("/") + PAGE)
    page.wait_for_selector("[data-section=complaint] .rx-pill")
    first = int(sum(sent))
    page.evaluate(CLOCK)
    for section, texts in TYPED:
        page.locator(f"[name={section}]").focus()
        for text in texts:
            page.keyboard.type(text, delay=90)
            page.wait_for_timeout(120)
            page.keyboard.press("Enter")
            page.wait_for_timeout(200)
    times: Times = page.evaluate("window.padTimes")
    page.close()
    return times, first


def measured(address: str, rounds: int) -> dict[str, Any]:
    """All rounds, of which the first warms up."""
    from playwright.sync_api import sync_playwright

    all_times: Times = {"key": [], "entry": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        _, first = round_of(browser, address)
        for _ in range(rounds):
            times, _ = round_of(browser, address)
            for kind, found in times.items():
                all_times[kind] += found
        browser.close()
    return {"first_load_bytes": first, **{k: spread(v) for k, v in all_times.items()}}


def spread(times: list[float]) -> dict[str, float]:
    """How many, median and 95th percentile.

    >>> spread([1.0, 2.0, 9.0])
    {'n': 3, 'p50_ms': 2.0, 'p95_ms': 9.0}
    """
    ordered = sorted(times) or [float("nan")]
    chosen = {p: ordered[min(len(ordered) * p // 100, len(ordered) - 1)] for p in (50, 95)}
    return {"n": len(times), **{f"p{p}_ms": round(value, 1) for p, value in chosen.items()}}


def main() -> int:
    """Measure and print; status 1 when the aim was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--address", help="a running server, with its token")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not CHROMIUM.exists() or importlib.util.find_spec("playwright") is None:
        print("NO BROWSER: Chromium or playwright is not installed, so nothing was measured")
        return 0
    if options.address:
        result = measured(options.address, options.rounds)
    else:
        with stand_in() as address:
            result = measured(address, options.rounds)
    result |= {"benchmark": "pad", "aim_ms": AIM_MS}
    result["aim_kept"] = max(result[kind]["p50_ms"] for kind in ("key", "entry")) < AIM_MS
    if options.json:
        print(json.dumps(result))
    else:
        print(f"{'painted after':<14}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}")
        for kind in ("key", "entry"):
            row = result[kind]
            print(f"{kind:<14}{row['n']:>6}{row['p50_ms']:>9}{row['p95_ms']:>9}")
        load = result["first_load_bytes"] / 1e3
        print(f"first load {load:.0f} kB; median under {AIM_MS:.0f} ms: {result['aim_kept']}")
    return 0 if result["aim_kept"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
