"""The database of the Prefect server: SQLite in the home folder, or a PostgreSQL server that is given."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from storage.errors import LooseleafError

#: What Prefect's server reads.
VARIABLE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"

_DRIVER = "postgresql+asyncpg"
_SECONDS = 10.0


def database_url(given: str) -> str:
    """Return the URL of a PostgreSQL database in the form that Prefect reads.

    Raises:
        LooseleafError: if it is no such URL.
    """
    scheme, mark, rest = given.partition("://")
    if not mark or scheme not in ("postgresql", "postgres", _DRIVER) or not urlsplit(f"//{rest}").hostname:
        raise LooseleafError(
            "The database must be a PostgreSQL URL, such as postgresql://user:password@host:5432/prefect: "
            "leave it out for SQLite."
        )
    return f"{_DRIVER}://{rest}"


def check_database(url: str) -> None:
    """Connect once, and see that what Prefect's migrations need is there.

    Args:
        url: as `database_url` returns it.

    Raises:
        LooseleafError: if it cannot be reached, or lacks the extension pg_trgm.
    """
    asyncio.run(_check(url))


async def _check(url: str) -> None:
    import asyncpg  # type: ignore[import-untyped]  # noqa: PLC0415 - only where there is a PostgreSQL

    parts = urlsplit(url)
    name = f"The database {parts.path.lstrip('/') or 'of its user'} at {parts.hostname}:{parts.port or 5432}"
    try:
        connection = await asyncpg.connect(url.replace(_DRIVER, "postgresql", 1), timeout=_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LooseleafError(
            f"{name} cannot be reached ({str(error) or type(error).__name__}): start it, or correct its URL."
        ) from error
    try:
        there = await connection.fetchval(
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'"
        )
    finally:
        await connection.close()
    if not there:
        raise LooseleafError(
            f"{name} lacks the extension pg_trgm, which Prefect needs: install PostgreSQL's contrib package."
        )
