"""A Postgres server of the tests' own, on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.postgres import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the URL of a fresh server's own database."""
    with postgres_server() as server:
        yield server.url()
