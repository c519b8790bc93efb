"""Durable events a second: group commit against one commit an event, in the same run.

Each client sends one record of about 600 bytes and waits until it is on disk, then the next.
``python -m benchmarks.durable_writes [--seconds 4] [--clients 32] [--processes 1] [--json]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from perdure.platform.automation.records import RUNS
from perdure.platform.storage.ops import Ops
from perdure.platform.storage.writer import GroupCommitWriter

Write = Callable[[Mapping[str, Any]], None]


def record(client: str, number: int) -> dict[str, Any]:
    """One record of about 600 bytes."""
    return {
        "id": f"{client}-{number}",
        "pipeline": client,
        "key": str(number),
        "state": "finished",
        "attempt": 1,
        "inputs": {"payload": "x" * 500},
        "started_at": datetime(2026, 1, 31),
    }


def measure(clients: int, seconds: float, name: str, write: Write) -> list[float]:
    """The latency of every acknowledged write of ``clients`` threads, in seconds."""
    latencies: list[list[float]] = [[] for _ in range(clients)]
    end = time.monotonic() + seconds

    def work(client: int) -> None:
        number = 0
        while (start := time.monotonic()) < end:
            write(record(f"{name}-{client}", number))
            latencies[client].append(time.monotonic() - start)
            number += 1

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [latency for client in latencies for latency in client]


def run(path: Path, method: str, clients: int, seconds: float, name: str) -> list[float]:
    """Latencies of one process that writes with ``method``."""
    ops = Ops(path, wait_seconds=60)
    insert = ops.insert_new(RUNS, "id")
    if method == "group":
        with GroupCommitWriter(ops) as writer:
            return measure(
                clients, seconds, name, lambda row: writer.submit(insert, [row]).result()
            )

    def alone(row: Mapping[str, Any]) -> None:
        with ops.begin() as connection:
            connection.execute(insert, row)

    return measure(clients, seconds, name, alone)


def summary(method: str, latencies: list[float], seconds: float, stored: int) -> dict[str, Any]:
    """Events a second and percentiles of the wait."""
    ordered = sorted(latencies)
    return {
        "method": method,
        "events_per_second": round(len(ordered) / seconds),
        "p50_ms": round(ordered[len(ordered) // 2] * 1e3, 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1e3, 2),
        "acknowledged": len(ordered),
        "stored": stored,
    }


def compare(clients: int, seconds: float, processes: int) -> dict[str, Any]:
    """Both methods in turn, each on a new store."""
    results = []
    for method in ("one-by-one", "group"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ops.sqlite"
            Ops(path).migrate()
            latencies = _in_processes(path, method, clients, seconds, processes)
            with Ops(path).connect() as connection:
                stored = len(connection.execute(RUNS.select().with_only_columns(RUNS.c.id)).all())
        results.append(summary(method, latencies, seconds, stored))
    ratio = results[1]["events_per_second"] / max(1, results[0]["events_per_second"])
    return {"clients": clients, "processes": processes, "rows": results, "ratio": round(ratio, 1)}


def _in_processes(
    path: Path, method: str, clients: int, seconds: float, processes: int
) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.durable_writes", "--child", str(path), method]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    running = [
        subprocess.Popen([*command, "--name", str(i)], stdout=subprocess.PIPE, text=True)
        for i in range(processes)
    ]
    return [value for child in running for value in json.loads(child.communicate()[0])]


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--name", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        path, method = options.child
        latencies = run(Path(path), method, options.clients, options.seconds, options.name)
        print(json.dumps([round(value, 6) for value in latencies]))
        return 0
    result = compare(options.clients, options.seconds, options.processes)
    if options.json:
        print(json.dumps(result))
        return 0
    for row in result["rows"]:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print(f"group commit: {result['ratio']} times as many")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
