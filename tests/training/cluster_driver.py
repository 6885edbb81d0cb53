"""Trains through Ray as a job does, but slowly, and prints each step."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from training import ray_train
from training.config import config_from
from training.loop import train_loop
from training.ray_backend import told_on_worker

_STEP_SECONDS = 0.1


def _train_slowly(told: Mapping[str, Any]) -> None:
    def told_slowly() -> bool:
        time.sleep(_STEP_SECONDS)
        return told_on_worker()

    train_loop(config_from(told["config"]), told["shards"], told["run"], watch=False, told=told_slowly)


def main(settings: str, shards: str, run: str) -> None:
    """Train, and print a line of JSON for each step that is told of and for the end."""
    ray_train._train_on_worker = _train_slowly

    def tell(line: Mapping[str, Any]) -> None:
        print(json.dumps({"step": line["step"], "loss": line["loss"]}), flush=True)

    print(
        json.dumps(ray_train.train_with_ray(config_from(json.loads(settings)), shards, run, tell)), flush=True
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
