"""A break in the codes: learned from ICD-9 visits of 2006-2009, then ICD-10 visits of 2016.

How soon the monitors of the prescription assistant ring. The files tell month and day of the week
of a visit, not its date: months can be told apart, weeks cannot. As every doctor of that survey
reports one week, each doctor is put, by lot, into one of four weeks of his month: what is read
after 4 weeks is what one month of the survey says, what is read after 1 week is a quarter of it.
Of every week up to 200 visits are replayed.

``python -m benchmarks.icd_break --folder FOLDER [--data FOLDER] [--months 3] [--json]``
The project is made in the folder when it is not there (about ten CPU minutes).
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.namcs_project import FILES, place, prepared, subset

LATER = 2016
WATCHED = ("one@8 by week", "unknown entries")


def later_frames(data: Path, folder: Path) -> Any:
    """The visits of 2016 as frames, each doctor in one week of his month."""
    import polars as pl

    from perdure.solutions.prescription.engine.frames import frames
    from perdure.solutions.prescription.importers.namcs import read

    made = subset(data, folder / f"years-{LATER}", (LATER,))
    tables = {name: pl.DataFrame(rows) for name, rows, _ in read(made, None)}  # type: ignore[arg-type]
    visits = tables["prescription_visit"]
    doctors = visits["doctor"].unique().to_list()
    week = {name: zlib.crc32(name.encode()) % 4 for name in doctors}
    days = pl.col("doctor").replace_strict(week, return_dtype=pl.Int64) * 7
    # The first Monday of the month, so that a week is one of the monitor's own weeks.
    first = pl.col("event_time").dt.offset_by("6d").dt.truncate("1w")
    dated = visits.with_columns((first + pl.duration(days=days)).alias("event_time"))
    return frames(dated, tables["prescription_entry"], tables["prescription_term"])


def weekly(root: Path, data: Path, folder: Path, months: int) -> Iterator[dict[str, Any]]:
    """The readings at the end of every week of the first months."""
    import polars as pl

    from perdure.kernel.discovery import solution
    from perdure.platform.inference.predictor import open_model
    from perdure.platform.storage.project import Project
    from perdure.solutions.prescription.monitors import Recent, readings
    from perdure.solutions.prescription.watch.seen import of_tables

    model = open_model(Project(root), solution("prescription"), "prescription/default@champion")
    found = later_frames(data, folder)
    until = datetime(LATER, months, 28)
    found = replace(found, visits=found.visits.filter(pl.col("event_time") <= until))
    seen = of_tables(found, model.predictor.engine, datetime(LATER - 1, 1, 1))  # type: ignore[attr-defined]
    answers = pl.DataFrame(schema={"at": pl.Datetime("us"), "against": pl.Boolean})
    for monday in seen["at"].dt.truncate("1w").unique().sort().to_list():
        now = seen.filter(pl.col("at") < monday + timedelta(weeks=1))
        for one in readings(model.bundle.profiles(), Recent(now, answers, {})):
            if one.monitor in WATCHED:
                yield {
                    "week": f"{monday:%Y-%m-%d}", "monitor": one.monitor, "field": one.subject,
                    "severity": one.severity, "value": one.value, "limit": one.limit,
                    "usual": one.evidence["usual"],
                    "visits": one.evidence.get("n", one.evidence.get("visits")),
                }  # fmt: skip


def first_alarms(rows: list[dict[str, Any]]) -> dict[str, int | None]:
    """After how many weeks each monitor of each field rang first; None when it did not."""
    weeks = sorted({row["week"] for row in rows})
    found: dict[str, int | None] = {}
    for row in rows:
        name = f"{row['monitor']}, {row['field']}"
        found.setdefault(name, None)
        if row["severity"] == "alarm" and found[name] is None:
            found[name] = weeks.index(row["week"]) + 1
    return found


def main() -> int:
    """Print the first weeks; status 1 when the break of the diagnoses is not seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=place())
    parser.add_argument("--months", type=int, default=3, choices=range(1, 13))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not all((options.data / f"{name}.parquet").is_file() for name in FILES):
        print(f"NO VISITS at {options.data.name}: set PERDURE_SHARED_DATA, or use --data")
        return 0
    root = prepared(options.folder, options.data)
    rows = list(weekly(root, options.data, options.folder, options.months))
    alarms = first_alarms(rows)
    seen = [alarms.get(f"{monitor}, diagnosis") for monitor in WATCHED]
    result = {"benchmark": "icd_break", "rows": rows, "weeks_to_alarm": alarms}
    print(json.dumps(result) if options.json else _for_people(rows, alarms))
    return 0 if all(seen) else 1


def _for_people(rows: list[dict[str, Any]], alarms: dict[str, int | None]) -> str:
    head = ("week", "monitor", "field"), ("visits", "value", "usual", "limit")
    first = "".join(f"{name:<{width}}" for name, width in zip(head[0], (12, 17, 11), strict=True))
    lines = [first + "".join(f"{name:>8}" for name in head[1]) + "  severity"]
    shown = [row for row in rows if row["field"] == "diagnosis"]
    weeks = sorted({row["week"] for row in rows})
    shown += [row for row in rows if row["field"] != "diagnosis" and row["week"] == weeks[0]]
    for row in shown:
        numbers = "".join(f"{row[name]:>8.3f}" for name in ("value", "usual", "limit"))
        lines.append(f"{row['week']:<12}{row['monitor']:<17}{row['field']:<11}{row['visits']:>8}"
                     f"{numbers}  {row['severity']}")  # fmt: skip
    lines.append("weeks until the first alarm (none: no alarm):")
    lines += [f"  {name}: {weeks or 'none'}" for name, weeks in sorted(alarms.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
