"""SQL over a dataset: every table of a pinned build is a view, and so is what people ask most.

This is the one place that opens a dataset in DuckDB. What such a connection may reach and take is in
`storage.sandbox`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage import tables
from storage.builds import latest_build
from storage.errors import LooseleafError
from storage.filesystem import exists, is_local, local_path
from storage.near_names import told
from storage.references import readable_build
from storage.sandbox import Limits, TimeUp, checked_select, lock, prepare, quoted, stopped, time_limit
from storage.schemas import SCHEMAS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "connect",
    "explain",
    "known_names",
    "names",
    "rows_of",
    "run_query",
    "schema_of",
    "view_statement",
]

_PATTERN_LETTERS = set("*?[")
NOTHING = tables.Snapshot((), uniform=True)
VIEWS = Path(__file__).with_name("views.sql")
_BATCH_ROWS = 8192
#: Of the types in our schemas that are no lists.
_SQL_TYPES = {
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "large_binary": "BLOB",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}
#: What DuckDB raises, as a RuntimeError, when Ctrl-C stops it.
_INTERRUPTED = "Query interrupted"


def connect(dataset: str, build_id: str | None = None, limits: Limits | None = None) -> DuckDBPyConnection:
    """Return a DuckDB connection with a build's tables as views, pinned, and the views of `views.sql`.

    A table that the build does not have is empty. Of the outside, the connection reaches the tables' files
    alone, and its settings are locked; Arrow tables can still be registered.

    Args:
        dataset: path or URL.
        build_id: the build to look at, by any name that `storage.references` knows; by default the latest,
            and the newest versions while there is none.
        limits: memory and disk; of `limits.seconds` see `rows_of`.

    Raises:
        LooseleafError: if there is no dataset, it has no such build, or a table names files outside of it.
    """
    return connect_versions(dataset, pinned_versions(dataset, build_id), limits)


def connect_versions(
    dataset: str, versions: Mapping[str, int | None], limits: Limits | None = None
) -> DuckDBPyConnection:
    """Return a connection as `connect` does, over the given version of each table (None: it is empty)."""
    with contextlib.ExitStack() as failed:
        connection = failed.enter_context(open_connection(limits))
        readable: list[str] = []
        for table, version in versions.items():
            found = tables.snapshot(dataset, table, version) if version is not None else NOTHING
            readable += create_view(connection, dataset, table, found)
        connection.execute(VIEWS.read_text())
        lock(connection, readable)
        failed.pop_all()
    return connection


def open_connection(limits: Limits | None = None) -> DuckDBPyConnection:
    """Return an empty database within `limits`, which spills into a folder of its own."""
    import duckdb  # noqa: PLC0415 (heavy: the command line's help must not wait for it)

    connection = duckdb.connect()
    prepare(connection, limits or Limits())
    return connection


def pinned_versions(dataset: str, build_id: str | None = None) -> dict[str, int | None]:
    """Return the version of every table that a build pins (the latest by default), None for what it lacks.

    Raises:
        LooseleafError: if there is no dataset at `dataset`, or it has no such build.
    """
    if not exists(dataset):
        raise LooseleafError(
            f"There is no dataset at {dataset}: check the path, or make it with `looseleaf build`."
        )
    build = readable_build(dataset, build_id) if build_id is not None else latest_build(dataset)
    if build is None:
        newest = {table: tables.version(dataset, table) for table in SCHEMAS}
        if not any(version is not None for version in newest.values()):
            raise LooseleafError(
                f"There is no dataset at {dataset}: it holds none of a dataset's tables; check the path, or "
                "make one with `looseleaf build`."
            )
        return newest
    # The list of builds is no part of a build: it is always shown whole.
    return {
        table: tables.version(dataset, table) if table == "builds" else build.tables.get(table)
        for table in SCHEMAS
    }


def view_statement(name: str) -> str:
    """Return the statement that makes one of the views of `views.sql`, for a database of another's.

    Raises:
        KeyError: if there is no such view.
    """
    for statement in VIEWS.read_text().split(";"):
        if f"CREATE VIEW {name} AS" in statement:
            return statement
    raise KeyError(name)


def run_query(dataset: str, sql: str, build_id: str | None = None, limits: Limits | None = None) -> pa.Table:
    """Return the rows that one SELECT statement gives over a build (the latest by default).

    Raises:
        LooseleafError: if there is no such dataset or build, if `sql` is not one SELECT statement, if DuckDB
            cannot answer it, or if it takes more than `limits`.
    """
    with connect(dataset, build_id, limits) as connection, rows_of(connection, sql, limits=limits) as reader:
        return reader.read_all()


@contextlib.contextmanager
def rows_of(
    connection: DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of one SELECT statement batch by batch: they are never whole in memory.

    `limits.seconds` holds from the beginning of the block to its end.

    Raises:
        LooseleafError: here or while the rows are read, if `sql` is not one SELECT statement, DuckDB cannot
            answer it, or it takes too long.
    """
    with time_limit(connection, limits.seconds if limits else None) as late:
        with _told(connection, late):
            answer: Any = connection.sql(checked_select(connection, sql), params=parameters)
            reader = answer.to_arrow_reader(_BATCH_ROWS)
        try:
            yield pa.RecordBatchReader.from_batches(reader.schema, _batches(connection, reader, late))
        finally:
            # A connection answers nothing else while it has an answer that is not at its end.
            reader.close()


def _batches(
    connection: DuckDBPyConnection, reader: pa.RecordBatchReader, late: TimeUp
) -> Iterator[pa.RecordBatch]:
    while True:
        with _told(connection, late):
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
        yield batch


def schema_of(connection: DuckDBPyConnection, sql: str) -> pa.Schema:
    """Return the columns that one SELECT statement would answer with; it is not carried out.

    Raises:
        LooseleafError: if `sql` is not one SELECT statement, or DuckDB cannot answer it.
    """
    with _told(connection):
        checked_select(connection, sql)
        (statement,) = connection.extract_statements(sql)
        if not statement.named_parameters:
            whole: Any = connection.sql(sql)
            return whole.limit(0).to_arrow_reader(_BATCH_ROWS).schema
        unknown = dict.fromkeys(statement.named_parameters)
        values = [None] * len(unknown) if all(name.isdecimal() for name in unknown) else unknown
        # A comment may end the statement.
        limited = f"SELECT * FROM ({statement.query.strip().rstrip(';')}\n) LIMIT 0"  # noqa: S608 - it only reads
        answer: Any = connection.sql(limited, params=values)
        return answer.to_arrow_reader(_BATCH_ROWS).schema


def explain(connection: DuckDBPyConnection, sql: str) -> str:
    """Return how DuckDB would answer one SELECT statement, for a person; it is not carried out.

    Raises:
        LooseleafError: if `sql` is not one SELECT statement, or DuckDB cannot answer it.
    """
    with _told(connection):
        plan = connection.execute(f"EXPLAIN {checked_select(connection, sql)}").fetchall()
        return "\n".join(text for _, text in plan)


def names(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns of each table and view of a connection."""
    found = connection.execute(
        "SELECT table_name, list(column_name ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = 'main' GROUP BY table_name ORDER BY table_name"
    ).fetchall()
    return dict(found)


def known_names() -> dict[str, list[str]]:
    """Return the columns of each table and view that every dataset has, without looking at one."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as connection:
        for table in SCHEMAS:
            connection.execute(_empty_view(table, "main"))
        connection.execute(VIEWS.read_text())
        return names(connection)


@contextlib.contextmanager
def _told(connection: DuckDBPyConnection, late: TimeUp | None = None) -> Iterator[None]:
    """Turn what DuckDB says into one sentence."""
    import duckdb  # noqa: PLC0415

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
        # Once the first rows are there, DuckDB's errors come as those of Arrow's reader.
        if str(error) == _INTERRUPTED:
            raise KeyboardInterrupt from error
        if "INTERRUPT Error" in str(error):
            raise LooseleafError(stopped(late)) from error
        # Only names that do not exist are worth a look at those that do.
        by_name = isinstance(error, duckdb.CatalogException | duckdb.BinderException)
        known = names(connection) if by_name else {}
        raise LooseleafError(
            f"The query cannot be answered, because DuckDB says: {told(error, known)}"
        ) from error


def create_view(
    connection: DuckDBPyConnection, dataset: str, table: str, found: tables.Snapshot, schema: str = "main"
) -> list[str]:
    """Make the view of a table's files, and return the local files that it reads.

    Args:
        connection: not yet locked.
        dataset: path or URL.
        table: its name, and that of the view.
        found: the files.
        schema: of the database, where the view is made.

    Raises:
        LooseleafError: if a file lies outside of the dataset, or cannot be read.
    """
    import duckdb  # noqa: PLC0415

    if not found.urls:
        connection.execute(_empty_view(table, schema))
        return []
    paths = _within(dataset, table, found.urls) if is_local(dataset) else []
    # DuckDB would need a download for object stores, takes some letters for a pattern, and wants files alike.
    if not paths or not found.uniform or _PATTERN_LETTERS & set(paths[0]):
        # What is registered is seen by this connection alone, not by its cursors.
        registered = table if schema == "main" else f"{schema}__{table}"
        connection.register(registered, tables.arrow_files(dataset, table, found.urls))
        if schema != "main":
            connection.execute(f"CREATE VIEW {schema}.{table} AS SELECT * FROM {registered}")  # noqa: S608
        return []
    columns = ", ".join(f'"{name}"' for name in SCHEMAS[table].names)
    listed = ", ".join(map(quoted, paths))
    try:
        connection.execute(
            f"CREATE VIEW {schema}.{table} AS SELECT {columns} "  # noqa: S608 (our own names, quoted)
            f"FROM read_parquet([{listed}], hive_partitioning = false)"
        )
    except duckdb.Error as error:
        raise LooseleafError(
            f"Table {table} of {dataset} cannot be read, because DuckDB says: {told(error, {})}; "
            "ask for a newer build."
        ) from error
    return paths


def _empty_view(table: str, schema: str) -> str:
    # Not `connection.register` of an empty table: that imports pandas, for which a short query would wait.
    columns = ", ".join(f'NULL::{_sql_type(field.type)} AS "{field.name}"' for field in SCHEMAS[table])
    return f"CREATE VIEW {schema}.{table} AS SELECT {columns} WHERE false"


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_sql_type(kind.value_type)}[]"
    return _SQL_TYPES[str(kind)]


def _within(dataset: str, table: str, urls: Sequence[str]) -> list[str]:
    """Return the local paths of a table's files, which lie in its folder, whatever its log and links say.

    Raises:
        LooseleafError: if one does not.
    """
    paths = [str(local_path(url)) for url in urls]
    root = os.path.realpath(local_path(dataset)) + os.sep
    for path in paths:
        if not os.path.realpath(path).startswith(root):
            raise LooseleafError(
                f"Table {table} of {dataset} names the file {path}, which lies outside of the dataset: "
                "it is not read; make the dataset again, or ask who changed it."
            )
    return paths
