"""The engine is shut in, and the compiler knows nothing of it."""

import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from features_cases import CONTRACTS, EVERYTHING, LAST_ONLY, MOMENTS, spine_of, tables
from sqlglot import exp

from perdure.kernel.errors import FeatureError
from perdure.platform.features import compiler
from perdure.platform.features.compiler import compile_features
from perdure.platform.features.compute import compute_features, explain_sql
from perdure.platform.features.engines.duckdb import DuckEngine, DuckSettings
from perdure.platform.features.plan import Plan, Step
from perdure.platform.features.relational import select
from perdure.platform.features.syntax import column

FOLDER = Path(compiler.__file__).parent
# The files that choose or write down which engine runs a plan.
AWARE = {"compute.py", "session.py", "labels.py", "population.py", "materialise.py",
         "training_set.py"}  # fmt: skip


def run(sql):
    with DuckEngine() as engine:
        engine.open({"t": pa.table({"x": [1]})})
        return engine.run(Plan("test", (), sqlglot.parse_one(sql)))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')",
    ],
)
def test_the_engine_reads_no_files(sql):
    with pytest.raises(FeatureError, match="cannot be computed"):
        run(sql)


def test_the_engine_sees_no_python_variables():
    secret = pa.table({"x": [1]})
    with pytest.raises(FeatureError, match="secret"):
        run("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_the_settings_of_the_engine_are_locked():
    with DuckEngine(DuckSettings(memory_limit="300MB", threads=1)) as engine:
        for setting in ("enable_external_access = true", "memory_limit = '9GB'"):
            with pytest.raises(duckdb.Error):
                engine._connection.execute(f"SET {setting}")


def test_the_spill_folder_goes_with_the_engine():
    engine = DuckEngine()
    folder = Path(engine._spill.name)
    assert folder.is_dir()
    engine.close()
    assert not folder.exists()


def test_the_compiler_names_no_engine():
    for file in FOLDER.glob("*.py"):
        found = re.findall(r"duckdb|spark|polars", file.read_text(encoding="utf-8").lower())
        assert not found or file.name in AWARE, f"{file.name} speaks of {found[0]}"


@pytest.mark.parametrize("dialect", ["duckdb", "spark", "databricks"])
@pytest.mark.parametrize("feature_set", [EVERYTHING, LAST_ONLY], ids=lambda s: s.name)
def test_every_step_can_be_written_in_every_dialect(dialect, feature_set):
    plan = compile_features(feature_set, CONTRACTS)
    for query in (*(s.query for s in plan.steps), plan.answer):
        text = query.sql(dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
        assert isinstance(sqlglot.parse_one(text, dialect=dialect), exp.Query)


def test_the_plan_can_be_read():
    text = explain_sql(EVERYTHING, CONTRACTS)
    assert "-- features of view 'claims' from 'claims'" in text
    assert text.count("CREATE TEMPORARY") == len(compile_features(EVERYTHING, CONTRACTS).steps)
    assert "'X'" in text, "placeholders are shown bound"
    assert max(map(len, text.splitlines())) < 500


def test_the_text_of_the_plan_runs_as_it_stands():
    connection = duckdb.connect(config={"threads": 1})
    world = tables({"claims": [], "physician": [], "shared": []})
    spine = spine_of([("a", MOMENTS[0])]).add_column(0, "_row", pa.array([0]))
    for name, data in {**world, "spine": spine}.items():
        connection.register(name, data)
    statements = sqlglot.parse(explain_sql(EVERYTHING, CONTRACTS), dialect="duckdb")
    for made in statements[:-1]:
        connection.execute(made.sql("duckdb"))
    found = connection.sql(statements[-1].sql("duckdb")).to_arrow_table()
    assert found["entity"].to_pylist() == ["a"]
    connection.close()


def test_relations_go_as_soon_as_nothing_reads_them():
    def step(name, source, *, stored=True):
        return Step(name, select([column("x")], source), name, stored)

    plan = Plan(
        "p",
        (step("a", "t"), step("b", "a"), step("lazy", "a", stored=False), step("c", "lazy")),
        select([column("x")], "b"),
    )
    # "a" is still read through "lazy" when "c" is made; the answer reads "b", nobody reads "c".
    assert plan.last_uses() == [[], [], [], ["a"], ["b"]]


def test_threads_change_no_answer():
    world = tables({"claims": [], "physician": [], "shared": []})
    spine = spine_of([(e, m) for e in "ab" for m in MOMENTS])
    one, two = (
        compute_features(world, EVERYTHING, CONTRACTS, spine, settings=DuckSettings(threads=n))
        for n in (1, 2)
    )
    assert one.equals(two)
