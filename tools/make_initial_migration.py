"""Write the first revision of the operational tables from their declarations.

Until the first release there is one revision: run this again whenever a table changes.
``--check`` writes nothing and fails when the file is not what the declarations say.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import subprocess
import sys

from alembic.autogenerate import api, render
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import MetaData, Table, create_engine

import perdure.platform
from perdure.platform.storage.metadata import METADATA, Moment
from perdure.platform.storage.schema import MIGRATIONS

TARGET = MIGRATIONS / "versions" / "r0001_initial.py"
HEADER = '''"""The operational tables of the first release.

Written by ``python -m tools.make_initial_migration`` from the declarations; not by hand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
'''


def declared() -> MetaData:
    """The metadata after every capability has declared its tables."""
    for package in pkgutil.iter_modules(perdure.platform.__path__, "perdure.platform."):
        folder = importlib.import_module(package.name)
        if any(module.name == "records" for module in pkgutil.iter_modules(folder.__path__)):
            importlib.import_module(f"{package.name}.records")
    return METADATA


def revision_text(metadata: MetaData) -> str:
    """The source of the first revision: one function a table, in the order of foreign keys."""
    tables = metadata.sorted_tables
    calls = "".join(f"    _{table.name}()\n" for table in tables)
    functions = "".join(_function(table) for table in tables)
    return _formatted(HEADER + calls + functions)


def _function(table: Table) -> str:
    operations: list[ops.MigrateOperation] = [ops.CreateTableOp.from_table(table)]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    operations += [ops.CreateIndexOp.from_index(index) for index in indexes]
    return f"\n\ndef _{table.name}() -> None:\n" + "".join(
        f"    {line}\n" for operation in operations for line in _lines(operation)
    )


def _lines(operation: ops.MigrateOperation) -> list[str]:
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_item": _render_item})
        rendering = api.AutogenContext(
            context,
            opts={
                "sqlalchemy_module_prefix": "sa.",
                "alembic_module_prefix": "op.",
                "render_item": _render_item,
                "render_as_batch": False,
                "user_module_prefix": None,
            },
            autogenerate=False,
        )
        text = "\n".join(render.render_op(rendering, operation))
    return text.splitlines()


def _render_item(kind: str, item: object, _context: object) -> str | bool:
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime()"
    return False


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


def main() -> int:
    """Write the revision, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    text = revision_text(declared())
    same = TARGET.exists() and TARGET.read_text() == text
    if arguments.check:
        print("up to date" if same else f"{TARGET} is stale: run make_initial_migration")
        return 0 if same else 1
    TARGET.write_text(text)
    print(f"{TARGET}: {len(METADATA.tables)} tables")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
