"""Two trainings in one run: who comes later has it, who was there before stops with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.errors import LooseleafError
from tests.training.shard_samples import write_samples
from training.claim import Claim
from training.config import config_from
from training.lines import read_lines
from training.loop import train_loop


def test_the_later_one_has_it(tmp_path: Path) -> None:
    first = Claim(str(tmp_path))
    first.check(now=True)
    second = Claim(str(tmp_path))
    first.check()  # a look a moment ago still holds
    with pytest.raises(LooseleafError, match="Another training went on with"):
        first.check(now=True)
    second.check(now=True)


def test_a_training_that_lost_its_run_writes_no_checkpoint_there(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24)
    run = tmp_path / "run"
    config = config_from(
        {"steps": 6, "checkpoint_every": 3, "batch": {"documents": 8}, "model": {"text_hidden": 8}}
    )

    def lose(line: object) -> None:
        if len(read_lines(str(run), "progress.jsonl")) == 2:
            Claim(str(run))

    with pytest.raises(LooseleafError, match="let only one train there at a time"):
        train_loop(config, shards, str(run), lose, watch=False)
    assert not (run / "checkpoints").exists()
    assert [line["step"] for line in read_lines(str(run), "progress.jsonl")] == [1, 2]
