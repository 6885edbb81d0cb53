"""Whatever is killed while a dataset is built or a model is trained: the work ends right, and once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
import yaml

from flows.stages import BUILD_STAGES
from storage.builds import Build, list_builds, record_build
from storage.digest import dataset_digest
from tests.flows.reports import DOCUMENTS, TABLES, stage_arguments, start_stage
from tests.own_process import in_own_process
from tests.system.service.stack import Stack, descendants, started_stack, wait_for
from tests.training.shard_samples import write_samples

pytestmark = pytest.mark.timeout(900)

STEPS, CHECKPOINT_EVERY = 1500, 50
_SECONDS = 500


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started_stack(tmp_path_factory.mktemp("stack")) as started:
        yield started


def test_a_build_during_which_everything_is_killed_once_ends_as_an_undisturbed_one(
    stack: Stack, recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    in_own_process(_build_and_kill, recipe, dataset, stack.pids, seconds=_SECONDS)
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    (build,) = list_builds(str(dataset))
    assert build.counts["documents"] == DOCUMENTS + 2
    assert not (dataset / "jobs").exists() or not list((dataset / "jobs").iterdir())
    assert any("The Prefect server has died" in sentence for sentence in stack.told)


def test_a_training_whose_flow_server_and_job_are_killed_repeats_one_interval_at_most(
    stack: Stack, tmp_path: Path
) -> None:
    dataset, run, config = tmp_path / "dataset", tmp_path / "run", tmp_path / "config.yaml"
    shards = write_samples(dataset / "shards" / "samples", documents=40)
    record_build(str(dataset), _mined("shards/samples"))
    settings = {"steps": STEPS, "checkpoint_every": CHECKPOINT_EVERY, "batch": {"documents": 8}}
    settings["model"] = {"text_hidden": 8}
    config.write_text(yaml.safe_dump(settings))
    in_own_process(_train_and_kill, dataset, run, config, stack.pids, seconds=_SECONDS)
    in_own_process(_train_undisturbed, settings, shards, tmp_path / "undisturbed")
    for name in ("samples.jsonl", "config.json"):
        assert (run / name).read_text() == (tmp_path / "undisturbed" / name).read_text()


def test_a_flow_that_is_cancelled_in_each_stage_leaves_no_job_and_a_good_dataset(
    stack: Stack, recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    in_own_process(_cancel_in_each_stage, recipe, dataset, tmp_path, seconds=_SECONDS)
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)


def _build_and_kill(recipe: Path, dataset: Path, pids: dict[str, int]) -> None:
    run = _start("build", {"recipe": str(recipe), "dataset": str(dataset)})
    _when_stage_runs(run, "crawl")
    _kill_flow(run, pids)
    _when_stage_runs(run, "extract")
    (worker,) = wait_for(lambda: _busy_workers(pids), pause=0.002)[:1]
    worker.kill()
    _when_stage_runs(run, "images")
    for process in descendants(pids["node"], lambda _: True):
        process.kill()
    _when_stage_runs(run, "measure")
    _kill_prefect(pids)
    ended = _ended(run)
    assert ended.state_type.value == "COMPLETED", ended.state
    assert ended.run_count == 2
    # Each stage was one job, whoever died: what followed it was attached to it, or took its result.
    assert _attempts(run) == dict.fromkeys(BUILD_STAGES, 1)
    shown = _artifacts(run)
    assert {"links", "counts", "samples", *(f"{name}-report" for name in BUILD_STAGES)} <= set(shown)
    assert shown["links"].count("/#/jobs/") == len(BUILD_STAGES)
    assert '"waited"' in shown["group-report"]


def _train_and_kill(dataset: Path, run_folder: Path, config: Path, pids: dict[str, int]) -> None:
    from training.checkpoint import checkpoint_steps
    from training.lines import read_lines

    def step() -> int:
        lines = read_lines(str(run_folder), "progress.jsonl")
        return lines[-1]["step"] if lines else 0

    parameters = {"dataset": str(dataset), "run": str(run_folder), "config": str(config)}
    run = _start("train", parameters)
    wait_for(lambda: step() >= 2 * CHECKPOINT_EVERY)
    _kill_flow(run, pids)
    _kill_prefect(pids)
    _kill_job("train", pids)
    killed_at = step()
    assert killed_at < STEPS
    assert max(checkpoint_steps(str(run_folder))) >= killed_at - CHECKPOINT_EVERY
    ended = _ended(run)
    assert ended.state_type.value == "COMPLETED", ended.state
    assert ended.run_count == 2
    assert _attempts(run) == {"train": 2}
    shown = _artifacts(run)
    assert {"links", "train-curves", "train-progress", "train-report"} <= set(shown)
    assert shown["train-curves"].startswith("data:image/svg+xml;base64,")
    assert shown["train-progress"] == 100.0


def _train_undisturbed(settings: dict[str, Any], shards: str, run: Path) -> None:
    from training.config import config_from
    from training.loop import train_loop

    train_loop(config_from(settings), shards, str(run))


def _cancel_in_each_stage(recipe: Path, dataset: Path, folder: Path) -> None:
    from prefect import flow

    from flows.jobs import live_jobs
    from flows.stage_task import stage

    @flow(name="one-stage")
    def one_stage(name: str) -> None:
        stage(name, arguments, str(dataset))

    # As the runner does it: the stop comes as a signal, wherever the flow is.
    arguments = stage_arguments(recipe, dataset)
    for name in BUILD_STAGES:
        waiting = threading.Thread(target=_interrupt_when_it_runs, args=(name,))
        waiting.start()
        with pytest.raises(KeyboardInterrupt):
            one_stage(name)
        waiting.join()
        assert live_jobs(os.environ["RAY_ADDRESS"]) == []
        assert start_stage(folder / name, name, arguments).wait(timeout=120) == 0


def _interrupt_when_it_runs(name: str) -> None:
    from flows.ray_jobs import RayJobs

    jobs = RayJobs(os.environ["RAY_ADDRESS"])
    wait_for(lambda: any(job.status == "RUNNING" and f"-{name}-" in job.submission for job in jobs.all()))
    signal.raise_signal(signal.SIGINT)


def _mined(shards: str) -> Build:
    return Build(
        build_id="samples",
        parent=None,
        stage="mine",
        created_at=datetime.now(UTC),
        recipe="{}",
        code_version="0",
        stages={"pack": {"shards": shards}},
    )


def _start(name: str, parameters: dict[str, Any]) -> UUID:
    from prefect.deployments import run_deployment
    from prefect.exceptions import ObjectNotFound

    def started() -> Any:
        # The runner says where it is a moment before it has offered everything.
        with contextlib.suppress(ObjectNotFound):
            return run_deployment(f"{name}/local", parameters={"params": parameters}, timeout=0)

    return UUID(str(wait_for(started, pause=0.5).id))


def _ended(run: UUID) -> Any:
    from httpx import TransportError
    from prefect.client.orchestration import get_client

    def final() -> Any:
        found = None
        # The server that was killed is not there at once.
        with contextlib.suppress(TransportError), get_client(sync_client=True) as client:
            found = client.read_flow_run(run)
        if found is None:
            return None
        # A run that crashed is started again a moment later.
        good = found.state is not None and found.state.is_final() and not found.state.is_crashed()
        return found if good else None

    return wait_for(final, seconds=300, pause=0.5)


def _attempts(run: UUID) -> dict[str, int]:
    from flows.ray_jobs import RayJobs

    found: dict[str, int] = {}
    for job in RayJobs(os.environ["RAY_ADDRESS"]).all():
        if job.metadata.get("flow_run_id") == str(run):
            found[job.metadata["stage"]] = found.get(job.metadata["stage"], 0) + 1
    return found


def _artifacts(run: UUID) -> dict[str, Any]:
    """Return what a flow run shows, by key; each key is there once, however often it was shown."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    asked = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=asked)
    shown = {str(artifact.key): artifact.data for artifact in found}
    assert len(shown) == len(found)
    return shown


def _when_stage_runs(run: UUID, name: str) -> None:
    from flows.ray_jobs import RayJobs

    jobs = RayJobs(os.environ["RAY_ADDRESS"])
    prefix = f"{run}-{name}-"
    wait_for(lambda: any(job.submission.startswith(prefix) for job in jobs.all()), pause=0.02)


def _kill_flow(run: UUID, pids: dict[str, int]) -> None:
    def is_flow(process: psutil.Process) -> bool:
        return process.environ().get("PREFECT__FLOW_RUN_ID") == str(run)

    found = wait_for(lambda: descendants(pids["runner"], is_flow))
    for process in found:
        process.kill()


def _kill_prefect(pids: dict[str, int]) -> None:
    (server,) = descendants(pids["prefect"], lambda process: "flows.prefect_server" in process.cmdline())[:1]
    server.kill()


def _kill_job(stage: str, pids: dict[str, int]) -> None:
    def wanted(process: psutil.Process) -> bool:
        return {"flows.job", stage} <= set(process.cmdline())

    for process in wait_for(lambda: descendants(pids["ray"], wanted)):
        process.kill()


def _busy_workers(pids: dict[str, int]) -> list[psutil.Process]:
    def busy(process: psutil.Process) -> bool:
        return process.cmdline()[:1] == ["ray::process_chunk"]

    return descendants(pids["ray"], busy) + descendants(pids["node"], busy)
