"""Two builds of a dataset in one DuckDB connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import tables
from storage.builds import Build
from storage.queries import NOTHING, VIEWS, create_view, open_connection
from storage.sandbox import lock
from storage.schemas import SCHEMAS
from storage.tables import Snapshot

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: The tables of a build that can be compared: the list of builds is no part of one.
COMPARED = tuple(name for name in SCHEMAS if name != "builds")


def connect_pair(dataset: str, a: Build, b: Build) -> DuckDBPyConnection:
    """Return a connection with the tables and views of two builds as the schemas `a` and `b`.

    The schemas `only_a` and `only_b` have, of each table, the rows of those files that the other build does
    not have. Files never change under their name, so that all other rows are equal, and need no look.
    """
    connection = open_connection()
    for schema in ("a", "b", "only_a", "only_b"):
        connection.execute(f"CREATE SCHEMA {schema}")
    readable: list[str] = []
    for table in COMPARED:
        of_a, of_b = (_snapshot(dataset, table, build) for build in (a, b))
        for schema, found in (
            ("a", of_a),
            ("b", of_b),
            ("only_a", _without(of_a, of_b)),
            ("only_b", _without(of_b, of_a)),
        ):
            readable += create_view(connection, dataset, table, found, schema)
    for schema in ("a", "b"):
        connection.execute(f"USE {schema}")
        create_view(connection, dataset, "builds", NOTHING, schema)
        connection.execute(VIEWS.read_text())
    connection.execute("USE memory.main")
    lock(connection, readable)
    return connection


def _snapshot(dataset: str, table: str, build: Build) -> Snapshot:
    version = build.tables.get(table)
    return tables.snapshot(dataset, table, version) if version is not None else NOTHING


def _without(some: Snapshot, others: Snapshot) -> Snapshot:
    return Snapshot(tuple(url for url in some.urls if url not in set(others.urls)), some.uniform)
