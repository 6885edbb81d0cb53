"""The rows of the towers: each differs from the locked one in what it trains, and no two are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.bench.methods import methods_called, training_of
from flows.bench.towers import TOWERS
from flows.bench.training import Job, result_of
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.assemble import build_model
from training.stages import Stages


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=36, with_bytes=True)


def test_adapters_train_less_than_the_whole_and_more_than_heads(shards: str) -> None:
    spec = open_shards(shards).index.spec
    counts = {}
    for tower in methods_called(["locked", "image_lora", "image_full"], TOWERS):
        config = training_of(tower, 0, 5)
        counts[tower.name] = Stages(build_model(config, spec), config).trained(0)
    assert counts["image_lora"] < 0.2 * counts["image_full"]
    assert 0 < counts["locked"] < counts["image_lora"]


def test_a_row_tells_what_was_trained(shards: str, tmp_path: Path) -> None:
    (locked,) = methods_called(["locked"], TOWERS)
    row = result_of(Job("B", shards, locked, 0, 2), str(tmp_path))["pixels"]["whole"]
    assert row["trained_parameters"] > 0
    assert len({Job("B", shards, tower, 0, 2).digest() for tower in TOWERS}) == len(TOWERS)
