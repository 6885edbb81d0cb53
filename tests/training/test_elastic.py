"""A run whose number of workers changes ends as one that was never disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from tests.training.shard_samples import write_samples
from training.config import TrainConfig, config_from
from training.lines import read_lines
from training.loop import train_loop

STEPS = 9


def _config(**changes: Any) -> TrainConfig:
    settings: dict[str, Any] = {
        "steps": STEPS,
        "checkpoint_every": 2,
        "batch": {"documents": 8, "max_images": 3, "max_texts": 4},
        "model": {"text_hidden": 8},
    }
    return config_from({**settings, **changes})


class _ToldAt:
    """Says that this worker is taken away when it was asked so many times."""

    def __init__(self, asked: int) -> None:
        self._left = asked

    def __call__(self) -> bool:
        self._left -= 1
        return self._left == 0


def _worker(rank: int, size: int, told_at: int, shards: str, run: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{run}-meet-{size}", rank=rank, world_size=size)
    # Only the last worker is told; all of them stop.
    told = _ToldAt(told_at if rank == size - 1 else 0)
    trained = train_loop(_config(), shards, run, watch=False, told=told)
    assert trained.stopped
    dist.destroy_process_group()


def test_three_then_two_workers_then_one(tmp_path: Path) -> None:
    """Each change comes between two checkpoints, and costs no step."""
    shards = write_samples(tmp_path / "shards")
    run, undisturbed = str(tmp_path / "run"), str(tmp_path / "undisturbed")
    for size, steps in ((3, 3), (2, 2)):
        mp.spawn(_worker, (size, steps, shards, run), nprocs=size)
    last = train_loop(_config(workers=[1, 3]), shards, run, watch=False)
    assert (last.resumed_from, last.steps) == (5, STEPS)
    train_loop(_config(), shards, undisturbed, watch=False)
    assert read_lines(run, "samples.jsonl") == read_lines(undisturbed, "samples.jsonl")
    ours, theirs = (read_lines(name, "progress.jsonl") for name in (run, undisturbed))
    assert [line["workers"] for line in ours] == [3] * 3 + [2] * 2 + [1] * 4
    assert [line["loss"] for line in ours] == pytest.approx([line["loss"] for line in theirs], rel=1e-3)
    ended = [
        safetensors.torch.load_file(Path(name) / "checkpoints" / f"step-{STEPS:06d}" / "model.safetensors")
        for name in (run, undisturbed)
    ]
    for name, weight in ended[1].items():
        assert torch.allclose(ended[0][name], weight, atol=2e-3), name
