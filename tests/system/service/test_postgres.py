"""The service on PostgreSQL: the same dataset, also where the database goes away in the middle of a build."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.reports import build_undisturbed, write_reports
from tests.flows.served import Served, serving
from tests.storage.faulty_store import BUCKET, KINDS, faulty_store
from tests.system.postgres import PostgresServer, postgres_server

TABLES = ("documents", "elements", "images", "image_fetches", "rejections", "groups")

#: Longer than the first retries of a client and shorter than what a flow rides out, which is two minutes.
_AWAY_SECONDS = 25

_BUILD = """
import sys
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    deployment = client.read_deployment_by_name("build/local")
    params = {"recipe": sys.argv[1], "dataset": sys.argv[2]}
    print(client.create_flow_run_from_deployment(deployment.id, parameters={"params": params}).id)
"""

_STATE = """
import sys
from uuid import UUID
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    run = client.read_flow_run(UUID(sys.argv[1]))
    print(run.state.type.value, run.run_count, run.state.message)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as found:
        yield found


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def undisturbed(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_undisturbed(recipe, tmp_path_factory.mktemp("undisturbed"))


def _wait_until_completed(served: Served, run: str, seconds: float) -> int:
    """Wait for a flow run, and return how many times it was started."""
    until = time.monotonic() + seconds
    while (state := served.python(_STATE, run).split(maxsplit=2))[0] != "COMPLETED":
        assert state[0] in ("SCHEDULED", "RUNNING", "PENDING"), state
        assert time.monotonic() < until, state
        time.sleep(2)
    return int(state[1])


def test_a_database_that_goes_away_loses_nothing(
    server: PostgresServer, undisturbed: Path, recipe: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "d"
    url = server.make("prefect")
    with serving(tmp_path / "home", "--database", url) as served:
        run = served.python(_BUILD, str(recipe), str(dataset)).strip()
        until = time.monotonic() + 120
        while not list((dataset / "documents").glob("*.parquet")):
            assert time.monotonic() < until
            time.sleep(0.05)
        server.stop()
        time.sleep(_AWAY_SECONDS)
        server.start()
        assert _wait_until_completed(served, run, 240) == 1, "the run itself went on"
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM flow_run").fetchone() == (1,)
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    assert len(list_builds(str(dataset))) == 1


def test_postgresql_and_a_store_that_stumbles_give_the_same_dataset(
    server: PostgresServer, undisturbed: Path, recipe: Path, tmp_path: Path
) -> None:
    url = server.make("stumbles")
    dataset = f"s3://{BUCKET}/reports"
    with faulty_store() as store, serving(tmp_path / "home", "--database", url) as served:
        store.fail(0.1, seed=7)
        run = served.python(_BUILD, str(recipe), dataset).strip()
        _wait_until_completed(served, run, 300)
        faults = store.counted().faults
        store.fail(0.0)
        assert dataset_digest(dataset, TABLES) == dataset_digest(str(undisturbed), TABLES)
        assert len(list_builds(dataset)) == 1
    assert set(faults) == set(KINDS), "each kind of fault befell some request"
