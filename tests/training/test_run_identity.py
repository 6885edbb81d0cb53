"""A run's folder is of one training, and of a version that this code reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from storage.errors import LooseleafError
from storage.shards import ShardSpec
from training.config import config_from
from training.run_identity import open_run, run_config, run_identity

SPEC = ShardSpec("build", 4, 4, 4)


def _changed(run: Path, name: str, **fields: Any) -> None:
    file = run / name
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def test_the_same_training_goes_on(tmp_path: Path) -> None:
    config = config_from({"steps": 5})
    open_run(str(tmp_path), config, "shards", SPEC, {})
    open_run(str(tmp_path), config_from({"steps": 5, "prefetch": 0, "workers": 2}), "shards", SPEC, {})
    assert run_config(str(tmp_path)) == config
    with pytest.raises(LooseleafError, match="with another steps"):
        open_run(str(tmp_path), config_from({"steps": 6}), "shards", SPEC, {})
    with pytest.raises(LooseleafError, match="another the dataset's build"):
        open_run(str(tmp_path), config, "shards", ShardSpec("other", 4, 4, 4), {})


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    open_run(str(tmp_path), config_from(None), "shards", SPEC, {})
    batch = json.loads((tmp_path / "config.json").read_text())["batch"]
    del batch["units"], batch["by_length"]
    _changed(tmp_path, "config.json", batch=batch)
    open_run(str(tmp_path), config_from(None), "shards", SPEC, {})


def test_a_run_of_a_later_version_is_named(tmp_path: Path) -> None:
    open_run(str(tmp_path), config_from(None), "shards", SPEC, {})
    _changed(tmp_path, "config.json", what_is_new=1)
    _changed(tmp_path, "run.json", version=7)
    sentence = "is a training run of version 7, and this code reads up to version 1: update"
    for reading in (run_config, run_identity):
        with pytest.raises(LooseleafError, match=sentence):
            reading(str(tmp_path))
    with pytest.raises(LooseleafError, match=sentence):
        open_run(str(tmp_path), config_from(None), "shards", SPEC, {})


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="no finished training run"):
        run_config(str(tmp_path))
