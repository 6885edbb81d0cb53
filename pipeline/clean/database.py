"""A DuckDB database that lives as long as one step: little memory, the rest on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from storage.filesystem import join
from storage.parts import read_batches
from storage.schemas import SCHEMAS
from storage.tables import files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH_ROWS = 8192


@contextmanager
def open_database(memory: str = "512MB") -> Iterator[DuckDBPyConnection]:
    """Give a new database that uses at most `memory` and spills the rest into a folder removed at the end."""
    import duckdb  # noqa: PLC0415 (heavy: the command line's help must not wait for it)

    with TemporaryDirectory(prefix="looseleaf-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": folder,
            "threads": 2,
            "preserve_insertion_order": False,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            yield connection
        finally:
            connection.close()


def file_names(dataset: str, table: str) -> list[str]:
    """Return the names, without a folder, of the table's files: they change whenever its content does."""
    return [url.rsplit("/", 1)[-1] for url in files(dataset, table)]


def load_table(
    connection: DuckDBPyConnection,
    dataset: str,
    table: str,
    names: Sequence[str],
    columns: Sequence[str] | None = None,
    *,
    only: pc.Expression | None = None,
    as_name: str | None = None,
) -> None:
    """Copy columns of the files `names` of a dataset's table into the database, in one pass over them.

    Args:
        connection: the database.
        dataset: path or URL.
        table: name of the dataset's table, and of the table that is made unless `as_name` says otherwise.
        names: files of the table, as `file_names` gives them.
        columns: columns to copy; all if None.
        only: rows to copy; all if None.
        as_name: name of the table that is made.
    """
    wanted = SCHEMAS[table].names if columns is None else columns
    schema = pa.schema([SCHEMAS[table].field(column) for column in wanted])
    load_stream(connection, as_name or table, schema, _rows(dataset, table, names, wanted, only))


def load_stream(
    connection: DuckDBPyConnection, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> None:
    """Make the table `name` of a stream of record batches, of which one is in memory at a time."""
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    connection.register("_stream", reader)
    connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM _stream')  # noqa: S608 (our own name)
    connection.unregister("_stream")


def _rows(
    dataset: str, table: str, names: Sequence[str], columns: Sequence[str], only: pc.Expression | None
) -> Iterator[pa.RecordBatch]:
    urls = [join(dataset, table, name) for name in names]
    for batch in read_batches(urls, SCHEMAS[table], columns, _BATCH_ROWS):
        yield batch if only is None else batch.filter(only)
