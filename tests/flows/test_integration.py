"""The service as a user starts it, and the commands that use it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.deployments import offers
from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.reports import DOCUMENTS, TABLES
from tests.flows.served import LOOSELEAF, Served

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_a_killed_build_goes_on_and_a_second_one_adds_nothing(
    served: Served, recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    _kill_when_documents_are_written(served, recipe, dataset)
    first = served.run("build", str(recipe), "--out", str(dataset))
    digest = dataset_digest(str(dataset), TABLES)
    assert digest == dataset_digest(str(undisturbed), TABLES)
    second = served.run("build", str(recipe), "--out", str(dataset))
    assert second["build_id"] == first["build_id"]
    assert all(report["skipped"] == report["chunks"] for report in second["stages"].values())
    assert dataset_digest(str(dataset), TABLES) == digest
    assert [build.build_id for build in list_builds(str(dataset))] == [first["build_id"]]
    answer = served.run("query", str(dataset), "select count(*) as kept from kept_documents")
    assert answer == {"columns": ["kept"], "rows": [[DOCUMENTS + 1]]}


def _kill_when_documents_are_written(served: Served, recipe: Path, dataset: Path) -> None:
    command = [*LOOSELEAF, "build", str(recipe), "--out", str(dataset)]
    process = subprocess.Popen(command, env=served.environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not list((dataset / "documents").glob("*.parquet")):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()


def test_the_server_answers_explicit_nulls(served: Served) -> None:
    """The contract behind the pin of fastapi: newer ones answer 422."""
    code = """
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    print(len(client.read_flow_runs()))
    print(sorted(found.name for found in client.read_flows()))
"""
    lines = served.python(code).splitlines()
    assert int(lines[0]) >= 0
    assert lines[1] == str(sorted({offer.flow for offer in offers()}))


def test_a_schedule_gives_runs(served: Served) -> None:
    """The contract behind the pin of SQLAlchemy: with 2.1 the server's scheduler fails at every insert."""
    code = """
import time
from datetime import UTC, datetime, timedelta
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.schedules import IntervalSchedule
half_an_hour_ago = datetime.now(UTC) - timedelta(minutes=30)
schedule = IntervalSchedule(interval=timedelta(hours=1), anchor_date=half_an_hour_ago)
with get_client(sync_client=True) as client:
    deployment = client.read_deployment_by_name("mine/local")
    mine = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
    (made,) = client.create_deployment_schedules(deployment.id, [(schedule, True)])
    until = time.monotonic() + 90
    while not any(run.auto_scheduled for run in client.read_flow_runs(deployment_filter=mine)):
        assert time.monotonic() < until, "no run was scheduled"
        time.sleep(0.5)
    client.delete_deployment_schedule(deployment.id, made.id)
"""
    served.python(code)


def test_a_deployment_runs_and_its_failure_is_one_sentence(served: Served, tmp_path: Path) -> None:
    code = """
import sys
from prefect.deployments import run_deployment
run = run_deployment("mine/local", parameters={"params": {"dataset": sys.argv[1]}}, timeout=120)
print(run.state.type.value, run.state.message)
"""
    message = served.python(code, str(tmp_path / "nothing"))
    assert message.startswith("FAILED")
    assert "has no build to mine" in message


def test_a_command_that_fails_prints_one_sentence(served: Served, tmp_path: Path) -> None:
    done = served.command("mine", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Dataset ")
    assert len(done.stderr.splitlines()) == 1


def test_ray_answers_nobody_without_the_token(served: Served) -> None:
    code = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, f"{served.ray}/api/jobs/"], capture_output=True, text=True, check=False
    )
    assert "401" in done.stderr or "403" in done.stderr


def test_a_second_service_is_refused(served: Served) -> None:
    done = served.command("serve")
    assert done.returncode == 1
    assert "There is a service already" in done.stderr
