"""Stages: patterns that lock and thaw, each with its own schedule, counted and written down."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.assemble import build_model
from training.checkpoint import load_model
from training.config import TrainConfig, config_from
from training.lines import read_lines
from training.loop import train_loop
from training.run_directory import read_json
from training.schedule import learning_rate
from training.stages import Stages

STAGED = [
    {"from_step": 0, "rates": [["pixel_head.*", "constant"], [".*", None]]},
    {"from_step": 4, "rates": [["pixel_head.*", None], [".*", "cosine", 0.5]]},
]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"))


def config(**values: Any) -> TrainConfig:
    return config_from({"steps": 8, "batch": {"documents": 8}, "checkpoint_every": 4, **values})


def test_without_stages_all_weights_follow_the_optimiser(shards: str) -> None:
    told = config()
    model = build_model(told, open_shards(shards).index.spec)
    stages = Stages(model, told)
    assert stages.trained(0) == stages.all == sum(p.numel() for p in model.parameters())
    assert [group.decays for group in stages.groups] == [True, False]
    for step in range(8):
        assert set(stages.rates(step)) == {learning_rate(step, 8, told.optimizer)}


def test_a_locked_weight_stays_and_a_thawed_one_moves(shards: str, tmp_path: Path) -> None:
    told, run = config(stages=STAGED), str(tmp_path)
    train_loop(told, shards, run, watch=False)
    spec = open_shards(shards).index.spec
    weights = []
    for step in (0, 4, 8):
        model = build_model(told, spec)
        if step:
            load_model(run, model, step)
        weights.append({name: p.detach().clone() for name, p in model.named_parameters()})
    for name in weights[0]:
        moves = [not torch.equal(a[name], b[name]) for a, b in pairwise(weights)]
        first = name.startswith("pixel_head")
        assert not moves[1 if first else 0], name
    for name in ("pixel_head.map.weight", "text_head.change.1.weight"):
        assert any(not torch.equal(a[name], b[name]) for a, b in pairwise(weights))
    counted = read_json(run, "run.json")["parameters"]
    trained = [stage["trained"] for stage in counted["stages"]]
    assert sum(trained) == counted["all"]
    lines = read_lines(run, "progress.jsonl")
    assert [line["trained_parameters"] for line in lines] == [trained[0]] * 4 + [trained[1]] * 4
    # The second stage warms up anew, at half the rate.
    assert lines[4]["lr"] == pytest.approx(0.5 * learning_rate(0, 4, told.optimizer))


def test_a_staged_run_that_was_killed_ends_as_one_that_was_not(shards: str, tmp_path: Path) -> None:
    whole, parts = str(tmp_path / "whole"), str(tmp_path / "parts")
    told = config(stages=STAGED)
    train_loop(told, shards, whole, watch=False)

    def killed(line: Any) -> None:
        if line["step"] == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_loop(told, shards, parts, killed, watch=False)
    train_loop(told, shards, parts, watch=False)
    spec = open_shards(shards).index.spec
    models = [build_model(told, spec) for _ in range(2)]
    for run, model in zip((whole, parts), models, strict=True):
        load_model(run, model)
    for one, other in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=0, rtol=0)


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ([{"from_step": 2, "rates": [[".*", "cosine"]]}], "let the first be 0"),
        ([{"from_step": 0, "rates": [["(", "cosine"]]}], "no regular expression"),
        ([{"from_step": 0, "rates": [[".*", "linear"]]}], "stages"),
        ([{"from_step": 0, "rates": []}], "stages"),
    ],
)
def test_a_wrong_stage_is_named(stages: Any, reason: str) -> None:
    with pytest.raises(LooseleafError, match=reason):
        config(stages=stages)


@pytest.mark.parametrize(
    ("rates", "reason"),
    [([["pixel_head.*", "cosine"]], "says nothing of the weight"), ([[".*", None]], "locks every weight")],
)
def test_a_stage_must_fit_the_model(shards: str, rates: Any, reason: str) -> None:
    told = config(stages=[{"rates": rates}])
    with pytest.raises(LooseleafError, match=reason):
        Stages(build_model(told, open_shards(shards).index.spec), told)
