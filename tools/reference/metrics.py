"""Every metric that reports, gates and benchmarks print, by the name they print."""

from __future__ import annotations

from tools.reference.markdown import code, docstring, page, table
from tools.reference.python_api import package, public_members, signature

INTRODUCTION = """\
Every report, gate and benchmark prints rows of one form: `case` (a brand, a field), `method` (a
model or a baseline), `metric`, `value`, `low` and `high` (the 95 % interval), `n` (rows). The
method `served` is the product as it would be used, `data` describes the rows themselves, and
`served - NAME` is the paired difference to another method on the same draws."""

METRICS = {
    "rows": "rows that were measured",
    "positives": "rows with the event",
    "base-rate": "share of rows with the event; what a random list finds",
    "auc": "chance that a row with the event scores above one without; a tie counts half",
    "ap": "average precision; compare it with the base rate",
    "lift@0.10": "rate in the best-scored tenth over the rate in all rows",
    "precision@N/GROUP": "rate when each GROUP (territory, state) acts on its N best-scored rows",
    "log-loss": "mean surprise of the probability, in nats; lower is better",
    "brier": "mean squared distance of probability and outcome; lower is better",
    "ece": "mean distance of predicted and observed rate over bins; lower is better",
    "top-decile-calibration": "predicted over observed rate in the best-scored tenth; 1 is right",
}


def pages() -> dict[str, str]:
    """The page of metrics: names, and the functions behind them."""
    rows = [[code(name), text] for name, text in METRICS.items()]
    parts = [INTRODUCTION, table(["metric", "meaning"], rows), "## How they are computed"]
    for function in public_members(package()["platform.training.metrics"]):
        parts += [f"### {function.name}", f"```python\n{signature(function)}\n```"]
        parts += [docstring(function.docstring.value)] if function.docstring else []
    return {"reference/metrics.md": page("Metrics", *parts)}
