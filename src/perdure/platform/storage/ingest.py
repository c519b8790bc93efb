"""Takes rows into a table: each is stored, known already, or quarantined with its reason.

Order of writing: refused rows, then the table (one version for the whole content), then the
``ingests`` record. Each write carries the key of the content, so a run that was killed anywhere
is simply run again and ends as if it had never stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, select

from perdure.kernel.errors import ContractError
from perdure.kernel.names import digest
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.tables import TableContract
from perdure.platform.storage.batches import Reader
from perdure.platform.storage.contracts import arrow_schema, schema_of
from perdure.platform.storage.filelock import FileLock
from perdure.platform.storage.intake import AHEAD, FUTURE, Intake
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.lost import refuse_lost
from perdure.platform.storage.project import Project
from perdure.platform.storage.quarantine import quarantine_table
from perdure.platform.storage.readers import Source, open_rows
from perdure.platform.storage.records import INGESTS
from perdure.platform.storage.refusals import Refusals, Screened, words

TURN_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the rows: ``rows_read == stored + duplicates + quarantined``, always.

    ``restated`` rows are among the stored ones. ``repeated`` says that the content was taken in
    before, so nothing was read. ``version`` is the table's version that holds the rows.

    ``quarantined`` and ``by_rule`` count every row set aside. Of rules in ``samples`` the
    quarantine table keeps so many rows only. ``origin`` says what became of the rows of an
    official file (``rows == taken + set aside + …``); a row taken may be several of the table.
    """

    table: str
    source: str
    rows_read: int
    stored: int
    duplicates: int
    restated: int
    quarantined: int
    by_rule: Mapping[str, int]
    version: int
    notes: tuple[str, ...] = ()
    repeated: bool = False
    samples: Mapping[str, int] = field(default_factory=dict)
    origin: Mapping[str, int] = field(default_factory=dict)
    key: str = field(default="", repr=False)


def ingest(
    project: Project,
    contract: TableContract,
    data: Source | Screened,
    *,
    source: str | None = None,
    defaults: Mapping[str, object] | None = None,
    progress: Progress = SILENT,
) -> IngestReport:
    """Take a file or a table into the lake.

    ``source`` is the name kept with each row (the file's name when not given). ``defaults`` are
    values for columns that the content lacks. A :class:`Screened` table brings along the rows that
    its reader refused; they go where rows go that break the contract.

    The same content again is a no-op; the same rows in other content are duplicates and are not
    stored again; the same keys and ``known_at`` with other values restate a fact and are stored
    later in ``_sequence``.

    Raises UnreadableFile when the content cannot be read to its end, ContractError when it is
    not of this table at all, IntegrityError when the table was there and is gone. In all cases
    nothing of it is stored.
    """
    schema_of(contract)
    _refuse_other_types(project.lake, contract)
    refuse_lost(project, contract.name)
    refusals = data.refusals if isinstance(data, Screened) else Refusals(source or "")
    rows = data.rows if isinstance(data, Screened) else data
    with closing(open_rows(rows, source)) as reader, _turn(project, contract.name) as folder:
        given = dict(defaults or {})
        return _Run(project, contract, reader, given, progress, folder, refusals).report()


@dataclass
class _Run:
    project: Project
    contract: TableContract
    reader: Reader
    defaults: Mapping[str, object]
    progress: Progress
    folder: Path
    refusals: Refusals
    again: str = ""

    def report(self) -> IngestReport:
        content = self.reader.digest()
        if content and (known := self._known(self.refusals.digest(content))):
            return known
        intake = Intake(
            self.project.lake,
            self.contract,
            self.reader,
            self.defaults,
            self.progress,
            self.folder,
            self.refusals,
            self.project.clock.now(),
        )
        intake.read()
        whole = self.refusals.digest(content or str(self.reader.digest()))
        if not content and (known := self._known(whole)):
            return known
        return self._written(intake, whole)

    def _key(self, content: str) -> str:
        # A changed contract may accept what it refused: then the content is worth reading again.
        parts = [self.contract.name, self.contract.digest(), content, self.defaults]
        return digest([*parts, self.again] if self.again else parts)

    def _worth_another_look(self, recorded: RowMapping) -> bool:
        """Events that lay too far ahead may have happened by now, or the clock was wrong then."""
        late = self.project.clock.now() > recorded["at"] + AHEAD
        return late and FUTURE in recorded["by_rule"]

    def _known(self, content: str) -> IngestReport | None:
        """The report of content that was taken in before, completed if that was cut short."""
        key = self._key(content)
        with self.project.ops.connect() as connection:
            row = connection.execute(select(INGESTS).where(INGESTS.c.key == key)).mappings().first()
        if row is not None and self._worth_another_look(row):
            self.again = key
            return self._known(content)
        if row is not None:
            return IngestReport(
                self.contract.name, self.reader.name, 0, 0, 0, 0, 0, {}, row["version"],
                repeated=True, key=key,
            )  # fmt: skip
        version = self.project.lake.version_of(self.contract.name, key)
        if version is None:
            return None
        note = self.project.lake.note_of(self.contract.name, version)
        report = IngestReport(**{**note["ingest"], "notes": tuple(note["ingest"]["notes"])})
        return self._recorded(replace(report, version=version, key=key), content)

    def _written(self, intake: Intake, content: str) -> IngestReport:
        key = self._key(content)
        found = intake.compared()
        samples = self.refusals.sampled()
        report = IngestReport(
            table=self.contract.name,
            source=self.reader.name,
            rows_read=intake.rows_read,
            stored=intake.good.rows - int(found.duplicate.sum()),
            duplicates=int(found.duplicate.sum()),
            restated=found.restated,
            quarantined=intake.by_rule.total(),
            by_rule=dict(sorted(intake.by_rule.items())),
            version=-1,
            notes=(*intake.notes, *words(samples, intake.by_rule)),
            samples=samples,
            origin=self.refusals.origin() if self.refusals.rows_read else {},
            key=key,
        )
        self._quarantine(intake, key)
        version = self._store(intake, found.duplicate, report)
        return self._recorded(replace(report, version=version), content)

    def _quarantine(self, intake: Intake, key: str) -> None:
        if intake.bad.rows:
            rows = intake.refused(key, self.reader.name, self.project.clock.now())
            self.project.lake.append(quarantine_table(self.contract.name), rows, key=key)

    def _store(self, intake: Intake, duplicate: Any, report: IngestReport) -> int:
        lake, name = self.project.lake, self.contract.name
        if not report.stored and lake.exists(name):
            return lake.version(name)
        told = {**asdict(report), "notes": list(report.notes)}
        return lake.append(
            name,
            intake.kept(duplicate),
            key=report.key,
            partition_by=self.contract.partition_by,
            note={"ingest": told},
        )

    def _recorded(self, report: IngestReport, content: str) -> IngestReport:
        row = {
            "key": report.key,
            "table_name": report.table,
            "source": report.source[:1024],
            "contract": self.contract.digest(),
            "content": content,
            "at": self.project.clock.now(),
            "notes": list(report.notes),
            "by_rule": dict(report.by_rule),
        }
        counts = ("rows_read", "stored", "duplicates", "restated", "quarantined", "version")
        row |= {name: getattr(report, name) for name in counts}
        with self.project.ops.begin() as connection:
            connection.execute(self.project.ops.insert_new(INGESTS, "key"), [row])
        return report


@contextmanager
def _turn(project: Project, table: str) -> Iterator[Path]:
    """One ingest per table at a time, with an empty folder for rows set aside."""
    staging = project.var / "staging"
    staging.mkdir(exist_ok=True)
    lock, folder = FileLock(staging / f"{table}.lock"), staging / table
    try:
        with lock.held(TURN_SECONDS):
            # What a killed run left behind is of no use to anybody.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.close()


def _refuse_other_types(lake: Lake, contract: TableContract) -> None:
    if not lake.exists(contract.name):
        return
    stored = {column.name: column.type for column in lake.schema(contract.name)}
    for column in arrow_schema(contract):
        if stored.get(column.name, column.type) != column.type:
            raise ContractError(
                f"column '{column.name}' is stored as {stored[column.name]}, "
                f"the contract says {column.type}",
                where=f"table '{contract.name}'",
                hint="give the table of the new contract another name",
            )
