"""The loop: it learns, goes on exactly after a kill, and two workers do what one does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from storage.errors import LooseleafError
from storage.shards import ShardDocument, ShardSpec, write_shards
from tests.training.shard_samples import write_samples
from training.config import TrainConfig, config_from
from training.lines import read_lines
from training.loop import train_loop

SMALL = {
    "steps": 12,
    "checkpoint_every": 5,
    "batch": {"documents": 8, "max_images": 3, "max_texts": 4},
    "optimizer": {"lr": 3e-3},
    "model": {"text_hidden": 8},
}


def _config(**changes: Any) -> TrainConfig:
    return config_from({**SMALL, **changes})


def _weights(run: Path, step: int = 12) -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(run / "checkpoints" / f"step-{step:06d}" / "model.safetensors")


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="module")
def undisturbed(shards: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    run = tmp_path_factory.mktemp("run")
    train_loop(_config(), shards, str(run))
    return run


def test_what_a_run_leaves(undisturbed: Path) -> None:
    lines = read_lines(str(undisturbed), "progress.jsonl")
    assert [line["step"] for line in lines] == list(range(1, 13))
    assert {
        "loss",
        "lr",
        "scale",
        "grad_norm",
        "data_seconds",
        "loading_seconds",
        "forward_seconds",
        "backward_seconds",
        "compute_seconds",
        "samples_per_second",
    } <= set(lines[0])
    assert "valid_in_doc_auc" in lines[-1]
    for line in lines:
        assert line["compute_seconds"] == pytest.approx(
            line["forward_seconds"] + line["backward_seconds"], abs=2e-6
        )
        assert min(line["forward_seconds"], line["backward_seconds"], line["loading_seconds"]) > 0
    assert sorted(os.listdir(undisturbed / "checkpoints")) == ["step-000005", "step-000010", "step-000012"]
    similarity = sorted(os.listdir(undisturbed / "similarity"))
    assert similarity[0] == "step-000000.json"
    assert similarity[-1] == "step-000012.json"
    content = json.loads((undisturbed / "similarity" / "step-000012.json").read_text())
    assert {document["source"] for document in content["documents"]} == {"made", "found"}
    for document in content["documents"]:
        shape = (len(document["images"]), len(document["texts"]))
        assert np.array(document["matrix"]).shape == shape
        assert np.array(document["truth"]).shape == shape
    assert {document["truth_kind"] for document in content["documents"]} == {"links", "sections"}


def test_training_learns(shards: str, tmp_path: Path) -> None:
    lines: list[Any] = []
    train_loop(_config(steps=80, checkpoint_every=80), shards, str(tmp_path), lines.append)
    first = json.loads((tmp_path / "similarity" / "step-000000.json").read_text())
    assert lines[-1]["loss"] < 0.6 * lines[0]["loss"]
    assert lines[-1]["valid_in_doc_auc"] > max(0.8, first["valid_in_doc_auc"])


def test_an_ended_run_has_nothing_left_to_do(shards: str, undisturbed: Path) -> None:
    again = train_loop(_config(), shards, str(undisturbed))
    assert (again.resumed_from, again.loss) == (12, None)


def test_killed_and_restarted_sees_the_same_and_ends_the_same(
    shards: str, undisturbed: Path, tmp_path: Path
) -> None:
    """SIGKILL while steps go on after the checkpoint of step 5, then a restart."""
    code = (
        "import json, sys, time, torch\n"
        "torch.set_num_threads(1)\n"
        "from training.config import config_from\n"
        "from training.loop import train_loop\n"
        "def slow(line):\n"
        "    print(line['step'], flush=True)\n"
        "    time.sleep(60 if line['step'] == 7 else 0)\n"
        "train_loop(config_from(json.loads(sys.argv[1])), sys.argv[2], sys.argv[3], slow)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(SMALL), shards, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "7":
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [line["step"] for line in read_lines(str(tmp_path), "samples.jsonl")] == list(range(1, 8))
    assert train_loop(_config(), shards, str(tmp_path)).resumed_from == 5
    assert read_lines(str(tmp_path), "samples.jsonl") == read_lines(str(undisturbed), "samples.jsonl")
    ours, theirs = _weights(tmp_path), _weights(undisturbed)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("prefetch", [0, 5])
def test_loading_ahead_changes_nothing(prefetch: int, shards: str, tmp_path: Path) -> None:
    train_loop(_config(steps=6, prefetch=prefetch), shards, str(tmp_path), watch=False)
    train_loop(_config(steps=6), shards, str(tmp_path / "default"), watch=False)
    for name in ("samples.jsonl", "progress.jsonl"):
        ours, theirs = (read_lines(str(run), name) for run in (tmp_path, tmp_path / "default"))
        assert [line.get("loss", line.get("documents")) for line in ours] == [
            line.get("loss", line.get("documents")) for line in theirs
        ]
    ours, theirs = _weights(tmp_path, 6), _weights(tmp_path / "default", 6)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


OBJECTIVES: dict[str, dict[str, Any]] = {
    "unaligned": {"name": "unaligned_layout"},
    "pairs": {"name": "clip_random", "pairs": {"per_document": 2}},
    "rounds": {"name": "self_assignment", "mask": ["image", "text"], "self_assignment": {"rounds": 1}},
}


def _worker(rank: int, folder: str, shards: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    for name, objective in OBJECTIVES.items():
        train_loop(_config(objective=objective, steps=4), shards, f"{folder}/{name}", watch=False)
    dist.destroy_process_group()


def test_two_workers_do_what_one_does(shards: str, tmp_path: Path) -> None:
    mp.spawn(_worker, (str(tmp_path), shards), nprocs=2)
    for name, objective in OBJECTIVES.items():
        alone = tmp_path / f"{name}-alone"
        train_loop(_config(objective=objective, steps=4), shards, str(alone), watch=False)
        assert read_lines(str(tmp_path / name), "samples.jsonl") == read_lines(str(alone), "samples.jsonl")
        ours, theirs = (read_lines(str(run), "progress.jsonl") for run in (tmp_path / name, alone))
        for number in ("loss", "grad_norm"):
            assert ours[0][number] == pytest.approx(theirs[0][number], rel=1e-5)
            # Adam divides by small gradients, which lifts rounding in the steps that follow.
            expected = [line[number] for line in theirs]
            assert [line[number] for line in ours] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("text", ["features", "tokens"])
def test_encoders_from_scratch_are_trained(text: str, tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24, with_bytes=True)
    config = _config(steps=2, checkpoint_every=2, encoders={"image": "patch", "text": text, "width": 32})
    train_loop(config, shards, str(tmp_path / "run"), watch=False)
    config_of_one = config.model_copy(update={"steps": 1})
    train_loop(config_of_one, shards, str(tmp_path / "one"), watch=False)
    later, earlier = _weights(tmp_path / "run", 2), _weights(tmp_path / "one", 1)
    trained = [name for name in later if name.startswith(("image_encoder.cut", "text_encoder.embed"))]
    assert trained
    assert all(not torch.equal(later[name], earlier[name]) for name in trained)


def test_rounds_go_on_from_their_snapshot(shards: str, tmp_path: Path) -> None:
    """A run that stops between the rounds, and one at the start of a round, end as one that does not stop."""
    told = {"name": "self_assignment", "self_assignment": {"warmup": 0.4, "rounds": 2, "confidence": 0.5}}
    config = _config(objective=told, steps=10, checkpoint_every=1)  # rounds begin at steps 4 and 7
    train_loop(config, shards, str(tmp_path / "whole"), watch=False)
    lines = read_lines(str(tmp_path / "whole"), "progress.jsonl")
    assert ["assigned" in line["terms"] for line in lines] == [False] * 4 + [True] * 6
    assert lines[-1]["terms"]["assigned_share"] > 0
    for kept in (5, 7):
        run = tmp_path / f"stopped-{kept}"
        shutil.copytree(tmp_path / "whole", run)
        for step in range(kept + 1, 11):
            shutil.rmtree(run / "checkpoints" / f"step-{step:06d}")
        assert train_loop(config, shards, str(run), watch=False).resumed_from == kept
        ours, theirs = _weights(run, 10), _weights(tmp_path / "whole", 10)
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_other_settings_in_the_same_folder_are_refused(shards: str, undisturbed: Path) -> None:
    with pytest.raises(LooseleafError, match="with another seed"):
        train_loop(_config(seed=1), shards, str(undisturbed))


def test_broken_features_stop_with_a_sentence(tmp_path: Path) -> None:
    wrong = np.full((1, 4), np.nan, np.float32)
    right = np.ones((1, 4), np.float32)
    documents = [
        ShardDocument(
            doc_id=f"d{i}", group_id=f"g{i}", source="s", family=f"f{i}", split="train",
            image_position=[0], image_id=["i"], image_name=[""], image_section=[0],
            text_position=[1], text=["t"], text_section=[0], caption_of=[-1],
            prior=np.ones((1, 1), np.float32), pixels=wrong, words=right, text_features=right,
        )
        for i in range(4)
    ]  # fmt: skip
    write_shards(str(tmp_path / "shards"), [documents], ShardSpec("b", 4, 4, 4))
    with pytest.raises(LooseleafError, match=r"stopped at step 1: The loss is nan; lower optimizer.lr"):
        train_loop(_config(), str(tmp_path / "shards"), str(tmp_path / "run"))


def test_a_dataset_whose_images_have_no_words_is_trained_on(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    documents = [
        ShardDocument(
            doc_id=f"d{i}", group_id=f"g{i}", source="s", family=f"f{i}", split="train",
            image_position=[0], image_id=["i"], image_name=[""], image_section=[0],
            text_position=[1], text=["t"], text_section=[0], caption_of=[-1],
            prior=np.ones((1, 1), np.float32),
            pixels=random.normal(size=(1, 4)).astype(np.float32),
            text_features=random.normal(size=(1, 4)).astype(np.float32),
        )
        for i in range(8)
    ]  # fmt: skip
    write_shards(str(tmp_path / "shards"), [documents], ShardSpec("b", pixel_width=4, text_width=4))
    assert train_loop(_config(), str(tmp_path / "shards"), str(tmp_path / "run")).steps == 12


def test_shards_without_features_are_named(tmp_path: Path) -> None:
    write_shards(str(tmp_path / "shards"), [], ShardSpec("b"))
    with pytest.raises(LooseleafError, match="hold no image features"):
        train_loop(_config(), str(tmp_path / "shards"), str(tmp_path / "run"))
