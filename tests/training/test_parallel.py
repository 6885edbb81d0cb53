"""Encoders that are spread over workers compute what whole ones do, and their checkpoints are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training import parallel
from training.assemble import build_model
from training.config import TrainConfig, config_from
from training.lines import read_lines
from training.loop import train_loop

SMALL: dict[str, Any] = {
    "steps": 4,
    "checkpoint_every": 2,
    "batch": {"documents": 8, "max_images": 3, "max_texts": 4},
    "optimizer": {"lr": 1e-3, "clip_norm": 0.5},
    "model": {"text_hidden": 8},
    "encoders": {"image": "patch", "text": "tokens", "width": 32},
}

#: What each run changes: the plain one; chunks, of which workers have different numbers; weights that are
#: locked at first; documents that are mined on the way.
RUNS: dict[str, dict[str, Any]] = {
    "plain": {},
    "chunks": {"batch": {**SMALL["batch"], "encode_documents": 3}},
    "stages": {
        "stages": [
            {"from_step": 0, "rates": [["image_encoder\\..*", None], [".*", "constant"]]},
            {"from_step": 2, "rates": [[".*", "constant"]]},
        ]
    },
    "mined": {"mining": {"every": 1}, "steps": 6},
}


def _config(**changes: Any) -> TrainConfig:
    return config_from({**SMALL, **changes})


def _weights(run: Path, step: int = 4) -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(run / "checkpoints" / f"step-{step:06d}" / "model.safetensors")


def _worker(rank: int, folder: str, shards: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    for name, changes in RUNS.items():
        train_loop(_config(parallel="fsdp", **changes), shards, f"{folder}/{name}")
    # From a checkpoint of whole weights, and on to one of them.
    for number, name in enumerate(("fsdp", "ddp", "fsdp"), 1):
        train_loop(_config(steps=3, parallel=name, checkpoint_every=number), shards, f"{folder}/to-{number}")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=40, with_bytes=True)


@pytest.fixture(scope="module")
def spread(shards: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs by two workers that hold a share of the encoders each."""
    folder = tmp_path_factory.mktemp("runs")
    mp.spawn(_worker, (str(folder), shards), nprocs=2)
    return folder


@pytest.mark.parametrize("name", list(RUNS))
def test_two_workers_with_a_share_each_do_what_one_does(
    name: str, spread: Path, shards: str, tmp_path: Path
) -> None:
    config = _config(**RUNS[name])
    train_loop(config, shards, str(tmp_path))
    assert read_lines(str(spread / name), "samples.jsonl") == read_lines(str(tmp_path), "samples.jsonl")
    ours, theirs = (read_lines(str(run), "progress.jsonl") for run in (spread / name, tmp_path))
    for number in ("loss", "grad_norm"):
        assert [line[number] for line in ours] == pytest.approx([line[number] for line in theirs], rel=2e-3)
    # Held-out documents are looked at by one worker alone, with whole weights.
    looked = [line["valid_in_doc_auc"] for line in theirs if "valid_in_doc_auc" in line]
    assert looked
    assert [line["valid_in_doc_auc"] for line in ours if "valid_in_doc_auc" in line] == pytest.approx(
        looked, abs=0.05
    )
    trained = [line["trained_parameters"] for line in ours]
    assert trained == [line["trained_parameters"] for line in theirs]
    alike, alone = _weights(spread / name, config.steps), _weights(tmp_path, config.steps)
    assert alike.keys() == alone.keys()
    for weight in alone:
        assert torch.allclose(alike[weight], alone[weight], atol=2e-3), weight


def test_one_worker_goes_on_from_what_two_kept(spread: Path, shards: str, tmp_path: Path) -> None:
    """Also the optimiser's moments are whole: the steps after it are those of an undisturbed run."""
    run = spread / "plain"
    longer = _config(steps=4)
    (run / "checkpoints" / "step-000004" / "cursor.json").unlink()
    assert train_loop(longer, shards, str(run)).resumed_from == 2
    train_loop(longer, shards, str(tmp_path))
    ours, theirs = (read_lines(str(one), "progress.jsonl") for one in (run, tmp_path))
    assert [line["loss"] for line in ours] == pytest.approx([line["loss"] for line in theirs], rel=2e-3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"compile": True}, "which compile wants whole"),
        ({"objective": "self_assignment"}, "holds no snapshot for self_assignment"),
    ],
)
def test_what_cannot_be_spread_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LooseleafError, match=sentence):
        _config(parallel="fsdp", **changes)


def test_auto_spreads_where_memory_is_short(shards: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = build_model(_config(), open_shards(shards).index.spec)
    encoders = [model.image_encoder, model.text_encoder]
    trained = sum(p.numel() for encoder in encoders if encoder for p in encoder.parameters())
    assert parallel._wanted_bytes([encoder for encoder in encoders if encoder]) == 16 * trained
    monkeypatch.setattr(parallel, "workers", lambda: 2)
    device = torch.device("cpu")
    assert not parallel.shard_encoders(encoders, "auto", device)
    assert not parallel.shard_encoders([None, None], "fsdp", device)
    monkeypatch.setattr(parallel, "_memory", lambda _: 32 * trained - 1)
    # It would begin now, if there were a second worker.
    with pytest.raises(ValueError, match="process group"):
        parallel.shard_encoders(encoders, "auto", device)


def test_alone_nothing_is_spread(shards: str, tmp_path: Path) -> None:
    train_loop(_config(parallel="fsdp", steps=2), shards, str(tmp_path / "fsdp"), watch=False)
    train_loop(_config(steps=2), shards, str(tmp_path / "ddp"), watch=False)
    ours, theirs = (_weights(tmp_path / name, 2) for name in ("fsdp", "ddp"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert np.isfinite([line["loss"] for line in read_lines(str(tmp_path / "fsdp"), "progress.jsonl")]).all()
