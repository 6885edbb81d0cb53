"""Beside a Prefect server with a password: the metrics page, and the deployments of both work pools."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flows.deployments import offers
from flows.environment import Home, free_ports, make, variables
from flows.processes import start_prefect, stop_all, wait_until_healthy
from tests.deploy.conftest import EVERYTHING
from tests.deploy.rendering import REPOSITORY, base_job_template, render

_PASSWORD = "looseleaf:not-so-secret"

_FLOW = """
import json, sys
from prefect import flow
from prefect.artifacts import create_progress_artifact, create_table_artifact

@flow(name="build", flow_run_name="build {dataset}")
def build(dataset: str, fails: bool) -> None:
    rows = [{"what": "seconds", "value": 2.5}, {"what": "rows.documents", "value": 7}]
    create_table_artifact(rows, key="extract-report")
    create_progress_artifact(50.0, key="train-progress", description="Stage train: 1 of 2, loss 0.250; 9 ms")
    if fails:
        raise ValueError("it fails")

build("a", False)
try:
    build("a", True)
except ValueError:
    pass
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a server that asks for a password; give the environment of its clients."""
    place = Home(tmp_path_factory.mktemp("home"))
    make(place)
    (port,) = free_ports(1)
    told = {
        **variables(place),
        "PREFECT_SERVER_API_AUTH_STRING": _PASSWORD,
        "PREFECT_API_AUTH_STRING": _PASSWORD,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        service = start_prefect(port, place.logs / "prefect.log")
    try:
        wait_until_healthy([service])
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
            **told,
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_HOME": str(tmp_path_factory.mktemp("client")),
        }
    finally:
        stop_all([service])


def _look(port: int, seconds: float) -> dict[tuple[str, ...], float]:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
                text = answer.read().decode()
            break
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until, "it did not answer"
            time.sleep(0.2)
    return {
        (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_of_runs_and_stages(api: dict[str, str], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _FLOW], env=api, check=True, capture_output=True, timeout=120)
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "metrics", "--port", str(port)],
        env=api,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        found = _look(port, 60)
        assert found["looseleaf_prefect_up",] == 1
        assert found["looseleaf_flow_runs", "flow=build", "state=COMPLETED"] == 1
        assert found["looseleaf_flow_runs", "flow=build", "state=FAILED"] == 1
        assert found["looseleaf_flow_runs", "flow=build", "state=CRASHED"] == 0
        assert found["looseleaf_stage_seconds", "run=build a", "stage=extract"] == 2.5
        assert found["looseleaf_stage_rows", "run=build a", "stage=extract", "table=documents"] == 7
        assert found["looseleaf_training_loss", "run=build a", "stage=train"] == 0.25
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert f"http://127.0.0.1:{port}/metrics" in said


def test_wrong_password_is_told_as_a_server_that_does_not_answer(api: dict[str, str]) -> None:
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "metrics", "--port", str(port)],
        env={**api, "PREFECT_API_AUTH_STRING": "looseleaf:wrong"},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert _look(port, 60) == {("looseleaf_prefect_up",): 0}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _prefect(api: dict[str, str], *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", *arguments],
        env=api,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


_LOOK = """
import json
from prefect.client.orchestration import get_client

with get_client(sync_client=True) as client:
    flows = {flow.id: flow.name for flow in client.read_flows()}
    deployments = client.read_deployments()
    actions = [action for each in client.read_automations() for action in each.actions]
names = {each.id: f"{flows[each.flow_id]}/{each.name}" for each in deployments}
found = [
    [names[each.id], each.work_pool_name, each.entrypoint, each.pull_steps or [], len(each.schedules)]
    for each in deployments
]
started = [names[action.deployment_id] for action in actions if hasattr(action, "deployment_id")]
print(json.dumps([found, started]))
"""


@pytest.mark.parametrize("name", ["process", "kubernetes"])
def test_flows_are_deployed_to_a_work_pool(api: dict[str, str], tmp_path: Path, name: str) -> None:
    """As the README says, and as the chart's job does: the pool, its deployments, the automations."""
    pool = ("prefect", "work-pool", "create", f"looseleaf-{name}", "--type", name, "--overwrite")
    if name == "kubernetes":
        template = tmp_path / "base-job-template.json"
        template.write_text(json.dumps(base_job_template(render(EVERYTHING))))
        pool = (*pool, "--base-job-template", str(template))
    _prefect(api, *pool)
    _prefect(api, "prefect", "deploy", "--prefect-file", "deploy/prefect.yaml", "--name", f"*/{name}")
    made = _prefect(api, "flows.automations", name).splitlines()
    # The fourth starts nothing, and is left alone where it has been made for another pool.
    starting = ("a crash calls for the reconciler", "mine after a build", "learn after a build")
    assert {f"Looseleaf: {what}" for what in starting} <= set(made)
    found, started = json.loads(subprocess.check_output([sys.executable, "-c", _LOOK], env=api))
    assert sorted(each for each in found if each[1] == f"looseleaf-{name}") == sorted(
        [f"{offer.flow}/{name}", f"looseleaf-{name}", offer.entrypoint, [], int(offer.schedule is not None)]
        for offer in offers()
    )
    assert set(started) == {f"{flow}/{name}" for flow in ("reconcile", "mine", "learn")}
    assert _prefect(api, "flows.automations", name) == ""


def test_without_a_server_it_says_what_to_do(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    ran = subprocess.run(
        [sys.executable, "-m", "flows.cli.main", "metrics"],
        env={**environment, "LOOSELEAF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stderr.strip() == (
        "Error: There is no Prefect server to ask: set PREFECT_API_URL, or start `looseleaf serve` first."
    )
