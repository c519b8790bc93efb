"""What a flat physician table is worth: identifiers, windows, ages, and where its label is from."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import polars as pl

from perdure.kernel.evidence import Verdict
from perdure.methods.npi import has_ten_digits, passes_check
from perdure.platform.training.metrics import auc
from perdure.solutions.conversion.seed000.pipeline import Floats
from perdure.solutions.conversion.seed000.rules import Rule, never_rules
from perdure.solutions.conversion.seed000.table import FlatTable

_WINDOW = re.compile(r"^(.*)_last_(\d+)_month$")
_YOUNGEST_GRADUATE = 22
_CLOSE = 0.02


def identifiers(table: FlatTable, column: str) -> Verdict:
    """Are the identifiers NPIs: ten digits, the last one the check digit?"""
    values = table.frame[column].cast(pl.Int64, strict=False).cast(pl.String).fill_null("")
    right = int(passes_check(values.to_list()).sum())
    ten = int(has_ten_digits(values.to_list()).sum())
    lengths = ", ".join(str(n) for n in sorted(set(values.str.len_chars().to_list())))
    words = f"{right:,} of {len(values):,} pass; {ten:,} have ten digits (lengths: {lengths})"
    return Verdict(
        "identifiers are NPIs", "ten digits with the right check digit", words, right == len(values)
    )


def windows(table: FlatTable) -> Verdict:
    """Does a longer window ever hold less than a shorter one, or the total less than a window?"""
    wrong = {pair: rows for pair, rows in _shrinking(table) if rows}
    worst = sorted(wrong.items(), key=lambda item: -item[1])[:3]
    n = table.frame.height
    words = "; ".join(f"{a} < {b} in {rows:,} of {n:,} rows" for (a, b), rows in worst)
    return Verdict(
        "windows are monotone",
        "a longer window holds at least what a shorter one does",
        f"{len(wrong)} pairs of columns break it: {words}" if wrong else "no pair breaks it",
        not wrong,
    )


def ages(table: FlatTable) -> Verdict | None:
    """Is experience possible at that age? None without both columns."""
    experience = next((c for c in table.numeric() if "experience" in c), None)
    if experience is None or "age" not in table.numeric():
        return None
    impossible = pl.col(experience) > pl.col("age") - _YOUNGEST_GRADUATE
    rows = table.frame.select(impossible.sum()).item()
    share = rows / max(table.frame.height, 1)
    return Verdict(
        "age and experience agree",
        f"experience begins at {_YOUNGEST_GRADUATE} or later",
        f"{rows:,} of {table.frame.height:,} rows ({share:.0%}) have more years than that",
        rows == 0,
    )


def label_rules(table: FlatTable, y: Floats, left_out: set[str]) -> tuple[list[Rule], Floats]:
    """Rules by which the outcome never happens, and the score that they alone give each row."""
    columns = {
        name: values.to_numpy().astype(np.float64)
        for name, values in _coded(table, left_out).items()
    }
    rules = never_rules(columns, y)
    covered = (
        np.logical_or.reduce([rule.rows for rule in rules]) if rules else np.zeros(len(y), bool)
    )
    return rules, (~covered).astype(np.float64)


def explained(rules: list[Rule], score: Floats, y: Floats, model_auc: float) -> Verdict:
    """Does a handful of rules order the rows about as well as a model?"""
    alone = auc(y, score) if rules else 0.5
    covered = 1 - float(score.mean())
    listed = "; ".join(rule.words for rule in rules) or "none found"
    words = (
        f"{len(rules)} rule{'s' if len(rules) > 1 else ''} for {covered:.0%} of the rows, without "
        f"one positive: {listed}. "
        f"They alone give AUC {alone:.3f}, the model {model_auc:.3f}; elsewhere "
        f"{float(y[score > 0].mean()):.0%} are positive"
        if rules
        else listed
    )
    return Verdict(
        "the label is not a few rules",
        "no handful of rules explains what a model can explain",
        words,
        not (rules and alone >= model_auc - _CLOSE),
    )


def _shrinking(table: FlatTable) -> Iterator[tuple[tuple[str, str], int]]:
    """Pairs (should be greater, should be less) and in how many rows it is the other way round."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for name in table.numeric():
        if found := _WINDOW.match(name):
            groups.setdefault(found[1], []).append((int(found[2]), name))
    for base, members in groups.items():
        ordered = [name for _, name in sorted(members)]
        total = next((t for t in (base, f"number_of_{base}") if t in table.numeric()), None)
        chain = [*ordered, total] if total else ordered
        for i, shorter in enumerate(chain):
            for longer in chain[i + 1 :]:
                rows = table.frame.select((pl.col(longer) < pl.col(shorter)).sum()).item()
                yield (longer, shorter), rows


def _coded(table: FlatTable, left_out: set[str]) -> dict[str, pl.Series]:
    numeric = set(table.numeric())
    return {
        name: table.frame[name]
        if name in numeric
        else table.frame[name].rank("dense").cast(pl.Float64)
        for name in table.frame.columns
        if name not in left_out
    }
