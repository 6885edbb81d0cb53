"""Mining while training: documents that the model takes for each other meet, guarded, resumable."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from storage.errors import LooseleafError
from storage.shards import ShardDocument, ShardSpec, open_shards, write_shards
from tests.training.shard_samples import write_samples
from training.assemble import build_model
from training.centres import centre_model
from training.checkpoint import Cursor
from training.config import TrainConfig, config_from
from training.data import load_step, training_order
from training.gather import gather
from training.lines import read_lines
from training.loop import train_loop
from training.mining.mine import is_due, mine_again
from training.mining.nearest import nearest_groups, set_similarities
from training.mining.settings import MiningSettings
from training.run_directory import read_json

WIDTH = 8


def _config(**changes: Any) -> TrainConfig:
    told = {
        "steps": 16,
        "checkpoint_every": 3,
        "batch": {"documents": 10, "hard_share": 1.0, "together": 2},
        "model": {"pixel_hidden": 0, "text_hidden": 0},
        "mining": {"every": 1, "neighbours": 3},
        **changes,
    }
    return config_from(told)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("mining") / "shards")


def _pairs(folder: Path, copies: bool) -> str:
    """Documents of two texts and two images, each with a twin: of the same topic, or a copy of it."""
    draw = np.random.default_rng(0)
    documents = []
    for number in range(40):
        if number % 2 == 0:
            things = draw.normal(size=(2, WIDTH))
        meant = things if copies else 2 * things + 0.9 * draw.normal(size=things.shape)
        documents.append(
            ShardDocument(
                doc_id=f"doc-{number}", group_id=f"g{number}", source="s", family=f"f{number}", split="train",
                image_position=[0, 2], image_id=[f"i{number}-0", f"i{number}-1"], image_name=["", ""],
                image_section=[0, 0], text_position=[1, 3], text=["a", "b"], text_section=[0, 0],
                caption_of=[-1, -1], prior=np.full((2, 2), 0.5, np.float32),
                pixels=meant.astype(np.float32), text_features=meant.astype(np.float32),
            )
        )  # fmt: skip
    order = draw.permutation(len(documents))
    blocks = [[documents[i] for i in order[start : start + 4]] for start in range(0, 40, 4)]
    write_shards(str(folder), blocks, ShardSpec("b", pixel_width=WIDTH, text_width=WIDTH))
    return str(folder)


def _mined(shards: str, run: Path, config: TrainConfig) -> tuple[list[set[str]], dict[str, Any]]:
    """Mine once with a model whose pixels see what the texts say; return the blocks and the record."""
    reader = open_shards(shards)
    model = build_model(config, reader.index.spec)
    centre_model(model, reader, config.encoders)
    with torch.no_grad():
        model.pixel_head.map.weight.copy_(torch.eye(WIDTH))
    order = training_order(reader, config.batch)
    cursor = Cursor(0, step=4, epoch=1)
    order = mine_again(model, reader, order, config, run=str(run), cursor=cursor)
    assert sorted(np.concatenate(order.blocks).tolist()) == list(range(40))
    names = [set(reader.batch(block).doc_ids) for block in order.blocks]
    return names, read_json(str(run), "mined", "epoch-000001.json")


def _twins_that_meet(blocks: list[set[str]]) -> int:
    return sum(
        {f"doc-{number}", f"doc-{number + 1}"} <= block for block in blocks for number in range(0, 40, 2)
    )


def test_documents_that_look_alike_meet(tmp_path: Path) -> None:
    config = _config(mining={"every": 1, "neighbours": 3, "guards": []})
    blocks, record = _mined(_pairs(tmp_path / "shards", copies=False), tmp_path / "run", config)
    assert _twins_that_meet(blocks) >= 10
    assert record["share_that_meet"] > 2 * record["share_that_would_by_chance"]


@pytest.mark.parametrize("guards", [[], ["estimate"]])
def test_a_copy_under_another_name_is_no_negative(guards: list[str], tmp_path: Path) -> None:
    config = _config(mining={"every": 1, "neighbours": 3, "guards": guards})
    blocks, record = _mined(_pairs(tmp_path / "shards", copies=True), tmp_path / "run", config)
    if guards:
        assert _twins_that_meet(blocks) <= 2
        assert record["refused"]["estimate"] >= 40
    else:
        assert _twins_that_meet(blocks) >= 17
        assert record["refused"] == {}


@pytest.mark.parametrize("objective", ["unaligned", "clip_random", "sinkhorn"])
def test_the_nearest_are_those_of_a_plain_loop(objective: str, shards: str) -> None:
    config = _config(objective=objective)
    reader = open_shards(shards)
    model = build_model(config, reader.index.spec)
    documents = np.sort(np.concatenate(training_order(reader, config.batch).blocks))
    encoded = model.encode(load_step(reader, documents, config.batch, config.encoders, 1))
    similarities = set_similarities(model)
    found = nearest_groups(similarities, encoded, gather(encoded), 5, scale=model.scale)
    with torch.no_grad():
        whole = sum(
            weight / 2 * (matrix + matrix.T)
            for weight, similarity in similarities
            for matrix in [similarity(encoded.image_sets, encoded.text_sets, scale=model.scale)]
        )
        assert isinstance(whole, torch.Tensor)
        torch.testing.assert_close(found.own, whole.diagonal(), atol=1e-5, rtol=1e-4)
        whole.fill_diagonal_(-torch.inf)
        torch.testing.assert_close(found.scores, whole.topk(5).values, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(whole.gather(1, found.columns), found.scores, atol=1e-5, rtol=1e-4)


def test_it_is_due_at_the_start_of_every_so_many_epochs() -> None:
    settings = MiningSettings(every=2)
    cursors = [
        Cursor(0, step=epoch * 3 + batch, epoch=epoch, batch=batch)
        for epoch in range(5)
        for batch in range(3)
    ]
    assert [cursor.step for cursor in cursors if is_due(settings, cursor)] == [6, 12]
    assert not any(is_due(None, cursor) for cursor in cursors)


def test_a_run_that_was_interrupted_goes_on_with_what_was_mined(shards: str, tmp_path: Path) -> None:
    config = _config()
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_loop(config, shards, str(whole), watch=False)
    samples = read_lines(str(whole), "samples.jsonl")
    mined = sorted(path.name for path in (whole / "mined").iterdir())
    assert len(mined) >= 2
    for step in (3, 6, 12):
        shutil.copytree(whole, broken)
        for path in (broken / "checkpoints").iterdir():
            if int(path.name.removeprefix("step-")) > step:
                shutil.rmtree(path)
        assert train_loop(config, shards, str(broken), watch=False).resumed_from == step
        assert read_lines(str(broken), "samples.jsonl") == samples
        for name in mined:
            assert json.loads((broken / "mined" / name).read_text()) == json.loads(
                (whole / "mined" / name).read_text()
            )
        shutil.rmtree(broken)


def _worker(rank: int, folder: str, shards: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    train_loop(_config(steps=8), shards, f"{folder}/two", watch=False)
    dist.destroy_process_group()


def test_two_workers_mine_what_one_does(shards: str, tmp_path: Path) -> None:
    mp.spawn(_worker, (str(tmp_path), shards), nprocs=2)
    train_loop(_config(steps=8), shards, str(tmp_path / "one"), watch=False)
    ours, theirs = (read_json(str(tmp_path / run), "mined", "epoch-000001.json") for run in ("two", "one"))
    assert ours["refused"] == theirs["refused"]
    assert ours["blocks"] == theirs["blocks"]
    assert read_lines(str(tmp_path / "two"), "samples.jsonl") == read_lines(
        str(tmp_path / "one"), "samples.jsonl"
    )


def test_a_random_order_cannot_be_mined() -> None:
    with pytest.raises(LooseleafError, match="order is random"):
        _config(batch={"order": "random"})
