"""The service as a user starts it, and the commands that use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.conftest import DOCUMENTS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

TABLES = ("documents", "elements", "images", "image_fetches", "rejections", "groups")
OFFERED = 5  # build, mine, train, evaluate, everything
LOOSELEAF = (sys.executable, "-m", "flows.cli.main")


@dataclass(frozen=True)
class Served:
    """A running `looseleaf serve`: its addresses and what its children need to find it."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    prefect: str
    ray: str

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command to its end and return its JSON."""
        done = subprocess.run(
            [*LOOSELEAF, *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    taken = ("PREFECT_", "RAY_", "LOOSELEAF_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(taken)}
    environment |= {"LOOSELEAF_HOME": str(home), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*LOOSELEAF, "serve"], env=environment, stderr=subprocess.PIPE, text=True)
    record = home / "serve.json"
    until = time.monotonic() + 180
    while not record.exists():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < until
        time.sleep(0.2)
    written = json.loads(record.read_text())
    while _offered(written["prefect"]) < OFFERED:
        assert time.monotonic() < until
        time.sleep(0.2)
    yield Served(process, environment, written["prefect"], written["ray"])
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    assert not record.exists()
    assert not _processes_with(str(home))


def _offered(prefect: str) -> int:
    """How many deployments the server knows: they come a moment after it."""
    asked = Request(f"{prefect}/deployments/count", b"{}", {"Content-Type": "application/json"})
    with urlopen(asked, timeout=10) as answer:
        return int(answer.read())


def _processes_with(home: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            if f"LOOSELEAF_HOME={home}\0".encode() in environment:
                found.append((folder / "cmdline").read_text())
        except OSError:  # it has ended meanwhile, or is not ours
            continue
    return found


def _python(served: Served, code: str, *arguments: str) -> str:
    environment = {
        **served.environment,
        "PREFECT_API_URL": served.prefect,
        "PREFECT_HOME": f"{served.environment['LOOSELEAF_HOME']}/client",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    lines = _python(served, code).splitlines()
    assert int(lines[0]) >= 0
    assert lines[1] == "['build', 'evaluate', 'everything', 'mine', 'train']"


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
    _python(served, code)


def test_a_deployment_runs_and_its_failure_is_one_sentence(served: Served, tmp_path: Path) -> None:
    code = """
import sys
from prefect.deployments import run_deployment
run = run_deployment("mine/local", parameters={"params": {"dataset": sys.argv[1]}}, timeout=120)
print(run.state.type.value, run.state.message)
"""
    message = _python(served, code, str(tmp_path / "nothing"))
    assert message.startswith("FAILED")
    assert "has no build to mine" in message


def test_a_command_that_fails_prints_one_sentence(served: Served, tmp_path: Path) -> None:
    done = subprocess.run(
        [*LOOSELEAF, "mine", str(tmp_path / "nothing")],
        env=served.environment,
        capture_output=True,
        text=True,
        check=False,
    )
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
    command: Sequence[str] = [*LOOSELEAF, "serve"]
    done = subprocess.run(command, env=served.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is a service already" in done.stderr
