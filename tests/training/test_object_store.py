"""A run and its shards in a bucket: the same lines, weights and curves as on disk, also after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
import safetensors.torch
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from storage.filesystem import read_bytes
from tests.storage.s3_environment import moto_bucket
from tests.training.shard_samples import write_samples
from training.checkpoint import checkpoint_steps
from training.config import config_from
from training.evaluate import evaluate_run
from training.lines import lines_after, read_lines
from training.ray_train import train_with_ray

SETTINGS: dict[str, Any] = {
    "steps": 9,
    "checkpoint_every": 3,
    "keep_checkpoints": 2,
    "batch": {"documents": 8},
    "model": {"text_hidden": 8},
}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # A name of its own: what is read of shards is kept by their URL, under which they never change.
    with moto_bucket("runs") as found:
        yield found


def test_a_run_in_a_bucket_goes_on_after_a_loss(bucket: str, tmp_path: Path) -> None:
    local = write_samples(tmp_path / "shards", documents=40)
    fsspec.filesystem("s3").put(local, f"{bucket}/shards", recursive=True)
    run, told = f"{bucket}/runs/one", []

    def lose(line: Any) -> None:
        told.append(line["step"])
        if len(told) == 5:
            raise ConnectionError("the machine is gone")

    with pytest.raises(ConnectionError):
        train_with_ray(config_from(SETTINGS), f"{bucket}/shards", run, lose)
    assert checkpoint_steps(run) == [3]
    assert [line["step"] for line in read_lines(run, "progress.jsonl")] == [1, 2, 3]
    done = train_with_ray(config_from(SETTINGS), f"{bucket}/shards", run)
    assert done["steps"] == 9
    assert checkpoint_steps(run) == [6, 9]

    here = str(tmp_path / "run")
    train_with_ray(config_from(SETTINGS), local, here)
    assert read_lines(run, "samples.jsonl") == read_lines(here, "samples.jsonl")
    ours, theirs = (read_lines(name, "progress.jsonl") for name in (run, here))
    assert [line["loss"] for line in ours] == [line["loss"] for line in theirs]
    assert lines_after(run, "progress.jsonl", 7) == ours[7:]
    weights = [
        safetensors.torch.load(read_bytes(f"{name}/checkpoints/step-000009/model.safetensors"))
        for name in (run, here)
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[1])
    fsspec.filesystem("s3").get(f"{run}/tensorboard", str(tmp_path / "curves"), recursive=True)
    events = EventAccumulator(str(tmp_path / "curves")).Reload().Scalars("loss")
    assert [event.step for event in events] == list(range(1, 10))
    tables = [evaluate_run(name, seeds=1, baselines=False)["metrics"] for name in (run, here)]
    assert tables[0].keys() == tables[1].keys()
    assert tables[0]["unaligned/both"]["in_doc_auc"] == tables[1]["unaligned/both"]["in_doc_auc"]
