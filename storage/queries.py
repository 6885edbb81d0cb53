"""SQL over a dataset: every table of a pinned build is a view, and so is what people ask most."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage import tables
from storage.builds import latest_build
from storage.errors import LooseleafError
from storage.filesystem import exists, is_local, local_path
from storage.references import readable_build
from storage.results import write_result
from storage.schemas import SCHEMAS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["connect", "run_query", "view_statement", "write_result"]

_MEMORY = "1GB"
_PATTERN_LETTERS = set("*?[")
NOTHING = tables.Snapshot((), uniform=True)
VIEWS = Path(__file__).with_name("views.sql")


def connect(dataset: str, build_id: str | None = None) -> DuckDBPyConnection:
    """Return a DuckDB connection with a build's tables as views, pinned, and the views of `views.sql`.

    A table that the build does not have is empty. Of the outside, the connection reaches the tables' files
    alone, and its settings are locked; Arrow tables can still be registered.

    Args:
        dataset: path or URL.
        build_id: the build to look at, by any name that `storage.references` knows; by default the latest,
            and the newest versions while there is none.

    Raises:
        LooseleafError: if there is no dataset, or it has no such build.
    """
    if not exists(dataset):
        raise LooseleafError(
            f"There is no dataset at {dataset}: check the path, or make it with `looseleaf build`."
        )
    connection = open_connection()
    readable: list[str] = []
    for table, version in _versions(dataset, build_id).items():
        found = tables.snapshot(dataset, table, version) if version is not None else NOTHING
        readable += create_view(connection, dataset, table, found)
    connection.execute(VIEWS.read_text())
    lock(connection, readable)
    return connection


def open_connection() -> DuckDBPyConnection:
    """Return an empty database with little memory, which spills into a folder of its own."""
    import duckdb  # noqa: PLC0415 (heavy: the command line's help must not wait for it)

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    spill = Path(tempfile.gettempdir()) / f"looseleaf-query-{uuid.uuid4().hex[:12]}"
    connection.execute(f"SET temp_directory = {_quoted(str(spill))}")
    return connection


def lock(connection: DuckDBPyConnection, readable: Sequence[str]) -> None:
    """Let a connection reach these files alone, for good."""
    connection.execute(f"SET allowed_paths = [{', '.join(map(_quoted, readable))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def view_statement(name: str) -> str:
    """Return the statement that makes one of the views of `views.sql`, for a database of another's.

    Raises:
        KeyError: if there is no such view.
    """
    for statement in VIEWS.read_text().split(";"):
        if f"CREATE VIEW {name} AS" in statement:
            return statement
    raise KeyError(name)


def run_query(dataset: str, sql: str, build_id: str | None = None) -> pa.Table:
    """Return the rows that one SELECT statement gives over a build (the latest by default).

    Raises:
        LooseleafError: if there is no such dataset or build, if `sql` is not one SELECT statement, or if
            DuckDB cannot answer it.
    """
    import duckdb  # noqa: PLC0415 (heavy: the command line's help must not wait for it)

    with connect(dataset, build_id) as connection:
        try:
            statements = connection.extract_statements(sql)
            # EXPLAIN is not let through: EXPLAIN ANALYZE carries out the statement that it explains.
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise LooseleafError("A query is one SELECT statement: give one that only reads.")
            answer: Any = connection.sql(sql)
            return answer.to_arrow_table()
        except duckdb.Error as error:
            raise LooseleafError(
                f"The query cannot be answered, because DuckDB says: {_reason(error)}"
            ) from error


def _versions(dataset: str, build_id: str | None) -> Mapping[str, int | None]:
    build = readable_build(dataset, build_id) if build_id is not None else latest_build(dataset)
    newest = {table: tables.version(dataset, table) for table in SCHEMAS}
    if build is None:
        return newest
    # The list of builds is no part of a build: it is always shown whole.
    return {table: newest[table] if table == "builds" else build.tables.get(table) for table in SCHEMAS}


def create_view(
    connection: DuckDBPyConnection, dataset: str, table: str, found: tables.Snapshot, schema: str = ""
) -> list[str]:
    """Make the view of a table's files, and return the local files that it reads.

    Args:
        connection: not yet locked.
        dataset: path or URL.
        table: its name, and that of the view.
        found: the files.
        schema: of the database, where the view is made; by default the main one.
    """
    paths = [str(local_path(url)) for url in found.urls] if is_local(dataset) and found.uniform else []
    name = f"{schema}.{table}" if schema else table
    # DuckDB would need a download for object stores, takes some letters for a pattern, and wants files alike.
    if not paths or _PATTERN_LETTERS & set(paths[0]):
        registered = f"{schema}__{table}" if schema else table
        rows = tables.arrow_files(dataset, table, found.urls) if found.urls else SCHEMAS[table].empty_table()
        connection.register(registered, rows)
        if schema:
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {registered}")  # noqa: S608 (our own names)
        return []
    columns = ", ".join(f'"{column}"' for column in SCHEMAS[table].names)
    listed = ", ".join(map(_quoted, paths))
    connection.execute(
        f"CREATE VIEW {name} AS SELECT {columns} "  # noqa: S608 (our own names, quoted)
        f"FROM read_parquet([{listed}], hive_partitioning = false)"
    )
    return paths


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _reason(error: Exception) -> str:
    first = str(error).strip().split("\n\nLINE ", maxsplit=1)[0]
    return " ".join(first.split())
