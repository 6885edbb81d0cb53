"""Trains through Ray as a job does, but no further than a test lets it, and prints each step."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from training import ray_train
from training.checkpoint import checkpoint_steps
from training.config import config_from
from training.loop import train_loop
from training.ray_backend import told_on_worker

_LOOK_SECONDS = 0.05


def _train_as_let(limit: str, told: Mapping[str, Any]) -> None:
    taken = itertools.count(max(checkpoint_steps(told["run"]), default=0))

    def told_when_let() -> bool:
        step = next(taken) + 1
        while step > int(Path(limit).read_text()) and not told_on_worker():
            time.sleep(_LOOK_SECONDS)
        return told_on_worker()

    config = config_from(told["config"])
    train_loop(config, told["shards"], told["run"], watch=False, told=told_when_let)


def main(settings: str, shards: str, run: str, limit: str) -> None:
    """Train, and print a line of JSON for each step that is told of and for the end.

    Args:
        settings: of the training, as JSON.
        shards: to train on.
        run: its folder.
        limit: file with the step after which workers wait, unless they are told that they will be taken away.
    """
    ray_train._train_on_worker = partial(_train_as_let, limit)

    def tell(line: Mapping[str, Any]) -> None:
        print(json.dumps({"step": line["step"], "loss": line["loss"]}), flush=True)

    print(
        json.dumps(ray_train.train_with_ray(config_from(json.loads(settings)), shards, run, tell)), flush=True
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
