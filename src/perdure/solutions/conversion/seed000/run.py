"""``perdure bench conversion --protocol seed000``: its accuracy again, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path

import numpy as np

from perdure.kernel.errors import UsageError
from perdure.kernel.evidence import BenchReport, Measured, Verdict
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.training.metrics import auc, average_precision, ece, lift_at
from perdure.solutions.conversion.importers import files
from perdure.solutions.conversion.seed000 import checks
from perdure.solutions.conversion.seed000.conf import feature_conf, training_conf
from perdure.solutions.conversion.seed000.pipeline import (
    Floats,
    Split,
    accuracy,
    f1,
    matrix,
    one_split,
)
from perdure.solutions.conversion.seed000.table import FlatTable, read_flat, recognises

CASE = "seed000"
REPORTED = 0.803
"""The accuracy that the project's authors reported."""
_NEAR = 0.03
_SPLITS = 20


def run_folder(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """The CSV at the path with the configuration files beside it (or those that are named)."""
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    tables = [file for file in found if recognises(files.header_or_none(file))]
    if not tables:
        raise UsageError(
            "no table of seed 000's form", where=str(path), expected="NPI ID, HCP ID, TARGET, ..."
        )
    package = resources("perdure.solutions.conversion.seed000")
    with as_file(package) as own:
        folder = path if path.is_dir() else path.parent
        features = _conf(folder, options.get("feature-conf"), "feature_pipeline.yml", own)
        training = _conf(folder, options.get("training-conf"), "training_pipeline.yml", own)
        return run_seed000(tables[0], features, training, progress)


def run_seed000(
    csv: Path, features: Path, training: Path, progress: Progress = SILENT
) -> BenchReport:
    """Train as the two files say, on 20 random splits, and judge the table itself."""
    table = read_flat(csv)
    told, taught = feature_conf(features), training_conf(training)
    X, y = matrix(table, told)
    splits = []
    for seed in range(_SPLITS):
        progress.step("random splits", seed, _SPLITS)
        splits.append(one_split(X, y, told, taught, seed))
    transformation = told.feature_transformation
    ids = table.columns(transformation.id_col_list)
    left_out = {table.column(transformation.target_col), *ids}
    rules, score = checks.label_rules(table, y, left_out)
    rows = [*_of_model(splits), *_of_guessing(y)]
    if rules:
        rows.append(Measured(CASE, "rules-alone", "auc", auc(y, score), n=len(y)))
    model_auc = next(row.value for row in rows if row.metric == "auc")
    verdicts = [
        _as_reported(rows),
        checks.identifiers(table, ids[0]) if ids else None,
        checks.windows(table),
        checks.ages(table),
        checks.explained(rules, score, y, model_auc),
    ]
    return BenchReport(
        "conversion",
        _what_was_read(table, features, training),
        rows,
        [verdict for verdict in verdicts if verdict],
    )


def _conf(folder: Path, named: str | None, usual: str, own: Path) -> Path:
    if named:
        if not Path(named).is_file():
            raise UsageError(f"no file {named}")
        return Path(named)
    return next(iter(sorted(folder.rglob(usual))), own / usual)


def _of_model(splits: Sequence[Split]) -> list[Measured]:
    """Means over the splits; the interval holds the middle 95 % of the splits."""
    measures = {
        "accuracy": [accuracy(s.y, s.probability) for s in splits],
        "f1": [f1(s.y, s.probability) for s in splits],
        "auc": [auc(s.y, s.probability) for s in splits],
        "ap": [average_precision(s.y, s.probability) for s in splits],
        "lift@0.10": [lift_at(s.y, s.probability) for s in splits],
        "ece": [ece(s.y, s.probability) for s in splits],
        "training-accuracy": [s.training_accuracy for s in splits],
    }
    n = len(splits[0].y)
    made = []
    for metric, values in measures.items():
        low, high = np.quantile(values, [0.025, 0.975])
        mean = float(np.mean(values))
        made.append(Measured(CASE, "seed000", metric, mean, float(low), float(high), n))
    return made


def _of_guessing(y: Floats) -> list[Measured]:
    rate = float(y.mean())
    return [
        Measured(CASE, "base-rate", "base-rate", rate, n=len(y)),
        Measured(CASE, "majority", "accuracy", max(rate, 1 - rate), n=len(y)),
    ]


def _as_reported(rows: Sequence[Measured]) -> Verdict:
    found = next(row for row in rows if row.method == "seed000" and row.metric == "accuracy")
    guess = next(row for row in rows if row.method == "majority")
    return Verdict(
        "accuracy as its authors reported",
        f"about {REPORTED:.2f}",
        f"{found.value:.3f}, where always saying no achieves {guess.value:.3f}",
        abs(found.value - REPORTED) <= _NEAR,
    )


def _what_was_read(table: FlatTable, features: Path, training: Path) -> dict[str, object]:
    return {
        "files": [table.source],
        "rows": table.frame.height,
        "columns": table.frame.width,
        "feature_conf": features.name,
        "training_conf": training.name,
        "protocol": f"{_SPLITS} random splits as the configuration says; no index date, no "
        "outcome window: a figure for compatibility, not for model quality",
    }
