"""Ray Train: in this process, and with two workers on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ray

from storage.errors import LooseleafError
from tests.own_process import in_own_process
from tests.training.shard_samples import write_samples
from training.config import TrainConfig, config_from
from training.lines import read_lines
from training.loop import train_loop
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


@pytest.mark.integration
def test_two_workers_and_what_cannot_be_placed(shards: str, tmp_path: Path) -> None:
    in_own_process(_train_with_two_workers, shards, tmp_path)


def _train_with_two_workers(shards: str, tmp_path: Path) -> None:
    ray.init(num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    with pytest.raises(LooseleafError, match="wants 3 workers with one CPU each, but the cluster has 2"):
        train_with_ray(_config(workers=3), shards, str(tmp_path / "run"))
    done = train_with_ray(_config(workers=2), shards, str(tmp_path / "run"))
    assert (done["steps"], done["workers"]) == (4, 2)
    train_loop(_config(), shards, str(tmp_path / "alone"))
    ours, theirs = (read_lines(str(tmp_path / name), "progress.jsonl") for name in ("run", "alone"))
    assert ours[0]["loss"] == pytest.approx(theirs[0]["loss"], rel=1e-5)
    assert ours[0]["grad_norm"] == pytest.approx(theirs[0]["grad_norm"], rel=1e-5)
    samples = [read_lines(str(tmp_path / name), "samples.jsonl") for name in ("run", "alone")]
    assert samples[0] == samples[1]
