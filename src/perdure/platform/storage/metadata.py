"""Where the operational tables are declared, and the column types that they share.

Each capability declares its own tables on ``METADATA`` in its ``records.py``; the same
statements run on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every operational table. Names of constraints are fixed, so that a migration can name them."""

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
"""The type of a primary key that counts up: SQLite counts only an INTEGER by itself."""


class Moment(TypeDecorator[Any]):
    """A naive UTC moment; an aware one is refused, because SQLite would drop its zone silently."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The value itself."""
        if value is not None and value.tzinfo is not None:
            raise ValueError(f"{value!r} has a time zone; moments are stored as naive UTC")
        return value
