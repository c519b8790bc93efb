"""Scoring a Parquet file into another one: perdure's stream beside bare LightGBM on the same file.

60 columns (10 of whole numbers, 10 with 30 % missing), 100 trees of 63 leaves. Each method runs in
a process of its own, so that CPU seconds and peak memory are its own; the scores are compared.
``python -m benchmarks.scoring [--rows 1000000] [--threads 1] [--json]``; 5,000,000 rows are the
published size (aim: under 500 MB).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = [f"f{i:02d}" for i in range(60)]
CHUNK = 250_000
LIMIT_MB = 500
METHODS = ("perdure", "lightgbm", "lightgbm, default reader")


def rows(count: int, first: int) -> pa.Table:
    """Generated rows, numbered from ``first``; the same numbers give the same rows."""
    rng = np.random.default_rng(first)
    made: dict[str, pa.Array] = {"entity": pa.array(np.arange(first, first + count))}
    for i, name in enumerate(COLUMNS):
        values = rng.standard_normal(count, dtype=np.float32)
        if i < 10:
            values = np.floor(np.exp(values + 2))
        missing = rng.random(count) < 0.3 if i >= 50 else None
        made[name] = pa.array(values, pa.float32(), mask=missing)
    return pa.table(made)


def prepare(folder: Path, count: int) -> None:
    """Write the input file and the model bundle's files."""
    from perdure.methods.boosting import Boosting
    from perdure.methods.isotonic import Isotonic
    from perdure.platform.training.tabular import Inputs, TabularPredictor

    schema = rows(1, 0).schema
    with pq.ParquetWriter(folder / "in.parquet", schema, compression="zstd") as writer:
        for first in range(0, count, CHUNK):
            writer.write_table(rows(min(CHUNK, count - first), first))
    table = rows(100_000, 10**9)
    inputs = Inputs.of(table, COLUMNS)
    X = inputs.matrix(table)
    z = X[:, 20] + 0.5 * X[:, 21] * X[:, 22] + 0.2 * np.log1p(X[:, 0]) - 2
    y = (np.random.default_rng(1).random(len(X)) < 1 / (1 + np.exp(-z))).astype(float)
    learner = Boosting(rounds=100, leaves=63, learning_rate=0.1).fit(X, y, names=COLUMNS)
    model = TabularPredictor(inputs, learner, Isotonic().fit(learner.raw(X), y))
    for name, data in model.to_files().items():
        (folder / f"model-{name}").write_bytes(data)


def perdure(folder: Path, threads: int) -> None:
    """Score with the platform."""
    from perdure.platform.inference.batch import Scoring, score_file
    from perdure.platform.training.tabular import TabularPredictor

    files = {p.name.removeprefix("model-"): p.read_bytes() for p in folder.glob("model-*")}
    model = TabularPredictor.from_files(files)
    model.learner.threads = threads  # type: ignore[attr-defined]
    scoring = Scoring(model, keep=("entity",))
    score_file(scoring, folder / "in.parquet", folder / "perdure.parquet")


def lightgbm(folder: Path, threads: int, *, gentle: bool = True) -> None:
    """Score with LightGBM and PyArrow alone; ``gentle`` turns reading ahead off."""
    import lightgbm as lgb

    text = (folder / "model-learner.bag0.txt").read_text(encoding="utf-8")
    booster = lgb.Booster(model_str=text)
    options = {"pre_buffer": False, "buffer_size": 1 << 20} if gentle else {}
    schema = pa.schema([("entity", pa.int64()), ("raw", pa.float64())])
    with (
        pq.ParquetFile(folder / "in.parquet", **options) as file,
        pq.ParquetWriter(folder / "lightgbm.parquet", schema, compression="zstd") as writer,
    ):
        for batch in file.iter_batches(65_536, use_threads=not gentle):
            X = np.column_stack([batch.column(n).to_numpy(zero_copy_only=False) for n in COLUMNS])
            raw = booster.predict(X, raw_score=True, num_threads=threads)
            writer.write_batch(
                pa.RecordBatch.from_arrays([batch.column("entity"), pa.array(raw)], schema=schema)
            )


def compare(count: int, threads: int) -> dict[str, Any]:
    """Run every method on the same file and measure it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, count)
        measured = [_measured(folder, method, threads) for method in METHODS]
        ours, theirs = (
            pq.read_table(folder / f"{m}.parquet", columns=["raw"]) for m in METHODS[:2]
        )
        largest = float(np.abs(ours["raw"].to_numpy() - theirs["raw"].to_numpy()).max())
    return {
        "benchmark": "scoring",
        "rows": count,
        "columns": len(COLUMNS),
        "threads": threads,
        "methods": measured,
        "cpu_ratio": round(measured[0]["cpu_seconds"] / measured[1]["cpu_seconds"], 3),
        "largest_difference": largest,
        "within_limit": measured[0]["peak_mb"] < LIMIT_MB,
    }


def _measured(folder: Path, method: str, threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scoring", "--child", str(folder), method]
    done = subprocess.run(
        [*command, "--threads", str(threads)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return {"method": method, **found}


def _child(folder: Path, method: str, threads: int) -> None:
    start = time.perf_counter()
    if method == "perdure":
        perdure(folder, threads)
    else:
        lightgbm(folder, threads, gentle=method == "lightgbm")
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    wall = time.perf_counter() - start
    print(
        json.dumps(
            {"cpu_seconds": round(cpu, 1), "wall_seconds": round(wall, 1), "peak_mb": round(peak)}
        )
    )


def main() -> int:
    """Measure and print; status 1 when the memory limit was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(Path(options.child[0]), options.child[1], options.threads)
        return 0
    result = compare(options.rows, options.threads)
    if options.json:
        print(json.dumps(result))
        return 0 if result["within_limit"] else 1
    print(f"{result['rows']:,} rows x {result['columns']}, {result['threads']} thread(s)")
    print(f"{'method':<26} {'CPU s':>8} {'wall s':>8} {'peak MB':>8}")
    for row in result["methods"]:
        print(
            f"{row['method']:<26} {row['cpu_seconds']:>8.1f} {row['wall_seconds']:>8.1f} "
            f"{row['peak_mb']:>8}"
        )
    print(
        f"CPU {result['cpu_ratio']} times bare LightGBM; largest difference "
        f"{result['largest_difference']:g}; under {LIMIT_MB} MB: {result['within_limit']}"
    )
    return 0 if result["within_limit"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
