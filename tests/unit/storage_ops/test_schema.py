"""The packaged revision makes exactly the declared tables, on both kinds of database."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from tools.make_initial_migration import declared, sources

from perdure.platform.automation.records import LEASES, RUN_STEPS, RUNS
from perdure.platform.storage.ops import Ops
from perdure.platform.storage.portable import insert_new, upsert
from perdure.platform.storage.schema import HEAD, MIGRATIONS


def test_the_written_revision_is_what_the_declarations_say():
    stale = [path.name for path, text in sources().items() if path.read_text() != text]
    assert not stale, "run: python -m tools.make_initial_migration"


def test_migrated_tables_equal_the_declared_ones(tmp_path: Path):
    metadata = declared()
    ops = Ops(tmp_path / "ops.sqlite")
    with ops.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = set(sa.inspect(connection).get_table_names())
    assert found == {*metadata.tables, "alembic_version"}
    ops.close()


def test_migrated_tables_are_word_for_word_the_declared_ones(tmp_path: Path):
    """Also what the comparison above does not look at, such as the condition of an index."""
    ops, plain = Ops(tmp_path / "ops.sqlite"), sa.create_engine("sqlite://")
    ops.migrate()
    declared().create_all(plain)
    statement = sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    with ops.connect() as migrated, plain.connect() as made:
        found, wanted = (
            {name: _parts(sql) for name, sql in c.execute(statement)} for c in (migrated, made)
        )
    found.pop("alembic_version")
    assert found == wanted
    ops.close()


def test_the_head_written_in_the_code_is_the_newest_revision():
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]


def test_every_table_can_be_made_on_postgresql():
    dialect = postgresql.dialect()
    for table in declared().sorted_tables:
        assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE" in str(CreateIndex(index).compile(dialect=dialect))


def test_no_name_is_longer_than_postgresql_keeps():
    for table in declared().sorted_tables:
        named = [*table.constraints, *table.indexes]
        too_long = [str(each.name) for each in named if len(str(each.name)) > 63]
        assert not too_long


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_statements_mean_the_same_on_both(dialect: str):
    spoken = sa.create_engine("sqlite://").dialect if dialect == "sqlite" else postgresql.dialect()

    def text(statement: sa.Executable) -> str:
        return " ".join(str(statement.compile(dialect=spoken)).split())

    assert "ON CONFLICT (name) DO NOTHING" in text(insert_new(LEASES, ["name"], dialect))
    changed = text(upsert(LEASES, ("name",), ("fence", "holder"), dialect))
    assert "ON CONFLICT (name) DO UPDATE SET" in changed
    assert "fence = excluded.fence" in changed
    where = (RUNS.c.pipeline == "p") & (RUNS.c.key == "k")
    for statement in (
        sa.select(RUNS).where(where).order_by(RUNS.c.started_at.desc()).limit(5),
        sa.update(RUNS).where(where).values(outputs={"a": 1}, finished_at=None),
        upsert(RUN_STEPS, ("run", "name"), ("outputs",), dialect),
    ):
        assert text(statement)


def _parts(sql: str) -> list[str]:
    """The clauses of a CREATE statement; the order of constraints means nothing."""
    return sorted(clause.strip(" )") for clause in " ".join(sql.split()).split(","))
