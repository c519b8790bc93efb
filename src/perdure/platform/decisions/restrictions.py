"""Who may not be contacted: consent, opt-outs, deferrals; append-only, evaluated at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from perdure.kernel.errors import LimitError, PerdureError, UsageError
from perdure.kernel.names import checked_name, digest
from perdure.platform.decisions.records import RESTRICTIONS

if TYPE_CHECKING:
    import pyarrow as pa

    from perdure.platform.storage.project import Project

CONSENT = "consent"
"""The one kind that permits: a consent on file, for channels whose policy asks for one."""

LIFTED = "lifted"

ORDER = ("consent-withdrawn", "opt-out", "deferral")
"""The usual kinds, the reason given first when several hold; any other name restricts as well."""

SCHEMA: dict[str, Any] = {
    "entity": pl.String,
    "kind": pl.String,
    "channel": pl.String,
    "starts": pl.Datetime("us"),
    "until": pl.Datetime("us"),
}
_NEEDED = {name: SCHEMA[name] for name in ("entity", "kind", "starts")}
_OPTIONAL: dict[str, Any] = {
    "channel": pl.String,
    "scope": pl.String,
    "ends": pl.Datetime("us"),
}
FOREVER = datetime(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction of one entity from ``starts`` until ``ends`` (None: until it is lifted).

    ``channel`` "" means every channel, ``scope`` "" every solution. ``source`` says who told.

    >>> Restriction("1234567890", "opt-out", datetime(2026, 1, 1), source="web form").channel
    ''
    """

    entity: str
    kind: str
    starts: datetime
    ends: datetime | None = None
    channel: str = ""
    scope: str = ""
    source: str = ""


def restrict(project: Project, restriction: Restriction) -> str:
    """Record a restriction; gives its id. The same one twice is stored once."""
    return restrict_many(project, [restriction])[0]


def restrict_many(project: Project, restrictions: Iterable[Restriction]) -> list[str]:
    """Record restrictions in one transaction; gives their ids. A wrong one stops them all."""
    now = project.clock.now()
    rows = [_row(restriction, now) for restriction in restrictions]
    if rows:
        with project.ops.begin() as connection:
            connection.execute(project.ops.insert_new(RESTRICTIONS, "id"), rows)
    return [row["id"] for row in rows]


def restrict_table(project: Project, table: pa.Table | pl.DataFrame, *, source: str) -> int:
    """Record every row of a table; gives the number of rows.

    Columns: entity, kind, starts; may have ends, channel, scope. A row without entity, kind or
    start stops the import and is named: a restriction that cannot be read must not be skipped.
    """
    frame = table if isinstance(table, pl.DataFrame) else pl.DataFrame(pl.from_arrow(table))
    rows = _readable(frame).to_dicts()
    return len(restrict_many(project, _numbered(rows, source)))


def _numbered(rows: list[dict[str, Any]], source: str) -> Iterator[Restriction]:
    """The rows as restrictions, each checked; the row that is wrong is named by its number."""
    for number, row in enumerate(rows, 1):
        made = Restriction(**row, source=source)
        try:
            _checked(made)
        except UsageError as error:
            what = f"{error.where}: {error.what}" if error.where else error.what
            place = f"{source}, row {number}"
            raise UsageError(what, where=place, expected=error.expected) from error
        yield made


def lift(project: Project, restriction_id: str, *, at: datetime, source: str) -> str:
    """End a restriction from ``at`` on; the row of the restriction itself stays. Gives an id."""
    with project.ops.connect() as connection:
        found = connection.execute(
            select(RESTRICTIONS).where(RESTRICTIONS.c.id == restriction_id)
        ).first()
    if found is None or found.kind == LIFTED:
        raise UsageError(f"no restriction {restriction_id[:64]!r}")
    lifting = Restriction(
        found.entity, LIFTED, at, channel=found.channel, scope=found.scope, source=source
    )
    row = _row(lifting, project.clock.now(), lifts=restriction_id)
    with project.ops.begin() as connection:
        connection.execute(project.ops.insert_new(RESTRICTIONS, "id"), row)
    return str(row["id"])


def known_restrictions(
    connection: Connection, solution: str, entities: Sequence[str] | None = None
) -> pl.DataFrame:
    """All restrictions and consents for a solution: the columns of ``SCHEMA``.

    ``entities``: only theirs (for a few). ``until`` is where a restriction ends by itself or is
    lifted, whichever comes first.
    Raises LimitError when they cannot be read: without them nobody may be contacted.
    """
    made, lifting = RESTRICTIONS, RESTRICTIONS.alias("lifting")
    query = (
        select(made.c.entity, made.c.kind, made.c.channel, made.c.starts, made.c.ends)
        .add_columns(func.min(lifting.c.starts))
        .outerjoin(lifting, lifting.c.lifts == made.c.id)
        .where(made.c.kind != LIFTED, made.c.scope.in_(["", solution]))
        .group_by(made.c.id)
    )
    if entities is not None:
        query = query.where(made.c.entity.in_(entities))
    try:
        rows = connection.execute(query).all()
    except (SQLAlchemyError, PerdureError) as error:
        raise LimitError(
            "the restrictions cannot be read, so nobody may be contacted",
            where="restrictions",
            hint="perdure doctor",
        ) from error
    schema = SCHEMA | {"lifted": pl.Datetime("us")}
    found = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    until = pl.min_horizontal("until", "lifted").fill_null(FOREVER)
    return found.with_columns(until=until).drop("lifted")


def _readable(frame: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in _NEEDED if name not in frame.columns]
    if absent:
        raise UsageError(f"restrictions have no column {absent[0]!r}", expected=", ".join(_NEEDED))
    if frame.schema["entity"].is_float():
        raise UsageError("restrictions: column 'entity' holds fractions", expected="text")
    kinds = {n: k for n, k in (_NEEDED | _OPTIONAL).items() if n in frame.columns}
    try:
        rows = frame.select(pl.col(n).cast(k) for n, k in kinds.items())
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"restrictions cannot be read: {str(error)[:300]}") from error
    return rows.with_columns(
        pl.col(name).fill_null("") for name in ("channel", "scope") if name in kinds
    )


def _row(
    restriction: Restriction, recorded_at: datetime, lifts: str | None = None
) -> dict[str, Any]:
    if lifts is None:
        _checked(restriction)
    row = asdict(restriction)
    row["entity"] = restriction.entity.strip()
    row["channel"] = restriction.channel.strip()
    return row | {
        "id": f"res_{digest([row, lifts])[:26]}",
        "lifts": lifts,
        "recorded_at": recorded_at,
    }


def _checked(restriction: Restriction) -> None:
    """Raise UsageError for a restriction that cannot be read."""
    _needed(restriction.entity, "entity")
    checked_name(_needed(restriction.kind, "kind"), "kind of restriction")
    if restriction.kind == LIFTED:
        raise UsageError("a restriction is ended with lift()")
    if not isinstance(restriction.starts, datetime):
        raise UsageError("a restriction needs the moment from which it holds")
    if restriction.ends is not None and restriction.ends <= restriction.starts:
        raise UsageError("a restriction ends before it starts", where=restriction.entity)


def _needed(text: str | None, what: str) -> str:
    if not text or not text.strip() or len(text) > 128:
        raise UsageError(f"a restriction needs {what}", expected="text of 1 to 128 characters")
    return text.strip()
