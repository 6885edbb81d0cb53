"""The service on PostgreSQL: the same dataset, also where the database goes away in the middle of a build."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.reports import TABLES
from tests.flows.served import Served, serving
from tests.storage.faulty_store import BUCKET, KINDS, faulty_store
from tests.system.postgres import PostgresServer, postgres_server

#: Longer than the first retries of a client and shorter than what a flow rides out, which is two minutes.
_AWAY_SECONDS = 25


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as found:
        yield found


def _run(served: Served, run: str) -> dict[str, Any]:
    """Return a flow run, or what says that the server has its database not yet again."""
    try:
        found: dict[str, Any] = served.ask(f"/flow_runs/{run}")
    except HTTPError as error:
        if error.code < 500:
            raise
        return {"state_type": "PENDING", "state": str(error)}
    return found


def _wait_until_completed(served: Served, run: str, seconds: float) -> int:
    """Wait for a flow run, and return how many times it was started."""
    until = time.monotonic() + seconds
    while (found := _run(served, run))["state_type"] != "COMPLETED":
        assert found["state_type"] in ("SCHEDULED", "RUNNING", "PENDING"), found["state"]
        assert time.monotonic() < until, found["state"]
        time.sleep(1)
    return int(found["run_count"])


def test_a_database_that_goes_away_loses_nothing(
    server: PostgresServer, undisturbed: Path, recipe: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "d"
    url = server.make("prefect")
    with serving(tmp_path / "home", "--database", url) as served:
        run = served.start("build/local", {"recipe": str(recipe), "dataset": str(dataset)})
        until = time.monotonic() + 120
        while not list((dataset / "documents").glob("*.parquet")):
            assert time.monotonic() < until
            time.sleep(0.05)
        server.stop()
        time.sleep(_AWAY_SECONDS)
        server.start()
        assert _wait_until_completed(served, run, 600) == 1, "the run itself went on"
        assert served.ask("/flow_runs/count", {"flows": {"name": {"any_": ["build"]}}}) == 1
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    assert len(list_builds(str(dataset))) == 1


def test_postgresql_and_a_store_that_stumbles_give_the_same_dataset(
    server: PostgresServer, undisturbed: Path, recipe: Path, tmp_path: Path
) -> None:
    url = server.make("stumbles")
    dataset = f"s3://{BUCKET}/reports"
    with faulty_store() as store, serving(tmp_path / "home", "--database", url) as served:
        store.fail(0.1, seed=7)
        run = served.start("build/local", {"recipe": str(recipe), "dataset": dataset})
        _wait_until_completed(served, run, 600)
        faults = store.counted().faults
        store.fail(0.0)
        assert dataset_digest(dataset, TABLES) == dataset_digest(str(undisturbed), TABLES)
        assert len(list_builds(dataset)) == 1
    assert set(faults) == set(KINDS), "each kind of fault befell some request"
