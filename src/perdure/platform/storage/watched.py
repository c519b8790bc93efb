"""Rows on their way into a table: in types the lake keeps, and with their own errors kept."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from perdure.kernel.errors import ContractError


class Watched:
    """Rows to be written. ``error`` is what the rows' own source raised, if it did.

    The writing library turns an error of the source into its own kind; the caller wants the
    first one. ``rereadable`` says whether a second attempt would see the rows again.
    """

    def __init__(self, data: pa.Table | pa.RecordBatchReader) -> None:
        self._data = data
        self.error: BaseException | None = None
        self.rereadable = isinstance(data, pa.Table)

    def stream(self) -> pa.RecordBatchReader:
        """The rows as a stream of batches with the schema of :func:`kept_schema`."""
        schema = kept_schema(self._data.schema)
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        source = self._data.to_reader() if isinstance(self._data, pa.Table) else self._data
        try:
            for batch in source:
                yield batch if batch.schema.equals(schema) else batch.cast(schema)
        except BaseException as error:
            self.error = error
            raise


def kept_schema(schema: pa.Schema) -> pa.Schema:
    """The columns in the types that tables keep: no dictionaries, moments naive UTC in us.

    >>> kept_schema(pa.schema({"at": pa.timestamp("ns", "UTC"), "who": pa.large_string()}))
    at: timestamp[us]
    who: string
    """
    names = [name.casefold() for name in schema.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ContractError(f"column '{twice[0]}' is there twice (case does not count)")
    return pa.schema([pa.field(field.name, _kept(field.type)) for field in schema])


def _kept(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _kept(kind.value_type)
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    return kind
