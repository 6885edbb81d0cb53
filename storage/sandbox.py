"""What a query may reach and take: its dataset's files alone, read only, within limits of memory and time.

DuckDB holds most of it: a connection that is locked here opens no other file and no address, loads no
extension and takes no setting back. `checked_select` adds that a query only reads, `memory_ceiling` holds
what DuckDB does not count, and who cannot trust a query at all gives it a process that can be killed, see
`flows.sql_server`.
"""

from __future__ import annotations

import contextlib
import resource
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import LooseleafError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MIB = 1 << 20
#: Bytes for rows on their way out, threads, and the like.
_BESIDE = 512 * _MIB
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Limits:
    """What the queries of one connection may take.

    Args:
        memory: bytes that DuckDB may hold; what is more goes to disk.
        spill: bytes that it may have on disk meanwhile.
        seconds: wall time of one query, None for any.
        threads: threads of one query, None for one a core.
    """

    memory: int = 1024 * _MIB
    spill: int = 16 * 1024 * _MIB
    seconds: float | None = None
    threads: int | None = None


def prepare(connection: DuckDBPyConnection, limits: Limits) -> None:
    """Set the limits of a new connection, and where it spills."""
    spill = Path(tempfile.gettempdir()) / f"looseleaf-query-{uuid.uuid4().hex[:12]}"
    settings = {
        "TimeZone": quoted("UTC"),
        "memory_limit": quoted(f"{limits.memory}B"),
        "temp_directory": quoted(str(spill)),
        "max_temp_directory_size": quoted(f"{limits.spill}B"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        # A table is a table of the dataset, never a variable of the program that asks.
        "python_enable_replacements": "false",
    }
    if limits.threads is not None:
        settings["threads"] = str(limits.threads)
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")


def lock(connection: DuckDBPyConnection, readable: Sequence[str]) -> None:
    """Leave a connection the files `readable` and nothing else of the outside, for good.

    Arrow tables can still be registered by the program that holds the connection.
    """
    connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, readable))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def checked_select(connection: DuckDBPyConnection, sql: str) -> str:
    """Return `sql`, which is one statement that only reads.

    Raises:
        LooseleafError: if it is something else.
        duckdb.Error: if it is no SQL.
    """
    import duckdb  # noqa: PLC0415 (heavy: the command line's help must not wait for it)

    kinds = [statement.type for statement in connection.extract_statements(sql)]
    # EXPLAIN is not let through: EXPLAIN ANALYZE carries out the statement that it explains.
    if kinds != [duckdb.StatementType.SELECT]:
        raise LooseleafError("A query is one SELECT statement: give one that only reads.")
    return sql


@contextlib.contextmanager
def memory_ceiling(limits: Limits) -> Iterator[None]:
    """Let this process take, within the block, twice `limits.memory` and a little beside what it has now.

    What DuckDB does not count, such as one enormous value, then fails as if the machine had no more. It is
    for a process that does nothing but answer queries, and does nothing where the system does not tell what a
    process has.
    """
    if not _STATUS.exists():
        yield
        return
    had, hard = resource.getrlimit(resource.RLIMIT_DATA)
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmData:"))
    ceiling = int(line.split()[1]) * 1024 + 2 * limits.memory + _BESIDE
    if hard != resource.RLIM_INFINITY:
        ceiling = min(ceiling, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (had, hard))


@dataclass
class TimeUp:
    """Whether a query's time is up, and how much it had."""

    seconds: float | None
    over: bool = False


@contextlib.contextmanager
def time_limit(connection: DuckDBPyConnection, seconds: float | None) -> Iterator[TimeUp]:
    """Interrupt what `connection` does `seconds` from now, within the block; None means never."""
    state = TimeUp(seconds)
    if seconds is None:
        yield state
        return

    def interrupt() -> None:
        state.over = True
        connection.interrupt()

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield state
    finally:
        timer.cancel()


def stopped(late: TimeUp | None) -> str:
    """Return why a query was interrupted, in one sentence."""
    if late is None or not late.over:
        return "The query was stopped before its end: ask again for its answer."
    return (
        f"The query was stopped because it took longer than {late.seconds:g} seconds: ask for less, or give "
        "it more time."
    )


def quoted(text: str) -> str:
    """Return `text` as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"
