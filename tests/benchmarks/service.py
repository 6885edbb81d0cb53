"""What the service takes when nothing runs, and what orchestration adds to a stage.

A `looseleaf serve` with a home of its own builds forty small reports twice, into two datasets; the second
time all is warm. A stage's wait is from its submission to Ray until its code says the first word of its rows.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import psutil

from storage.builds import list_builds
from tests.flows.reports import write_reports
from tests.flows.served import Served, serving

#: After the start: imports and first polls are over then.
_SETTLED_SECONDS = 20
_MIB = 1 << 20

_BUILD = """
import json, sys, time
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
with get_client(sync_client=True) as client:
    deployment = client.read_deployment_by_name("build/local")
    params = {"recipe": sys.argv[1], "dataset": sys.argv[2]}
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"params": params})
    while not run.state.is_final():
        time.sleep(0.5)
        run = client.read_flow_run(run.id)
    assert run.state.is_completed(), run.state.message
    tasks = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
    print(json.dumps({
        "asked": (min(task.start_time for task in tasks) - run.created).total_seconds(),
        "whole": (run.end_time - run.created).total_seconds(),
    }))
"""


def run() -> dict[str, float | str]:
    """Return seconds and mebibytes."""
    with tempfile.TemporaryDirectory(prefix="looseleaf-") as name:
        folder = Path(name)
        (folder / "source").mkdir()
        recipe = write_reports(folder / "source")
        began = time.monotonic()
        with serving(folder / "home") as served:
            ready = time.monotonic() - began
            time.sleep(_SETTLED_SECONDS)
            memory = _memory(served)
            first, second = (_build(served, recipe, folder / dataset) for dataset in ("one", "two"))
            began = time.monotonic()
        stopped = time.monotonic() - began
    return {
        "start to ready, s": ready,
        "idle, unique memory, MiB": memory[0],
        "idle, resident memory, MiB": memory[1],
        "idle, processes": memory[2],
        "first build, submission to first word, most, s": max(first[2]),
        "warm, submission to first word, most, s": max(second[2]),
        "warm, submission to first word, mean, s": sum(second[2]) / len(second[2]),
        "warm, asked to first stage, s": second[0],
        "warm, whole build, s": second[1],
        "stop to gone, s": stopped,
    }


def _build(served: Served, recipe: Path, dataset: Path) -> tuple[float, float, list[float]]:
    told = json.loads(served.python(_BUILD, str(recipe), str(dataset)))
    (build,) = list_builds(str(dataset))
    return told["asked"], told["whole"], [float(report["waited"]) for report in build.stages.values()]


def _memory(served: Served) -> tuple[float, float, int]:
    """Return the unique and the resident memory of the service's processes, and their number."""
    unique = resident = count = 0
    for process in psutil.process_iter():
        try:
            if process.environ().get("LOOSELEAF_HOME") != str(served.home):
                continue
            found = process.memory_full_info()
        except psutil.Error:  # it has ended meanwhile, or is not ours
            continue
        unique += found.uss
        resident += found.rss
        count += 1
    return unique / _MIB, resident / _MIB, count
