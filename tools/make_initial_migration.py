"""Write the first revision of the operational tables from their declarations.

Run this again whenever one of these tables changes before the first release. ``LATER`` tables
have revisions of their own, written by hand.
``--check`` writes nothing and fails when the file is not what the declarations say.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import api, render
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import MetaData, Table, create_engine

import perdure.platform
from perdure.platform.storage.metadata import METADATA, Moment
from perdure.platform.storage.schema import MIGRATIONS

TARGET = MIGRATIONS / "versions" / "r0001_initial.py"
PARTS = MIGRATIONS / "initial"
BY = "Written by ``python -m tools.make_initial_migration`` from the declarations; not by hand."
LATER = {"journal", "outbox"}
HEADER = f'''"""The operational tables of the first release.

{BY}
"""

from __future__ import annotations

%s

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, those that others refer to first."""
'''
PART = f'''"""The first tables of %s.

{BY}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
'''


def declared() -> MetaData:
    """The metadata after every capability has declared its tables."""
    owners()
    return METADATA


def owners() -> dict[str, str]:
    """The capability that declares each table."""
    found: dict[str, str] = {}
    for package in pkgutil.iter_modules(perdure.platform.__path__, "perdure.platform."):
        folder = importlib.import_module(package.name)
        if any(module.name == "records" for module in pkgutil.iter_modules(folder.__path__)):
            records = importlib.import_module(f"{package.name}.records")
            mine = (value.name for value in vars(records).values() if isinstance(value, Table))
            for table in mine:
                found.setdefault(table, package.name.rpartition(".")[2])
    return found


def sources() -> dict[Path, str]:
    """Every file of the first revision: one a capability, and the one that calls them."""
    owner = owners()
    tables = [table for table in METADATA.sorted_tables if table.name not in LATER]
    parts = sorted({owner[table.name] for table in tables})
    package = "perdure.platform.storage.migrations.initial"
    imports = "\n".join(f"from {package} import {part}" for part in parts)
    calls = "".join(f"    {owner[table.name]}.{table.name}()\n" for table in tables)
    made = {TARGET: HEADER % imports + calls}
    for part in parts:
        mine = (table for table in tables if owner[table.name] == part)
        made[PARTS / f"{part}.py"] = PART % part + "".join(map(_function, mine))
    return {path: _formatted(path, text) for path, text in made.items()}


def _function(table: Table) -> str:
    operations: list[ops.MigrateOperation] = [ops.CreateTableOp.from_table(table)]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    operations += [ops.CreateIndexOp.from_index(index) for index in indexes]
    says = f'    """Create ``{table.name}``."""\n'
    return f"\n\ndef {table.name}() -> None:\n{says}" + "".join(
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


def _formatted(path: Path, source: str) -> str:
    for arguments in (["check", "--select", "I", "--fix", "--quiet"], ["format"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(path), "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
        source = done.stdout
    return source


def main() -> int:
    """Write the revision, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    made = sources()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if not arguments.check:
        for path in stale:
            path.write_text(made[path])
    word = "stale" if arguments.check else "written"
    for path in stale:
        print(f"{word}: {path}")
    print(f"{len(METADATA.tables) - len(LATER)} tables in {len(made)} files")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
