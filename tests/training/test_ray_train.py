"""Ray Train: in this process, and with two workers on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ray
import ray.exceptions
import ray.train
from ray.train.torch import TorchTrainer

from storage.errors import LooseleafError
from tests.own_process import in_own_process
from tests.storage.s3_environment import moto_bucket
from tests.training.shard_samples import write_samples
from training import ray_train
from training.config import TrainConfig, config_from
from training.lines import read_lines
from training.loop import train_loop
from training.ray_failures import Failure
from training.ray_train import train_with_ray


def _config(**changes: Any) -> TrainConfig:
    settings = {"steps": 4, "checkpoint_every": 2, "batch": {"documents": 8}, "model": {"text_hidden": 8}}
    return config_from({**settings, **changes})


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=40)


def test_in_this_process(shards: str, tmp_path: Path) -> None:
    lines: list[Any] = []
    done = train_with_ray(_config(), shards, str(tmp_path), lines.append)
    assert (done["steps"], done["loss"]) == (4, lines[-1]["loss"])
    assert not ray.is_initialized()


def test_its_own_sentence_comes_through(shards: str, tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="There are no shards"):
        train_with_ray(_config(), str(tmp_path / "none"), str(tmp_path / "run"))


#: What each try ends with: the step of the latest checkpoint, and a failure or none.
@pytest.mark.parametrize(
    ("tries", "retries", "restarts"),
    [
        ([(4, None)], 0, 0),
        ([(1, "lost"), (2, "lost"), (3, "lost"), (4, None)], 1, 3),
        ([(0, "lost"), (0, "lost"), (4, None)], 2, 2),
        ([(1, None), (2, None), (4, None)], 0, 2),  # nodes were taken away, with notice
        ([(0, "lost")], 0, None),
        ([(1, "lost")], 0, None),
        ([(1, "lost"), (1, "lost"), (1, "lost")], 2, None),
    ],
)
def test_tries_without_a_new_checkpoint_are_counted(
    tries: list[tuple[int, str | None]],
    retries: int,
    restarts: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, reached = list(tries), 0

    def fit(*_: object) -> Failure | None:
        nonlocal reached
        reached, reason = left.pop(0)
        return None if reason is None else Failure(reason)

    monkeypatch.setattr(ray_train, "_fit", fit)
    monkeypatch.setattr(ray_train, "_latest", lambda _: reached)
    monkeypatch.setattr(ray_train, "_PAUSE_SECONDS", 0)
    told = (_config(workers=2, retries=retries), "shards", str(tmp_path), None)
    if restarts is None:
        with pytest.raises(LooseleafError, match=r"failed .*\(lost\).* go on from step"):
            ray_train._train_on_workers(*told)
    else:
        assert ray_train._train_on_workers(*told) == restarts
    assert not left


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (None, None),
        (ray.train.WorkerGroupError("failed", {1: ray.exceptions.RayActorError()}), "worker 1 was lost"),
        (ray.exceptions.RayActorError(), "the process that watches over the workers was lost"),
    ],
)
def test_what_is_lost_is_worth_another_try(
    error: Exception | None, failure: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(_: object) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(TorchTrainer, "fit", fit)
    found = ray_train._fit(_config(workers=2), "shards", str(tmp_path))
    assert found == (None if failure is None else Failure(failure))


@pytest.mark.integration
def test_two_workers_in_a_bucket_and_what_cannot_be(
    shards: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each process of Ray's imports the same modules, which are compiled once, and is not to wait for others.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with moto_bucket() as bucket:
        in_own_process(_train_with_two_workers, shards, tmp_path, f"{bucket}/run")


def _train_with_two_workers(shards: str, tmp_path: Path, run: str) -> None:
    ray.init(num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    with pytest.raises(LooseleafError, match="wants 3 workers with one CPU each, but the cluster has 2"):
        train_with_ray(_config(workers=3), shards, run)
    lines: list[Any] = []
    done = train_with_ray(_config(workers=[1, 2]), shards, run, lines.append)
    assert (done["steps"], done["workers"], done["restarts"]) == (4, 2, 0)
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    # What a worker says itself is not tried again.
    with pytest.raises(LooseleafError, match="holds a training run with another steps"):
        train_with_ray(_config(workers=1, steps=5), shards, run)
    train_loop(_config(), shards, str(tmp_path / "alone"))
    ours, theirs = (read_lines(name, "progress.jsonl") for name in (run, str(tmp_path / "alone")))
    assert ours[0]["loss"] == pytest.approx(theirs[0]["loss"], rel=1e-5)
    assert ours[0]["grad_norm"] == pytest.approx(theirs[0]["grad_norm"], rel=1e-5)
    samples = [read_lines(name, "samples.jsonl") for name in (run, str(tmp_path / "alone"))]
    assert samples[0] == samples[1]
