"""The files of a run: who it is, what it was told, how it goes, what it saw.

- `run.json`: id, shards, dataset and its build, encoders
- `config.json`: the TrainConfig
- `progress.jsonl`: a line a step: losses, learning rate, times; see `training.lines`
- `samples.jsonl`: a line a step: the documents that it saw
- `tensorboard/`: the same curves for TensorBoard
- `writer.json`: who writes here, see `training.claim`
- `checkpoints/`: see `training.checkpoint`
- `mined/`: the blocks of documents that were mined on the way, see `training.mining`
- `similarity/`: matrices of some held-out documents at some steps
- `held_out/`: where held-out documents lie in the run's space at some steps
- `diagnosis.json`: what the checks said, at each look and on held-out documents
- `metrics.json`: the table of `training.evaluate`
- `baselines/`: the runs that it is compared with
"""

from __future__ import annotations

import json
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import join, read_bytes, write_bytes_atomic


def read_json(run: str, *parts: str) -> Any:
    """Return what a JSON file of the run holds.

    Raises:
        LooseleafError: if it is not there.
    """
    url = join(run, *parts)
    try:
        return json.loads(read_bytes(url))
    except FileNotFoundError as error:
        raise LooseleafError(
            f"{run} has no {'/'.join(parts)}, so it is no finished training run; train first."
        ) from error


def write_json(run: str, value: object, *parts: str) -> None:
    """Write a JSON file of the run, atomically."""
    write_bytes_atomic(join(run, *parts), (json.dumps(value, indent=1) + "\n").encode())
