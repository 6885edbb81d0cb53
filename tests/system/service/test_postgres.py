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
from tests.flows.served import serving
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


def test_a_database_that_goes_away_loses_nothing(server: PostgresServer, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    recipe = write_reports(tmp_path / "source")
    undisturbed = build_undisturbed(recipe, tmp_path / "undisturbed")
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
        until = time.monotonic() + 240
        while (state := served.python(_STATE, run).split(maxsplit=2))[0] != "COMPLETED":
            assert state[0] in ("RUNNING", "PENDING"), state
            assert time.monotonic() < until, state
            time.sleep(2)
        assert state[1] == "1", "the run itself went on"
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM flow_run").fetchone() == (1,)
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    assert len(list_builds(str(dataset))) == 1
