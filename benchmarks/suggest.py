"""Suggestions for all six fields, as they are served: in process and over HTTP, log included.

In process: ``Assistant.suggest`` for office visits of 2009 that are a quarter to wholly written,
with the doctors' own histories in memory; every answer is on disk before it is given. Besides:
time and memory to open the service, and whether a brand that a doctor saved three times comes
first among the brands of its molecule at the very next call.

Over HTTP: the real application in a child process, 32 connections that ask one after the other.
The load comes from ``wrk`` when it is installed, else from an asyncio client in this process
(which then takes its share of the cores); the result says which. CPU is that of the server.

``python -m benchmarks.suggest --folder FOLDER [--data FOLDER] [--calls 400] [--seconds 10]``
The project is made in the folder when it is not there (about ten CPU minutes).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.namcs_project import FILES, place, prepared

CONNECTIONS = 32
AIMS = {"in_process_p99_ms": 20.0, "http_p99_ms": 50.0}
_SEX = {1: "female", 2: "male"}


def drafts(data: Path, count: int) -> list[dict[str, Any]]:
    """Bodies of requests: drawn visits, of which each section is written up to a drawn one."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    year = pl.read_parquet(data / "visits.parquet").filter(pl.col("year") == 2009)
    items = pl.read_parquet(data / "items.parquet").join(
        year.sample(count, seed=0, shuffle=True), on="visit_id"
    )
    sections = ("complaint", "diagnosis", "medicine", "lab", "advice")
    made = []
    for (_, *who), rows in items.group_by(
        ["visit_id", "doctor", "specialty", "age", "sex"], maintain_order=True
    ):
        doctor, specialty, age, sex = who
        held = dict(rows.group_by("field").agg("code").iter_rows())
        told = sections[: int(rng.integers(0, 5))]
        entries = {s: [{"code": code} for code in held[s][:10]] for s in told if s in held}
        patient = {"age": age, "sex": _SEX.get(sex, "unknown")}
        made.append({"doctor": doctor, "specialty": str(specialty), "patient": patient,
                     "entries": entries})  # fmt: skip
    return made


def written(body: dict[str, Any]) -> Any:
    """The prescription of a body."""
    from perdure.solutions.prescription.api.written import Written

    return Written.model_validate(body).prescription()


def opened(root: Path) -> Any:
    """The service of the project."""
    from perdure.kernel.discovery import solution
    from perdure.platform.storage.project import Project
    from perdure.solutions.prescription.assistant import open_assistant

    project = Project(root)
    return open_assistant(project, project.settings(solution("prescription")), "default")


def in_process(root: Path, bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """Opening, calls one after the other, and what of a call is the engine's."""
    from perdure.solutions.prescription.engine.frames import months_of

    start, before = time.perf_counter(), resident()
    assistant = opened(root)
    asked = [written(body) for body in bodies]
    assistant.suggest(asked[0])
    seconds = time.perf_counter() - start
    desk = assistant._served.desk  # noqa: SLF001 - the part of the time that is the engine's
    months = months_of(assistant._project.clock.now())  # noqa: SLF001 - as the service does
    found = {
        "open_seconds": round(seconds, 1),
        "megabytes": round(resident() - before),
        "doctors": desk.doctors,
        "suggest": timed(assistant.suggest, asked),
        "engine": timed(lambda one: desk.pick(one, months, 8), asked),
        "trees": timed(trees, [candidates_of(desk, one, months) for one in asked[:50]]),
        "brand_first_after_three": follows(assistant),
    }
    assistant.close()
    return found


def candidates_of(desk: Any, one: Any, months: float) -> list[tuple[Any, Any]]:
    """The rankers of all fields, each with the candidates that it scores for a prescription."""
    from perdure.solutions.prescription.engine.at_once import numbers_of, slate

    # What ``pick`` hands to the trees.
    engine, abreast = desk.engine, desk._abreast  # noqa: SLF001
    at = desk._situation(engine, one, months)  # noqa: SLF001
    made = slate(engine.parts, abreast, at)
    return [(ranker, numbers_of(made, abreast, name)) for name, ranker in engine.rankers.items()]


def trees(of: list[tuple[Any, Any]]) -> None:
    """Only the calls into the trees: all candidates scored, eight explained."""
    for ranker, numbers in of:
        ranker.raw(numbers)
        ranker.parts(numbers[:8])


def timed(call: Callable[[Any], object], asked: list[Any]) -> dict[str, float]:
    """Percentiles of the wait, and CPU of the whole process a call, in ms."""
    call(asked[0])
    times, cpu = [], time.process_time()
    for one in asked:
        start = time.perf_counter()
        call(one)
        times.append((time.perf_counter() - start) * 1e3)
    cpu = (time.process_time() - cpu) / len(asked) * 1e3
    times.sort()
    p50, p99 = (round(times[len(times) * p // 100], 2) for p in (50, 99))
    return {"calls": len(times), "p50_ms": p50, "p99_ms": p99, "cpu_ms": round(cpu, 2)}


def follows(assistant: Any) -> bool:
    """A new doctor saves the last of a molecule's brands three times: is it first then?"""
    from perdure.solutions.prescription.prescription import Entry, Patient, Prescription

    patient = Patient(50, "female")
    empty = Prescription(f"new-{time.time_ns()}", patient=patient)
    pills = assistant.suggest(empty, pills=20).fields["brand"]
    by: dict[str, list[str]] = {}
    for pill in pills:
        by.setdefault(pill.molecule, []).append(pill.code)
    molecule, brands = max(by.items(), key=lambda pair: len(pair[1]))
    chosen = brands[-1]
    for _ in range(3):
        medicine = (Entry(chosen, molecule=molecule),)
        done = Prescription(empty.doctor, patient=patient, entries={"medicine": medicine})
        assistant.save(done, key=f"{time.time_ns()}", actor="benchmark")
    after = assistant.suggest(empty, pills=20).fields["brand"]
    return len(brands) > 1 and next(p.code for p in after if p.molecule == molecule) == chosen


def over_http(root: Path, bodies: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Requests a second, percentiles of the wait, and CPU of the server a request."""
    with served(root) as (process, port):
        url = f"http://127.0.0.1:{port}/api/v1/prescription/suggest"
        texts = [json.dumps({"written": body}) for body in bodies]
        asyncio.run(load(url, texts, 1, 2))  # the service opens at the first request
        start = cpu_of(process.pid)
        loader = with_wrk if shutil.which("wrk") else with_httpx
        found = loader(url, texts, seconds)
        found["server_cpu_ms"] = round((cpu_of(process.pid) - start) / found["requests"] * 1e3, 2)
    return found


def with_wrk(url: str, texts: list[str], seconds: float) -> dict[str, Any]:
    """The load of ``wrk``: two threads."""
    script = "bodies = {\n" + ",\n".join(json.dumps(text) for text in texts) + "}\n"
    script += (
        "wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\n"
        "n = 0\nfunction request() n = n % #bodies + 1\n"
        "return wrk.format(nil, nil, nil, bodies[n]) end\n"
        "function done(s, l, r) io.write(string.format('FOUND %d %d %d %d %d\\n', s.requests,"
        " s.errors.status + s.errors.timeout, s.duration, l:percentile(50), l:percentile(99)))"
        " end\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "30s",
                   "-s", file.name, url]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    match = re.search(r"FOUND (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    assert match, said
    n, wrong, micros, p50, p99 = map(int, match.groups())
    return {"load": "wrk", "requests": n, "errors": wrong, "per_second": round(n / micros * 1e6, 1),
            "p50_ms": round(p50 / 1e3, 1), "p99_ms": round(p99 / 1e3, 1)}  # fmt: skip


def with_httpx(url: str, texts: list[str], seconds: float) -> dict[str, Any]:
    """The load of an asyncio client in this process."""
    times, wrong, took = asyncio.run(load(url, texts, CONNECTIONS, seconds))
    times.sort()
    p50, p99 = (round(times[len(times) * p // 100] * 1e3, 1) for p in (50, 99))
    return {"load": "httpx", "requests": len(times), "errors": wrong,
            "per_second": round(len(times) / took, 1), "p50_ms": p50, "p99_ms": p99}  # fmt: skip


async def load(
    url: str, texts: list[str], clients: int, seconds: float
) -> tuple[list[float], int, float]:
    """Waits of all requests, how many went wrong, and how long it took."""
    import httpx

    times: list[float] = []
    wrong, start = 0, time.perf_counter()
    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(timeout=120, headers=headers) as client:

        async def ask(number: int) -> None:
            nonlocal wrong
            while time.perf_counter() < start + seconds:
                began = time.perf_counter()
                answer = await client.post(url, content=texts[number % len(texts)])
                times.append(time.perf_counter() - began)
                wrong += answer.status_code != 200
                number += clients

        await asyncio.gather(*(ask(number) for number in range(clients)))
    return times, wrong, time.perf_counter() - start


@contextmanager
def served(root: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The application in a child process, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.suggest", "--serve", str(root), str(port)]
    process = subprocess.Popen(command)
    try:
        _wait(port, process)
        yield process, port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def serve(root: Path, port: int) -> None:
    """Run the application until it is terminated; it lets in everyone on this machine."""
    import uvicorn

    from perdure.interfaces.http.app import create_app
    from perdure.platform.storage.project import Project

    uvicorn.run(create_app(Project(root)), port=port, log_level="warning", access_log=False)


def cpu_of(process: int) -> float:
    """Seconds of CPU that a process has taken, all threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident() -> float:
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Measure and print; status 1 when an aim was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--data", type=Path, default=place())
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(Path(options.serve[0]), int(options.serve[1]))
        return 0
    if not all((options.data / f"{name}.parquet").is_file() for name in FILES):
        print(f"NO VISITS at {options.data.name}: set PERDURE_SHARED_DATA, or use --data")
        return 0
    if options.folder is None:
        parser.error("--folder is needed: a place for the project")
    root = prepared(options.folder, options.data)
    bodies = drafts(options.data, options.calls)
    result = {
        "benchmark": "suggest",
        "in_process": in_process(root, bodies),
        "http": over_http(root, bodies, options.seconds),
        "aims": AIMS,
    }
    kept = result_kept(result)
    print(json.dumps({**result, "aims_kept": kept}) if options.json else _for_people(result, kept))
    return 0 if kept else 1


def result_kept(result: dict[str, Any]) -> bool:
    """Whether the waits are short enough and the habit is followed."""
    inside, http = result["in_process"], result["http"]
    short = inside["suggest"]["p99_ms"] < AIMS["in_process_p99_ms"]
    return bool(short and inside["brand_first_after_three"] and http["errors"] == 0)


def _for_people(result: dict[str, Any], kept: bool) -> str:
    inside, http = result["in_process"], result["http"]
    lines = [
        (
            f"opened in {inside['open_seconds']} s, {inside['megabytes']} MB, "
            f"{inside['doctors']:,} doctors with a history"
        )
    ]
    for name in ("suggest", "engine", "trees"):
        told = inside[name]
        lines.append(f"{name:<8} p50 {told['p50_ms']:>6} ms   p99 {told['p99_ms']:>6} ms   "
                     f"CPU {told['cpu_ms']:>6} ms   {told['calls']} calls")  # fmt: skip
    lines.append(f"a brand saved three times is first of its molecule: "
                 f"{str(inside['brand_first_after_three']).lower()}")  # fmt: skip
    lines.append(
        f"HTTP, {CONNECTIONS} connections of {http['load']}: {http['per_second']} requests/s, "
        f"p50 {http['p50_ms']} ms, p99 {http['p99_ms']} ms, server CPU {http['server_cpu_ms']} ms "
        f"a request, {http['requests']} requests, {http['errors']} errors"
    )
    return "\n".join([*lines, f"aims kept (in process): {kept}"])


if __name__ == "__main__":
    raise SystemExit(main())
