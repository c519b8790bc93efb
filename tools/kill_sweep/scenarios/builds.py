"""Features of a population are built, published online, and joined to labels."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pyarrow as pa

from perdure.kernel.clock import parse_moment
from perdure.kernel.features import Aggregation, FeatureSet, FeatureView
from perdure.kernel.labels import LabelContract
from perdure.kernel.tables import Column, TableContract
from perdure.platform.features.materialise import features_table, materialise, publish
from perdure.platform.features.online import OnlineStore
from perdure.platform.features.training_set import build_training_set
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from tools.kill_sweep.scenario import Acks
from tools.kill_sweep.scenarios.ingests import content

PEOPLE, MONTHS = 300, 14
CASE = ("sweep", "default")
TABLE = features_table(*CASE)
TRAINING = "training.sweep.default"
DATES = tuple(parse_moment(day) for day in ("2025-06-30", "2025-09-30", "2025-12-31"))
MOMENTS = (
    Column("event_time", "timestamp", "when"),
    Column("known_at", "timestamp", "since when known"),
)
PERSON = TableContract("person", "who", (Column("npi", "string", "who"), *MOMENTS), ("npi",))
SALES = TableContract(
    "sales",
    "what was sold",
    (Column("npi", "string", "who"), *MOMENTS, Column("units", "number", "how much")),
    ("npi", "event_time"),
)
CONTRACTS = {contract.name: contract for contract in (PERSON, SALES)}
UNITS = Aggregation("units", "sum", "units", value="units", windows=("3mo", "6mo"), fill=0)
FEATURES = FeatureSet("sweep", "npi", "person", (FeatureView("sales", "npi", "sales", (UNITS,)),))
LABEL = LabelContract(
    "more", "person", "npi", "sales", "units", "units > 6", "units >= 0", window_months=3
)


def person_rows() -> pa.Table:
    """Everyone, known from the start."""
    at = pa.array([datetime(2024, 12, 1)] * PEOPLE, pa.timestamp("us"))
    return pa.table({"npi": _names(range(PEOPLE)), "event_time": at, "known_at": at})


def sales_rows() -> pa.Table:
    """A sale a month for most."""
    rows = [
        (
            person,
            datetime(2025, 1, 15) + timedelta(days=30 * month),
            float((person * 7 + month) % 9),
        )
        for person in range(PEOPLE)
        for month in range(MONTHS)
        if (person + month) % 5
    ]
    people, moments, units = zip(*rows, strict=True)
    at = pa.array(moments, pa.timestamp("us"))
    return pa.table({"npi": _names(people), "event_time": at, "known_at": at, "units": units})


class Builds:
    """A partition, a published view and a training set are acknowledged when made."""

    name, weight = "features", 5

    def prepare(self, project: Project) -> None:
        """The tables that features read."""
        ingest(project, PERSON, person_rows(), source="people")
        ingest(project, SALES, sales_rows(), source="sales")

    def work(self, project: Project, acks: Acks) -> None:
        """Build what is not there yet."""
        for at in DATES:
            made = materialise(project, *CASE, FEATURES, CONTRACTS, at)
            acks.add("partition", [made.version, made.partition])
            publish(project, *CASE, made)
            acks.add("online", made.version)
        training = build_training_set(
            project, *CASE, FEATURES, LABEL, CONTRACTS, index_dates=DATES[:2], as_of=DATES[2]
        )
        acks.add("training", training.version)

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """Every partition of every version holds everyone; so does the online view."""
        problems = []
        for version in range(project.lake.version(TABLE) + 1 if project.lake.exists(TABLE) else 0):
            found = Counter(project.lake.read(TABLE, version)["index_date"].to_pylist())
            problems += [
                f"version {version} of {TABLE} holds {count} of {PEOPLE} people at {day}"
                for day, count in found.items()
                if count != PEOPLE
            ]
        for version, day in _pairs(acked.get("partition", [])):
            if not _has(project, TABLE, version) or day not in set(
                project.lake.read(TABLE, version)["index_date"].to_pylist()
            ):
                problems.append(f"acknowledged features of {day} are not in version {version}")
        problems += [
            "an acknowledged training set is lost"
            for version in acked.get("training", [])
            if not _has(project, TRAINING, int(str(version)))
        ]
        return problems + _online_problems(project, acked.get("online", []))

    def state(self, project: Project) -> object:
        """Both tables, and what is online."""
        tables = []
        for name in (TABLE, TRAINING):
            frame = project.lake.scan(name).collect()
            tables.append([project.lake.version(name), content(frame.sort(frame.columns))])
        with OnlineStore(project.var / "online.sqlite") as store:
            people = store.get_many(TABLE, _names(range(PEOPLE)))
            return [tables, store.version(TABLE), str(sorted(people.items()))]


def _online_problems(project: Project, acked: list[object]) -> list[str]:
    path = project.var / "online.sqlite"
    if not path.exists():
        return ["the published view is lost"] if acked else []
    with OnlineStore(path) as store:
        if not acked and store.version(TABLE) is None:
            return []
        people = store.get_many(TABLE, _names(range(PEOPLE)))
    moments = {row["at"] for row in people.values()}
    if len(people) != PEOPLE or len(moments) != 1:
        return [f"the online view holds {len(people)} people of {len(moments)} moments"]
    return []


def _names(people: range | tuple[int, ...]) -> list[str]:
    return [f"{person:010}" for person in people]


def _has(project: Project, table: str, version: int) -> bool:
    return project.lake.exists(table) and project.lake.version(table) >= version


def _pairs(values: list[object]) -> list[tuple[int, str]]:
    return [(int(each[0]), str(each[1])) for each in values if isinstance(each, list)]
