"""What the service does by itself: queues, automations, the reconciler, pages; its words for bad input."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from flows.automations import NO_HEARTBEAT
from tests.flows.served import Served

pytestmark = pytest.mark.timeout(900)

_ENDED = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")


def _look(served: Served, identity: str) -> dict[str, Any]:
    """Return how a flow run is, with its logs and the times of its tasks."""
    run = served.ask(f"/flow_runs/{identity}")
    logs = served.ask("/logs/filter", {"logs": {"flow_run_id": {"any_": [identity]}}, "limit": 200})
    tasks = served.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [identity]}}})
    return {
        **run["state"],
        "log": [line["message"] for line in logs],
        "tasks": sorted([task["start_time"], task["end_time"]] for task in tasks if task["end_time"]),
    }


def _ended(served: Served, *runs: str, seconds: float = 400) -> list[dict[str, Any]]:
    """Wait until flow runs have ended, and return how."""
    until = time.monotonic() + seconds
    while True:
        found = [_look(served, run) for run in runs]
        if all(run["type"] in _ENDED for run in found):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.5)


def _until(what: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(1)


_ORPHANS = """
import json, sys
from uuid import uuid4
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.events import emit_event
from prefect.events.worker import EventsWorker
from prefect.flows import Flow
from prefect.states import Completed, Running
from ray.job_submission import JobSubmissionClient
import os
from flows.build import build
jobs = JobSubmissionClient(os.environ["RAY_ADDRESS"])
def job(run):
    metadata = {"flow_run_id": str(run), "stage": "crawl", "dataset": "/d", "deployment": "", "attempt": "1"}
    return jobs.submit_job(entrypoint="exec sleep 900", submission_id=f"{run}-crawl-1", metadata=metadata)
with get_client(sync_client=True) as client:
    def run(state):
        return client.create_flow_run(build, parameters={"params": {"dataset": "/d"}}, state=state)
    silent, done = run(Running()), run(Completed())
    client.create_global_concurrency_limit(
        GlobalConcurrencyLimitCreate(name="dataset:forgotten-0", limit=1, active_slots=1)
    )
emit_event("prefect.flow-run.heartbeat", resource={"prefect.resource.id": f"prefect.flow-run.{silent.id}"})
EventsWorker.drain_all(timeout=10)
print(json.dumps({"silent": str(silent.id), "jobs": [job(silent.id), job(done.id), job(uuid4())]}))
"""


@pytest.fixture(scope="module")
def orphans(served: Served) -> dict[str, Any]:
    """A run that gives no more signs, jobs that no run follows, and a slot that nobody holds."""
    found = json.loads(served.python(_ORPHANS))
    assert isinstance(found, dict)
    return found


@pytest.mark.usefixtures("orphans")  # they wait for the last test while the others work
def test_the_second_build_of_a_dataset_waits_and_says_so(
    served: Served, recipe: Path, tmp_path: Path
) -> None:
    wanted = {"recipe": str(recipe), "dataset": str(tmp_path / "d")}
    started = [served.start("build/local", wanted) for _ in range(2)]
    runs = _ended(served, *started)
    assert [run["type"] for run in runs] == ["COMPLETED", "COMPLETED"]
    first, second = sorted(runs, key=lambda run: run["tasks"])
    assert first["tasks"][-1][1] <= second["tasks"][0][0]
    waiting = started[runs.index(second)]
    said = "is being changed by another run: waiting until it ends"
    # The last lines of a log come after the end of its run.
    _until(lambda: any(said in line for line in _look(served, waiting)["log"]), 30)


def test_a_build_starts_mining_and_its_report_can_be_read(
    served: Served, recipe: Path, tmp_path: Path
) -> None:
    wanted = tmp_path / "then.yaml"
    wanted.write_text(
        recipe.read_text().replace("root: .", f"root: {recipe.parent}") + "then: {mine: true}\n"
    )
    dataset = tmp_path / "d"
    _ended(served, served.start("build/local", {"recipe": str(wanted), "dataset": str(dataset)}))
    _until(lambda: bool(list(dataset.glob("shards/*/index.json"))), 300)
    (report,) = _ended(served, served.start("report/local", {"place": str(dataset)}))
    assert report["type"] == "COMPLETED", report
    code = "import sys; from flows.pages import path_of; print(path_of(sys.argv[1]))"
    url = served.pages + served.python(code, str(dataset)).strip()
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert b"</html>" in answer.read()


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("build/local", {"recipe": "{tmp}/no.yaml", "dataset": "{tmp}/d"}, "cannot be read"),
        ("build/local", {"recipe": "{tmp}/bad.yaml", "dataset": "{tmp}/d"}, "did you mean 'sources'?"),
        ("train/local", {"dataset": "{tmp}/none", "run": "{tmp}/r"}, "There is no dataset at"),
        ("evaluate/local", {"run": "{tmp}/none"}, "is no finished training run"),
    ],
)
def test_bad_input_fails_with_its_sentence(
    served: Served, tmp_path: Path, name: str, params: dict[str, str], told: str
) -> None:
    (tmp_path / "bad.yaml").write_text("name: bad\nsurces: []\n")
    filled = {key: value.format(tmp=tmp_path) for key, value in params.items()}
    (run,) = _ended(served, served.start(name, filled))
    assert run["type"] == "FAILED"
    assert told in run["message"]


def test_a_form_with_a_wrong_value_is_not_even_scheduled(served: Served) -> None:
    with pytest.raises(HTTPError) as refused:
        served.start("train/local", {"dataset": "/d", "run": "/r", "workers": 5000})
    assert refused.value.code == 409
    assert "1024" in refused.value.read().decode()


def test_a_wrong_token_is_one_sentence(served: Served, tmp_path: Path) -> None:
    wrong = Served(
        served.process,
        {
            **served.environment,
            "PREFECT_API_URL": served.prefect,
            "RAY_ADDRESS": served.ray,
            "RAY_AUTH_TOKEN": "0" * 64,
        },
        *(served.prefect, served.ray, served.pages, served.log),
    )
    done = wrong.command("mine", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: The Ray cluster at {served.ray} refuses the token")
    assert len(done.stderr.splitlines()) == 1


def test_what_was_orphaned_is_found(served: Served, orphans: dict[str, Any]) -> None:
    """The silent run is marked as crashed by its missing signs, and that calls for the reconciler."""
    limit = "/v2/concurrency_limits/dataset:forgotten-0"

    def gone() -> bool:
        jobs = served.jobs()
        stopped = all(jobs[name] == "STOPPED" for name in orphans["jobs"])
        return stopped and served.ask(limit)["active_slots"] == 0

    _until(gone, 400)
    silent = _look(served, orphans["silent"])
    assert (silent["type"], silent["message"]) == ("CRASHED", NO_HEARTBEAT)
