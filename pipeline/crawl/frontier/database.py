"""Where a frontier is kept: SQLite in a file, or Postgres by URL. The same statements run on both."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from pipeline.crawl.frontier.schema import TABLES
from storage.errors import LooseleafError

Row = Sequence[Any]

SQLITE_FILE = "frontier.sqlite3"
_BUSY_SECONDS = 60.0


class Database(Protocol):
    """A connection. `run` works within a transaction; parameters are written `?`.

    A statement may end with `FOR UPDATE` or `FOR UPDATE SKIP LOCKED`; SQLite locks the whole file instead.
    """

    def transaction(self) -> Any:
        """Return a context in which all statements happen together or not at all."""

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Carry out a statement; return its rows."""

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Carry out a statement; return how many rows it changed."""

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out a statement for each of `rows`."""

    def now(self) -> float:
        """Return the time (seconds since 1970) that all who share the frontier go by."""

    def compact(self) -> None:
        """Let nothing of deleted rows stay on the disk; outside a transaction, and alone."""

    def close(self) -> None:
        """End the connection."""


def open_database(url: str | None, folder: Path, name: str) -> Database:
    """Open the frontier of a crawl, and make its tables where there are none.

    Args:
        url: a postgresql:// URL; None for SQLite in `folder`.
        folder: the crawl's local folder.
        name: what tells this crawl from others in one Postgres database.

    Raises:
        LooseleafError: if the server cannot be reached, or its client library is missing.
    """
    return SqliteDatabase(folder / SQLITE_FILE) if url is None else PostgresDatabase(url, name)


def lock_crawl(database: Database) -> None:
    """Wait until no other transaction admits or settles URLs; each that does begins so, and none deadlock."""
    database.run("SELECT id FROM crawl FOR UPDATE")


class SqliteDatabase:
    """A frontier in a file, for the processes of one machine; a reader never waits (WAL)."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last transactions, never part of one; WARC files are then cut to match.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.transaction():
            for statement in TABLES:
                self.run(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin with the right to write, so that no transaction fails half-way because of another."""
        self._connection.execute("BEGIN IMMEDIATE")
        ended = False
        try:
            yield
            ended = True
        finally:
            self._connection.execute("COMMIT" if ended else "ROLLBACK")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Carry out a statement; return its rows."""
        return self._connection.execute(
            sql.removesuffix(" SKIP LOCKED").removesuffix(" FOR UPDATE"), parameters
        ).fetchall()

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Carry out a statement; return how many rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out a statement for each of `rows`."""
        self._connection.executemany(sql, rows)

    def now(self) -> float:
        """Return this machine's time."""
        return time.time()

    def compact(self) -> None:
        """Write the file anew, and empty its log."""
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """End the connection; the last one folds the log into the file."""
        self._connection.close()


class PostgresDatabase:
    """A frontier in a schema of its own within a Postgres database, for processes anywhere."""

    def __init__(self, url: str, name: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 (an extra)
        except ImportError as error:
            raise LooseleafError(
                "a frontier in Postgres needs psycopg, which is not installed; "
                "pip install 'looseleaf[postgres]'."
            ) from error
        schema = f"looseleaf_{hashlib.sha256(name.encode()).hexdigest()[:24]}"
        try:
            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=20)
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
            raise LooseleafError(
                f"the frontier's Postgres server cannot be reached ({reason}); correct the source's frontier."
            ) from error
        self._connection.execute(f'SET search_path TO "{schema}"'.encode())
        with self.transaction():
            # Of two that make the tables at once, the second waits for the first.
            self.run("SELECT pg_advisory_xact_lock(7601)")
            self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'.encode())
            for statement in TABLES:
                self.run(statement)
        (server,) = self.run("SELECT extract(epoch FROM clock_timestamp())::double precision")
        self._ahead = float(server[0]) - time.time()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin a transaction."""
        with self._connection.transaction():
            yield

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Carry out a statement; return its rows."""
        cursor = self._connection.execute(_for_psycopg(sql), parameters)
        return list(cursor) if cursor.description else []

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Carry out a statement; return how many rows it changed."""
        return self._connection.execute(_for_psycopg(sql), parameters).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out a statement for each of `rows`, in one round trip."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_for_psycopg(sql), list(rows))

    def now(self) -> float:
        """Return the server's time."""
        return time.time() + self._ahead

    def compact(self) -> None:
        """Write the tables anew."""
        for table in ("urls", "hosts"):
            self._connection.execute(f"VACUUM FULL {table}".encode())

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _for_psycopg(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()
